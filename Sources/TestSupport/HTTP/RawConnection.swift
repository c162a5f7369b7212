internal import Foundation

/// A TCP connection to 127.0.0.1 that sends and receives bytes as a test writes them, well formed or not.
public final class RawConnection: @unchecked Sendable {
  // The blocking calls run on `queue`, one after the other.
  private let descriptor: CInt
  private let queue = DispatchQueue(label: "RawConnection")
  private var received: [UInt8] = []

  public struct Failed: Error, CustomStringConvertible {
    public var description: String
  }

  /// - Parameter timeout: how long a receive waits for bytes before it fails.
  public init(port: Int, timeout: Duration = .seconds(10)) throws {
    do {
      descriptor = try ListeningSocket.connect(to: port, timeout: timeout)
    } catch {
      throw Failed(description: error.description)
    }
  }

  deinit { _ = Foundation.close(descriptor) }

  /// False when the server has ended the connection.
  @discardableResult
  public func send(_ text: String) async -> Bool { await send(Array(text.utf8)) }

  @discardableResult
  public func send(_ bytes: [UInt8]) async -> Bool {
    await onQueue { SocketBytes.sendAll(bytes, to: self.descriptor) }
  }

  /// What comes up to and with `marker`; what comes after it is kept for the next call.
  public func receive(through marker: String) async throws -> String {
    try await receive("\"\(marker)\"") { received in
      received.firstRange(of: Array(marker.utf8))?.upperBound
    }
  }

  public func receive(count: Int) async throws -> String {
    try await receive("\(count) bytes") { $0.count >= count ? count : nil }
  }

  /// Everything up to the end of the connection; a reset counts as one.
  public func receiveToEnd() async throws -> String {
    let result: Result<[UInt8], Failed> = await onQueue {
      while true {
        errno = 0
        guard let bytes = SocketBytes.receive(self.descriptor) else {
          if errno == EAGAIN { return .failure(Failed(description: "the connection stays open: \(self.shown)")) }
          defer { self.received = [] }
          return .success(self.received)
        }
        self.received += bytes
      }
    }
    return String(decoding: try result.get(), as: UTF8.self)
  }

  /// Ends this side: the server sees the end of the input.
  public func finishSending() async {
    await onQueue { _ = shutdown(self.descriptor, CInt(SHUT_WR)) }
  }

  private func receive(_ what: String, _ end: @escaping @Sendable ([UInt8]) -> Int?) async throws -> String {
    let result: Result<[UInt8], Failed> = await onQueue {
      while true {
        if let end = end(self.received) {
          defer { self.received.removeFirst(end) }
          return .success(Array(self.received[..<end]))
        }
        guard let bytes = SocketBytes.receive(self.descriptor) else {
          return .failure(Failed(description: "\(what) did not come, only: \(self.shown)"))
        }
        self.received += bytes
      }
    }
    return String(decoding: try result.get(), as: UTF8.self)
  }

  private var shown: String { String(decoding: received.prefix(500), as: UTF8.self) }

  private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: body()) }
    }
  }
}
