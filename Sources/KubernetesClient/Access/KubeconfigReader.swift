internal import Foundation

/// Turns the entries of a kubeconfig into what the client needs.
struct KubeconfigReader {
  /// `kubeconfig /home/me/.kube/config`.
  var origin: String

  /// What to do where a plugin would be needed.
  static let tokenAdvice =
    "use a kubeconfig with the token of a ServiceAccount (`kubectl create token NAME -n NAMESPACE --duration=24h`, or a "
    + "Secret of type kubernetes.io/service-account-token) or with a client certificate; in the cluster none is needed"

  func access(_ entry: Kubeconfig.Named<Kubeconfig.Cluster>, namespace: String?) throws(KubernetesError)
    -> ClusterAccess
  {
    let cluster = entry.value
    let place = "\(origin): cluster \"\(entry.name)\""
    guard let server = cluster.server, !server.isEmpty else { throw .badConfiguration("\(place) has no server") }
    var access = ClusterAccess(
      server: try ServerAddress(server, field: "\(place): server"), credential: .none, origin: origin,
      namespace: namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default")
    access.tls.authority = try bytes(
      data: cluster.authorityData, file: cluster.authorityFile, folder: entry.folder,
      "\(place): certificate-authority")
    access.tls.isUnchecked = cluster.skipsVerification ?? false
    if access.tls.isUnchecked, access.tls.authority != nil {
      throw .badConfiguration(
        "\(place) has both a certificate-authority and insecure-skip-tls-verify: remove the latter")
    }
    if let name = cluster.serverName, !name.isEmpty {
      guard !name.contains(":"), name.contains(where: \.isLetter) else {
        throw .badConfiguration("\(place): tls-server-name is \"\(name)\": it must be a DNS name, not an address")
      }
      access.tls.serverName = name
    }
    if let proxy = cluster.proxy, !proxy.isEmpty { access.proxy = try self.proxy(proxy, place) }
    return access
  }

  func logIn(_ entry: Kubeconfig.Named<Kubeconfig.User>, _ access: inout ClusterAccess) throws(KubernetesError) {
    let user = entry.value
    let place = "\(origin): user \"\(entry.name)\""
    if let exec = user.exec {
      let program = exec.command.map { " (\($0))" } ?? ""
      throw .badConfiguration(
        "\(place) logs in by the exec plugin\(program), which Swell does not run: \(Self.tokenAdvice)")
    }
    if let provider = user.authProvider {
      let name = provider.name.map { " \($0)" } ?? ""
      throw .badConfiguration(
        "\(place) logs in by the auth-provider\(name), which Swell does not have: \(Self.tokenAdvice)")
    }
    if let impersonated = user.impersonated, !impersonated.isEmpty {
      throw .badConfiguration(
        "\(place) impersonates \"\(impersonated)\" (as), which Swell does not do: \(Self.tokenAdvice)")
    }
    access.tls.certificate = try bytes(
      data: user.certificateData, file: user.certificateFile, folder: entry.folder, "\(place): client-certificate")
    access.tls.key = try bytes(
      data: user.keyData, file: user.keyFile, folder: entry.folder, "\(place): client-key"
    ).map { HiddenText(String(decoding: $0, as: UTF8.self)) }
    if (access.tls.certificate == nil) != (access.tls.key == nil) {
      let missing = access.tls.key == nil ? "client-key" : "client-certificate"
      throw .badConfiguration("\(place) has no \(missing): a client certificate needs both")
    }
    // kubectl prefers the file, which rotates.
    if let file = user.tokenFile, !file.isEmpty {
      let path = absolute(file, in: entry.folder)
      guard Login.token(in: path) != nil else {
        throw .badConfiguration("\(place): the tokenFile \(path) cannot be read, is empty or has several lines")
      }
      access.credential = .tokenFile(path)
    } else if let token = user.token, !token.isEmpty {
      guard !token.contains(where: \.isNewline) else {
        throw .badConfiguration("\(place): the token has several lines")
      }
      access.credential = .token(HiddenText(token))
    } else if let name = user.username, !name.isEmpty {
      access.credential = .password(user: name, HiddenText(user.password ?? ""))
    }
  }

  /// `…-data` wins over the file, as kubectl has it.
  private func bytes(
    data: String?, file: String?, folder: String, _ field: String
  ) throws(KubernetesError) -> [UInt8]? {
    if let data, !data.isEmpty {
      guard let bytes = Data(base64Encoded: data, options: .ignoreUnknownCharacters), !bytes.isEmpty else {
        throw .badConfiguration("\(field)-data is not Base64: take the PEM text and encode it as a whole")
      }
      return Array(bytes)
    }
    guard let file, !file.isEmpty else { return nil }
    let path = absolute(file, in: folder)
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw .badConfiguration("\(field): the file \(path) cannot be read")
    }
    return Array(bytes)
  }

  private func absolute(_ path: String, in folder: String) -> String {
    path.hasPrefix("/") ? path : (folder.isEmpty ? path : "\(folder)/\(path)")
  }

  private func proxy(_ text: String, _ place: String) throws(KubernetesError) -> ClusterAccess.Proxy {
    guard let parts = URLComponents(string: text), parts.scheme?.lowercased() == "http",
      let host = parts.host.map(ServerAddress.withoutBrackets), !host.isEmpty
    else {
      throw .badConfiguration("\(place): proxy-url must be http://HOST:PORT; other proxies are not supported")
    }
    return ClusterAccess.Proxy(
      host: host, port: parts.port ?? 80, user: parts.user, password: parts.password.map(HiddenText.init))
  }
}
