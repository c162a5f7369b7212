internal import Foundation
internal import TestSupport

/// An answer as the program `curl` saw it.
struct CurlReply {
  var status: Int
  var body: String
  /// From the start of the request, the handshake included, to the last byte.
  var seconds: Double

  /// The body read as JSON.
  func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(body.utf8))
  }

  /// - Parameter arguments: of curl, before the address.
  static func get(_ url: String, _ arguments: [String] = []) async throws -> CurlReply {
    let mark = "\n#curl#"
    let child = try await ChildProcess.start(
      "curl", ["-sk", "--max-time", "10", "-w", mark + "%{http_code} %{time_total}"] + arguments + [url])
    _ = try await child.waitUntilExit()
    let parts = child.output.components(separatedBy: mark)
    let numbers = (parts.last ?? "").split(separator: " ")
    guard parts.count > 1, let status = numbers.first.flatMap({ Int($0) }), status > 0 else {
      throw Unexpected("\(url): curl got no answer: \(child.output)")
    }
    return CurlReply(
      status: status, body: parts.dropLast().joined(separator: mark),
      seconds: numbers.last.flatMap { Double($0) } ?? .infinity)
  }
}
