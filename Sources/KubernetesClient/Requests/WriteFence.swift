internal import KubernetesAPI
internal import Polling
internal import Synchronization

/// Keeps a replica that does not lead, or not any more, from writing: what it decided when it still led must not undo
/// what the next leader has done meanwhile.
///
/// Open to everybody until `putUp`; from then on for as long as the leadership has been renewed. That time is compared
/// when a write goes out, so that it also holds for a process that was stopped and does not know yet how late it is.
/// Writes that are under way when the leadership ends are given up.
final class WriteFence: Sendable {
  /// The leadership has ended, or had not begun.
  struct Closed: Error {}

  private struct State {
    var isUp = false
    var openUntil: Timestamp?
    /// Lets through only what is under way.
    var isClosing = false
    var underWay = 0
    /// Fires when the writes that began before are given up.
    var closed = Signal()
    /// Fires when the last write has ended; set while somebody waits for that.
    var idle: Signal?
  }

  private let state = Mutex(State())

  /// Writes under way.
  var underWay: Int { state.withLock(\.underWay) }

  /// From now on only a leader writes.
  func putUp() { state.withLock { $0.isUp = true } }

  /// Leads until then, unless this is called again before, or `close` is.
  func open(until end: Timestamp) {
    state.withLock { state in
      state.openUntil = max(end, state.openUntil ?? end)
      state.isClosing = false
    }
  }

  /// Gives up what is under way, and lets nothing through.
  func close() {
    let closed = state.withLock { state in
      state.openUntil = nil
      defer { state.closed = Signal() }
      return state.closed
    }
    closed.fire()
  }

  /// Lets nothing more through, and returns when nothing is under way any more: at `deadline` what is left is given up.
  func close(at deadline: Timestamp, time: any TimeSource) async {
    let idle = state.withLock { state -> Signal? in
      state.isClosing = true
      state.idle = state.underWay == 0 ? nil : Signal()
      return state.idle
    }
    await idle?.wait(until: deadline, time: time)
    close()
  }

  /// Does some writing, and gives it up when the fence closes.
  /// - Throws: `Closed`, or what `write` throws.
  func run<Value: Sendable>(
    at now: Timestamp, _ write: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let closed = try state.withLock { state -> Signal? in
      guard state.isUp else { return nil }
      guard let end = state.openUntil, now < end, !state.isClosing else { throw Closed() }
      state.underWay += 1
      return state.closed
    }
    guard let closed else { return try await write() }
    defer { ended() }
    return try await withThrowingTaskGroup(of: Value.self) { group in
      group.addTask { try await write() }
      group.addTask {
        await closed.wait()
        try Task.checkCancellation()
        throw Closed()
      }
      defer { group.cancelAll() }
      guard let value = try await group.next() else { throw CancellationError() }
      return value
    }
  }

  private func ended() {
    let idle = state.withLock { state -> Signal? in
      state.underWay -= 1
      return state.underWay == 0 ? state.idle : nil
    }
    idle?.fire()
  }
}
