public import Questions

/// One request to one server: a GET, or a POST where there is a body.
public struct HTTPRequest: Hashable, Sendable {
  /// The server, and how to speak TLS to it. Requests to equal endpoints share connections; no others do.
  public var endpoint: HTTPEndpoint
  /// Path and query, percent-encoded: `/api/v1/query?query=up`.
  public var target: String
  public var headers: [HTTPQuestion.Header]
  public var body: Body?

  /// What a POST carries.
  public struct Body: Hashable, Sendable {
    /// The value of the header `Content-Type`, which is not to be among ``HTTPRequest/headers``.
    public var contentType: String
    /// Sent as UTF-8. Forms often hold passwords and tokens, so it stays out of descriptions.
    public var text: SecretText

    public init(contentType: String, text: SecretText) {
      self.contentType = contentType
      self.text = text
    }

    /// A form that is encoded already: `grant_type=client_credentials&scope=a%20b`.
    public static func form(_ text: SecretText) -> Body {
      Body(contentType: "application/x-www-form-urlencoded", text: text)
    }
  }

  public init(endpoint: HTTPEndpoint, target: String, headers: [HTTPQuestion.Header] = [], body: Body? = nil) {
    self.endpoint = endpoint
    self.target = target
    self.headers = headers
    self.body = body
  }
}
