/// An HTTP server: scheme, host, port, and how to speak TLS to it.
public struct HTTPEndpoint: Hashable, Sendable, CustomStringConvertible {
  /// `http` or `https`.
  public var scheme: String
  public var host: String
  public var port: Int
  public var tls: TLSOptions

  public init(scheme: String, host: String, port: Int, tls: TLSOptions = TLSOptions()) {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.tls = tls
  }

  public var description: String { "\(scheme)://\(HostPort(host: host, port: port))" }
}

/// A GET.
public struct HTTPQuestion: Hashable, Sendable {
  /// Path and query, percent-encoded: `/api/v1/query?query=up`. Never holds a secret.
  public var target: String
  /// Adds `time=<now, RFC 3339>` to the query when the question is sent, so that equal questions stay equal.
  public var appendsTime: Bool
  public var headers: [Header]
  /// How long this question may take; the shorter of this and the batch's timeout counts.
  public var timeout: Duration?

  public struct Header: Hashable, Sendable {
    public var name: String
    public var value: SecretText

    public init(_ name: String, _ value: SecretText) {
      self.name = name
      self.value = value
    }
  }

  public init(target: String, appendsTime: Bool = false, headers: [Header] = [], timeout: Duration? = nil) {
    self.target = target
    self.appendsTime = appendsTime
    self.headers = headers
    self.timeout = timeout
  }
}

public struct HTTPAnswer: Hashable, Sendable {
  public var status: Int
  public var body: [UInt8]

  public init(status: Int, body: [UInt8]) {
    self.status = status
    self.body = body
  }
}
