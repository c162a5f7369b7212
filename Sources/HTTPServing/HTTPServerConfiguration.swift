public import NIOCore

/// How a server listens and what it bears.
public struct HTTPServerConfiguration: Sendable {
  /// An address of this machine: `127.0.0.1`, `::1`, `0.0.0.0`.
  public var host: String
  /// 0 takes a free port; ``HTTPServer/boundAddress`` tells which.
  public var port: Int
  /// Event loops that carry the connections and go on after the server; nil takes those that the process shares, one a
  /// core. A connection on the loop on which its answers are worked out costs no change of thread.
  public var eventLoops: (any EventLoopGroup)?
  /// nil serves plain HTTP/1.1; otherwise HTTPS with HTTP/2 and HTTP/1.1, chosen by ALPN.
  public var identity: TLSIdentity?
  /// The oldest TLS that is spoken.
  public var tlsMinimumVersion: TLSMinimumVersion
  /// When set, clients are asked for a certificate, and ``HTTPRequest/peer`` says whose it is. Nobody has to have one.
  public var clientAuthorities: ClientAuthorities?
  public var limits: HTTPLimits
  /// Wall clock for the `date` header and the validity of client certificates, in seconds since 1970.
  public var secondsSinceEpoch: @Sendable () -> Int64

  public init(
    host: String, port: Int, eventLoops: (any EventLoopGroup)? = nil, identity: TLSIdentity? = nil,
    tlsMinimumVersion: TLSMinimumVersion = .tls12, clientAuthorities: ClientAuthorities? = nil,
    limits: HTTPLimits = HTTPLimits(),
    secondsSinceEpoch: @escaping @Sendable () -> Int64 = SystemClock.secondsSinceEpoch
  ) {
    self.host = host
    self.port = port
    self.eventLoops = eventLoops
    self.identity = identity
    self.tlsMinimumVersion = tlsMinimumVersion
    self.clientAuthorities = clientAuthorities
    self.limits = limits
    self.secondsSinceEpoch = secondsSinceEpoch
  }
}

/// What a client may ask of the server before it is cut off. The defaults suit an API whose requests are a line and
/// a few headers.
public struct HTTPLimits: Sendable {
  /// Request target, in bytes; more is answered with 414.
  public var targetBytes = 16 * 1024
  /// Request line and headers together, in bytes; more is answered with 431.
  public var headBytes = 64 * 1024
  /// Header fields in one request; more is answered with 431.
  public var headerFields = 100
  /// Request body, in bytes, where the responder wants none (``HTTPResponder/maximumBody``): it is read and thrown away,
  /// and more is answered with 413.
  public var bodyBytes = 1024 * 1024
  /// Request bodies in memory at a time, in bytes, over all connections; what goes beyond is answered with 503.
  public var totalBodyBytes = 64 * 1024 * 1024
  /// Connections at a time; one more is closed at once.
  public var connections = 4096
  /// A connection without a request for this long is closed.
  public var idleTimeout: Duration = .seconds(120)
  /// From the first byte of a request (of a connection: its TLS handshake) to its last; longer is answered with 408.
  public var requestTimeout: Duration = .seconds(10)
  /// How long a shutdown waits for answers under way.
  public var shutdownGrace: Duration = .milliseconds(500)
  /// HTTP/2 requests under way at a time on one connection.
  public var streamsPerConnection = 100

  public init() {}
}
