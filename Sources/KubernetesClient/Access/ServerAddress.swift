internal import Foundation

/// The API server's address: scheme, host, port, and a path prefix when a proxy serves it below one.
struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
  var isTLS: Bool
  /// Without the brackets of an IPv6 address.
  var host: String
  var port: Int
  /// Empty, or `/k8s/clusters/one`: without a slash at the end.
  var prefix: String

  init(isTLS: Bool, host: String, port: Int, prefix: String = "") {
    self.isTLS = isTLS
    self.host = host
    self.port = port
    self.prefix = prefix
  }

  /// - Parameter field: what holds the text, for the message.
  init(_ text: String, field: String) throws(KubernetesError) {
    func refuse(_ what: String) -> KubernetesError {
      .badConfiguration("\(field) \(what): write https://HOST:PORT, for example https://10.0.0.1:6443")
    }
    // A text without a scheme means https, as for kubectl.
    let full = text.contains("://") ? text : "https://" + text
    guard let parts = URLComponents(string: full), let scheme = parts.scheme?.lowercased() else {
      throw refuse("is not a URL")
    }
    guard scheme == "https" || scheme == "http" else { throw refuse("has the scheme \"\(scheme)\"") }
    guard parts.user == nil, parts.password == nil else { throw refuse("contains a user name or a password") }
    guard parts.query == nil, parts.fragment == nil else { throw refuse("has a query or a fragment") }
    guard let host = parts.host.map(Self.withoutBrackets), !host.isEmpty else { throw refuse("has no host") }
    let port = parts.port ?? (scheme == "https" ? 443 : 80)
    guard (1...65_535).contains(port) else { throw refuse("has the port \(port)") }
    isTLS = scheme == "https"
    self.host = host
    self.port = port
    prefix = parts.percentEncodedPath
    while prefix.hasSuffix("/") { prefix.removeLast() }
  }

  /// `https://10.0.0.1:6443`.
  var description: String { url(host: host) }

  /// The same with another name for the host.
  func url(host: String) -> String {
    "\(isTLS ? "https" : "http")://\(hostAndPort(host))\(prefix)"
  }

  /// `10.0.0.1:6443`, as the Host header has it.
  var hostAndPort: String { hostAndPort(host) }

  private func hostAndPort(_ host: String) -> String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

  static func withoutBrackets(_ host: String) -> String {
    host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
  }
}
