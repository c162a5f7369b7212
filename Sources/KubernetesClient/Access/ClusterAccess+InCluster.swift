internal import Foundation

extension ClusterAccess {
  /// As a pod, with its ServiceAccount.
  /// - Throws: `badConfiguration` when this is no pod or it has no ServiceAccount token.
  public static func inCluster() throws(KubernetesError) -> ClusterAccess {
    try inCluster(
      environment: ProcessInfo.processInfo.environment, folder: "/var/run/secrets/kubernetes.io/serviceaccount")
  }

  /// - Parameters:
  ///   - environment: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT.
  ///   - folder: holds `token`, `ca.crt` and `namespace`.
  public static func inCluster(
    environment: [String: String], folder: String
  ) throws(KubernetesError) -> ClusterAccess {
    guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
      let portText = environment["KUBERNETES_SERVICE_PORT"], !portText.isEmpty
    else {
      throw .badConfiguration(
        "this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; outside a cluster, name a "
          + "kubeconfig file with --kubeconfig")
    }
    guard let port = Int(portText), (1...65_535).contains(port) else {
      throw .badConfiguration("KUBERNETES_SERVICE_PORT is \"\(portText)\": it must be a number from 1 to 65535")
    }
    let tokenPath = folder + "/token"
    guard Login.token(in: tokenPath) != nil else {
      throw .badConfiguration(
        "\(tokenPath) cannot be read or is empty: give the pod a ServiceAccount, and do not set "
          + "automountServiceAccountToken to false")
    }
    guard let authority = FileManager.default.contents(atPath: folder + "/ca.crt") else {
      throw .badConfiguration("\(folder)/ca.crt cannot be read: the API server's certificate could not be checked")
    }
    let namespace = FileManager.default.contents(atPath: folder + "/namespace").map {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    var access = ClusterAccess(
      server: ServerAddress(isTLS: true, host: ServerAddress.withoutBrackets(host), port: port),
      credential: .tokenFile(tokenPath), origin: "the pod's service account",
      namespace: namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default")
    access.tls.authority = Array(authority)
    return access
  }
}
