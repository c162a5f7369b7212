internal import Foundation
internal import KubernetesAPI
internal import Polling
internal import Synchronization
internal import TestSupport

@testable internal import KubernetesClient

/// One kind of object for these tests.
struct Item: KubernetesObject, Codable, Hashable {
  var apiVersion: String
  var kind: String
  var metadata: ObjectMeta
  var value: Int

  static let type = ResourceType(group: "test.dev", version: "v1", resource: "items", kind: "Item")
}

/// A request taken apart.
struct APICall: Sendable {
  var method: String
  var path: String
  var query: [String: String]
  var headers: [String: String]
  var body: String

  init(_ request: ScriptedHTTPServer.Request) {
    method = request.method
    headers = request.headers
    body = request.body
    let parts = URLComponents(string: request.target)
    path = parts?.path ?? ""
    query = Dictionary((parts?.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { $1 }
  }

  var isWatch: Bool { query["watch"] == "true" }
}

/// Texts of an API server.
enum Wire {
  static func item(
    _ name: String, _ version: Int, value: String = "1", namespace: String = "default", uid: String = "u"
  ) -> String {
    """
    {"apiVersion":"test.dev/v1","kind":"Item","metadata":{"name":"\(name)","namespace":"\(namespace)",\
    "uid":"\(uid)-\(name)","resourceVersion":"\(version)","managedFields":[{"a":"}"}]},"value":\(value)}
    """
  }

  static func event(_ type: String, _ object: String) -> String { #"{"type":"\#(type)","object":\#(object)}"# + "\n" }

  static func bookmark(_ version: Int) -> String {
    event("BOOKMARK", #"{"kind":"Item","apiVersion":"test.dev/v1","metadata":{"resourceVersion":"\#(version)"}}"#)
  }

  static func list(_ items: [String], _ version: Int, continuation: String = "") -> String {
    """
    {"kind":"ItemList","apiVersion":"test.dev/v1","metadata":{"resourceVersion":"\(version)",\
    "continue":"\(continuation)"},"items":[\(items.joined(separator: ","))]}
    """
  }

  static func status(_ code: Int, _ reason: String, _ message: String) -> String {
    #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"\#(message)","#
      + #""reason":"\#(reason)","code":\#(code)}"#
  }

  /// The head of a stream and one chunk for each text.
  static func stream(_ chunks: [String], isEnded: Bool = false) -> [UInt8] {
    var bytes = Array(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\(isEnded ? "Connection: close\r\n" : "")\r\n"
        .utf8)
    for chunk in chunks { bytes += self.chunk(chunk) }
    if isEnded { bytes += Array("0\r\n\r\n".utf8) }
    return bytes
  }

  static func chunk(_ text: String) -> [UInt8] {
    Array((String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n").utf8)
  }
}

extension ScriptedHTTPServer {
  func client(
    time: any TimeSource = SystemTime(), token: String? = nil, limit: Int = 64
  ) throws -> KubernetesClient {
    try KubernetesClient(
      ClusterAccess(server: "http://127.0.0.1:\(port)", token: token), time: time, userAgent: "swell-tests",
      limit: limit)
  }

  var calls: [APICall] { requests.map(APICall.init) }
}

/// Collects what callbacks tell.
final class Collected<Element: Sendable>: Sendable {
  private let state = Mutex<[Element]>([])
  var all: [Element] { state.withLock { $0 } }
  func add(_ element: Element) { state.withLock { $0.append(element) } }
}
