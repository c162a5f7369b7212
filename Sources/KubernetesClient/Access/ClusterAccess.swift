/// Where the API server is and how to log in. Prints no secrets.
public struct ClusterAccess: Sendable {
  /// Who Swell is to the API server.
  enum Credential: Sendable {
    case none
    case token(HiddenText)
    /// Read again as it rotates.
    case tokenFile(String)
    case password(user: String, HiddenText)
  }

  /// How the server proves who it is, and Swell who it is, on the connection. All PEM.
  struct TLS: Sendable {
    /// Trusted instead of the system's authorities.
    var authority: [UInt8]?
    var certificate: [UInt8]?
    var key: HiddenText?
    /// Any certificate will do.
    var isUnchecked = false
    /// The name that the server's certificate must have, when it is not the host's.
    var serverName: String?
  }

  /// A proxy that tunnels by CONNECT.
  struct Proxy: Sendable {
    var host: String
    var port: Int
    var user: String?
    var password: HiddenText?
  }

  var server: ServerAddress
  var tls = TLS()
  var credential: Credential
  var proxy: Proxy?
  /// Where this came from, for messages.
  var origin: String

  /// Of the context or of the service account; `default` when neither says.
  public internal(set) var namespace: String

  /// An API server by its address, for tests and tools.
  /// - Parameters:
  ///   - server: `https://10.0.0.1:6443` or `http://127.0.0.1:8001`.
  ///   - authority: PEM; the system's authorities when nil.
  public init(
    server: String, token: String? = nil, authority: [UInt8]? = nil, namespace: String = "default"
  ) throws(KubernetesError) {
    self.server = try ServerAddress(server, field: "the API server's address")
    credential = token.map { .token(HiddenText($0)) } ?? .none
    tls.authority = authority
    origin = server
    self.namespace = namespace
  }

  init(server: ServerAddress, credential: Credential, origin: String, namespace: String) {
    self.server = server
    self.credential = credential
    self.origin = origin
    self.namespace = namespace
  }
}

extension ClusterAccess: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "ClusterAccess(\(server), \(origin))" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: ["server": server.description, "namespace": namespace]) }
}
