public import Questions

/// One GET to one server.
public struct HTTPRequest: Hashable, Sendable {
  /// The server, and how to speak TLS to it. Requests to equal endpoints share connections; no others do.
  public var endpoint: HTTPEndpoint
  /// Path and query, percent-encoded: `/api/v1/query?query=up`.
  public var target: String
  public var headers: [HTTPQuestion.Header]

  public init(endpoint: HTTPEndpoint, target: String, headers: [HTTPQuestion.Header] = []) {
    self.endpoint = endpoint
    self.target = target
    self.headers = headers
  }
}
