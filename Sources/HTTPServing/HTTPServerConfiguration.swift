public import NIOCore

/// How a server listens and what it bears.
public struct HTTPServerConfiguration: Sendable {
  /// An address of this machine: `127.0.0.1`, `::1`, `0.0.0.0`.
  public var host: String
  /// 0 takes a free port; ``HTTPServer/boundAddress`` tells which.
  public var port: Int
  /// Event loop threads of the server's own; without effect when there are `eventLoops`.
  public var threads: Int
  /// Event loops that others use, too, and that go on after the server. A connection on the loop on which its answers
  /// are worked out costs no change of thread.
  public var eventLoops: (any EventLoopGroup)?
  /// nil serves plain HTTP/1.1; otherwise HTTPS with HTTP/2 and HTTP/1.1, chosen by ALPN.
  public var identity: TLSIdentity?
  public var limits: HTTPLimits
  /// Wall clock for the `date` header, in seconds since 1970.
  public var secondsSinceEpoch: @Sendable () -> Int64

  public init(
    host: String, port: Int, threads: Int = 2, eventLoops: (any EventLoopGroup)? = nil, identity: TLSIdentity? = nil,
    limits: HTTPLimits = HTTPLimits(),
    secondsSinceEpoch: @escaping @Sendable () -> Int64 = SystemClock.secondsSinceEpoch
  ) {
    self.host = host
    self.port = port
    self.threads = threads
    self.eventLoops = eventLoops
    self.identity = identity
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
  /// Request body, in bytes; more is answered with 413. Bodies are read and thrown away.
  public var bodyBytes = 1024 * 1024
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
