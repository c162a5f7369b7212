/// One response: status, content type, body. The server adds `date`, `content-length` and what the connection needs.
public struct HTTPResponse: Sendable {
  /// 200 to 599.
  public var status: Int
  public var contentType: String
  /// Further headers, in lower case (`("allow", "GET, HEAD")`). One with a line break in it is not sent.
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]

  public init(
    status: Int = 200, contentType: String = HTTPResponse.json, headers: [(name: String, value: String)] = [],
    body: [UInt8] = []
  ) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = body
  }

  public static let json = "application/json"
  public static let plainText = "text/plain; charset=utf-8"

  /// A plain text answer.
  public static func text(_ text: String, status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, contentType: plainText, body: Array(text.utf8))
  }

  /// A line break in a header would let its author write the rest of the response.
  static func isOneLine(_ header: (name: String, value: String)) -> Bool {
    !header.name.utf8.contains { $0 < 0x21 || $0 == UInt8(ascii: ":") }
      && !header.value.utf8.contains { $0 == 13 || $0 == 10 || $0 == 0 }
  }

  /// The reason phrase of RFC 9110, for the status codes that Swell sends.
  static func reasonPhrase(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 422: "Unprocessable Content"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    default: "Status"
    }
  }
}
