internal import Foundation

/// TCP ports of 127.0.0.1 for servers that a test starts.
public enum FreePort {
  public struct NoPort: Error {}

  /// A port on which nobody listens now. Another program may take it before the test's own does: start servers with
  /// another try. Never the same port twice in one test run, and below the range that outgoing connections use, so that
  /// these do not take it.
  public static func next() throws -> Int {
    for _ in 0..<2_000 {
      let port = Int.random(in: 20_000..<32_000)
      guard Taken.shared.claim(port), let socket = try? ListeningSocket(port: port) else { continue }
      socket.close()
      return port
    }
    throw NoPort()
  }
}

private final class Taken: @unchecked Sendable {
  static let shared = Taken()
  // Guarded by `lock`.
  private var ports: Set<Int> = []
  private let lock = NSLock()

  func claim(_ port: Int) -> Bool { lock.withLock { ports.insert(port).inserted } }
}
