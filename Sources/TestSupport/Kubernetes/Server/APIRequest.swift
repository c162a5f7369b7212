internal import Foundation
internal import KubernetesAPI

/// A request as it came in.
struct APIRequest: Sendable {
  var method: String
  var path: String
  var query: [(name: String, value: String)] = []
  var rawQuery = ""
  /// Names in lower case; of several headers the last.
  var headers: [String: String] = [:]
  var body: [UInt8] = []
  var certificate: PeerCertificate?

  init(method: String, uri: String, headers: [String: String] = [:], body: [UInt8] = []) {
    self.method = method
    let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = Self.decoded(String(parts.first ?? ""))
    rawQuery = parts.count > 1 ? String(parts[1]) : ""
    query = rawQuery.split(separator: "&").map { pair in
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = halves.count > 1 ? String(halves[1]).replacing("+", with: " ") : ""
      return (Self.decoded(String(halves[0])), Self.decoded(value))
    }
    self.headers = headers
    self.body = body
  }

  private static func decoded(_ text: String) -> String { text.removingPercentEncoding ?? text }

  func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

  func isOn(_ name: String) -> Bool {
    guard let value = parameter(name) else { return false }
    return value == "true" || value == "1" || value.isEmpty
  }

  var isDryRun: Bool { parameter("dryRun") == "All" }
  var wantsTable: Bool { headers["accept"]?.contains("as=Table") ?? false }
  var contentType: String {
    (headers["content-type"] ?? "application/json").split(separator: ";").first.map(String.init) ?? ""
  }

  /// The body as JSON, or as YAML where the content type says so.
  func object() throws(APIError) -> JSONValue {
    do {
      if contentType.hasSuffix("yaml") {
        return try YAMLText.documents(String(decoding: body, as: UTF8.self)).first ?? .null
      }
      return try JSONText.parse(body)
    } catch {
      throw .badRequest("the object provided is unrecognized: couldn't get version/kind; \(error)")
    }
  }
}

/// What to answer.
struct APIResponse: Sendable {
  var status = 200
  var contentType = "application/json"
  var headers: [(String, String)] = []
  var body: [UInt8] = []
  /// Set for a watch: the body follows bit by bit.
  var watch: WatchStream?
  /// The connection is reset: before the answer, or in the middle of its body.
  var cut: Cut?

  enum Cut: Sendable { case before, middle }

  init(status: Int = 200, _ value: JSONValue) {
    self.status = status
    body = JSONText.bytes(value)
  }

  init(status: Int = 200, bytes: [UInt8], contentType: String = "application/json") {
    self.status = status
    self.contentType = contentType
    body = bytes
  }

  init(_ error: APIError) {
    self.init(status: error.code, error.status)
    if let seconds = error.retryAfter { headers.append(("Retry-After", String(seconds))) }
  }

  init(watch: WatchStream) { self.watch = watch }
}
