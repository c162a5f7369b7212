internal import TestSupport

/// A stream whose entries are delivered to a worker and wait for being acknowledged.
struct RedisStream {
  var server: RedisServer
  var stream: String
  var group = "workers"

  /// Creates the group where it does not exist, adds entries, and delivers them.
  func deliver(_ count: Int) async throws {
    let created = try await server.commander.replies(to: [["XGROUP", "CREATE", stream, group, "0", "MKSTREAM"]])
    if case .error(let text) = created[0], !text.hasPrefix("BUSYGROUP") {
      throw Unexpected(text)
    }
    try await server.run((0..<count).map { ["XADD", stream, "*", "request", "\($0)"] })
    try await server.run("XREADGROUP", "GROUP", group, "worker", "COUNT", "\(count)", "STREAMS", stream, ">")
  }

  func acknowledgeAll() async throws {
    let pending = try await server.run("XPENDING", stream, group, "-", "+", "100000")
    guard case .array(let entries) = pending else { return }
    let ids = entries.compactMap { entry -> String? in
      guard case .array(let fields) = entry else { return nil }
      return fields.first?.text
    }
    try await server.run([["XACK", stream, group] + ids])
  }
}
