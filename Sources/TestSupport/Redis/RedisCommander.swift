internal import Foundation

/// Runs commands on a Redis server, to set tests up. Plain and blocking, on a queue of its own; one connection a call.
public struct RedisCommander: Sendable {
  public var port: Int
  public var username: String?
  public var password: String?

  public init(port: Int, username: String? = nil, password: String? = nil) {
    self.port = port
    self.username = username
    self.password = password
  }

  public struct Failed: Error, CustomStringConvertible {
    public var description: String
  }

  private static let queue = DispatchQueue(label: "redis-commander", attributes: .concurrent)

  /// The replies to `commands`, errors among them as values.
  public func replies(to commands: [[String]]) async throws -> [RESPValue] {
    try await withCheckedThrowingContinuation { continuation in
      Self.queue.async { continuation.resume(with: Result { try exchange(commands) }) }
    }
  }

  /// Runs `commands` in order; throws at the first that the server refuses.
  @discardableResult
  public func run(_ commands: [[String]]) async throws -> [RESPValue] {
    let replies = try await replies(to: commands)
    for (command, reply) in zip(commands, replies) {
      if case .error(let text) = reply { throw Failed(description: "\(command.joined(separator: " ")): \(text)") }
    }
    return replies
  }

  /// Runs one command given as words.
  @discardableResult
  public func run(_ words: String...) async throws -> RESPValue {
    try await run([words]).first ?? .null
  }

  private func exchange(_ commands: [[String]]) throws -> [RESPValue] {
    var all = commands
    if let password { all.insert(["AUTH"] + (username.map { [$0] } ?? []) + [password], at: 0) }
    let connection = try ClientSocket(port: port)
    defer { connection.close() }
    var replies: [RESPValue] = []
    // In pieces, so that neither side waits for the other with full buffers.
    for start in stride(from: 0, to: all.count, by: 500) {
      let piece = all[start..<min(start + 500, all.count)]
      try connection.send(piece.flatMap { RESPValue.encode($0) })
      replies += try connection.receive(piece.count)
    }
    return Array(replies.dropFirst(all.count - commands.count))
  }
}

/// A blocking connection to 127.0.0.1.
private final class ClientSocket {
  private let descriptor: CInt
  private var buffer: [UInt8] = []

  init(port: Int) throws {
    descriptor = try ListeningSocket.connect(to: port)
  }

  func close() { _ = Foundation.close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw RedisCommander.Failed(description: "write: \(ListeningSocket.lastError)") }
      rest = rest.dropFirst(count)
    }
  }

  func receive(_ count: Int) throws -> [RESPValue] {
    var values: [RESPValue] = []
    var used = 0
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while values.count < count {
      if let (value, size) = try RESPValue.parse(buffer[used...]) {
        values.append(value)
        used += size
        continue
      }
      let got = read(descriptor, &chunk, chunk.count)
      guard got > 0 else { throw RedisCommander.Failed(description: "the server closed the connection") }
      buffer += chunk[..<got]
    }
    buffer.removeFirst(used)
    return values
  }
}
