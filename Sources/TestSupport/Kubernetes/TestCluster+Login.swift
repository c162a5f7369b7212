internal import KubernetesAPI

/// Logins of ServiceAccounts.
extension TestCluster {
  /// A token of a ServiceAccount, which is made where it does not exist.
  public func token(serviceAccount name: String, in namespace: String) async throws -> String {
    if let server { return server.token(for: .serviceAccount(namespace, name)) }
    try await apply([
      "apiVersion": "v1", "kind": "ServiceAccount",
      "metadata": ["name": .string(name), "namespace": .string(namespace)],
    ])
    let answer = try await request(
      "POST", "/api/v1/namespaces/\(namespace)/serviceaccounts/\(name)/token",
      ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": ["expirationSeconds": 7_200]])
    guard let token = answer["status", "token"]?.text else {
      throw Failed(description: "no token for ServiceAccount \(namespace)/\(name)")
    }
    return token
  }

  /// A kubeconfig file with the login of a ServiceAccount; it goes with the cluster.
  public func kubeconfig(serviceAccount name: String, in namespace: String) async throws -> String {
    let token = try await token(serviceAccount: name, in: namespace)
    let (url, authority) =
      if let server { (server.url, server.caPEM) } else {
        (connection?.login.server ?? "", connection?.login.authorityPEM ?? "")
      }
    return try write(
      Kubeconfig.text(server: url, authorityPEM: authority, login: .token(token), namespace: namespace),
      to: "kubeconfig-\(namespace)-\(name)")
  }

  /// Says of the pods of a namespace that they are Ready, where no node starts them; ends with the task.
  public func keepPodsReady(in namespace: String) async {
    guard let connection else { return }
    await PodReadiness.run(connection, namespace: namespace)
  }
}
