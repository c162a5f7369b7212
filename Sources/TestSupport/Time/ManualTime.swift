public import KubernetesAPI
public import Polling
internal import Synchronization

/// A clock that stands still until the test moves it.
public final class ManualTime: TimeSource {
  private struct State {
    var now: Timestamp
    var sleepers: [UInt64: Sleeper] = [:]
    var nextID: UInt64 = 0
  }

  private struct Sleeper {
    var deadline: Timestamp
    var continuation: CheckedContinuation<Void, any Error>
  }

  private let state: Mutex<State>

  /// - Parameter start: 2026-01-01T00:00:00Z unless given.
  public init(start: Timestamp = Timestamp(seconds: 1_767_225_600)) {
    state = Mutex(State(now: start))
  }

  public func now() -> Timestamp { state.withLock { $0.now } }

  public func sleep(until deadline: Timestamp) async throws {
    let id = state.withLock { state -> UInt64 in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let isOver = state.withLock { state -> Bool in
          if deadline <= state.now || Task.isCancelled { return true }
          state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
          return false
        }
        if isOver { continuation.resume() }
      }
      try Task.checkCancellation()
    } onCancel: {
      let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Moves the clock and wakes everybody whose time has come, earliest first.
  public func advance(by duration: Duration) {
    let woken = state.withLock { state -> [Sleeper] in
      state.now = state.now + duration
      let due = state.sleepers.filter { $0.value.deadline <= state.now }
      for id in due.keys { state.sleepers[id] = nil }
      return due.values.sorted { $0.deadline < $1.deadline }
    }
    for sleeper in woken { sleeper.continuation.resume() }
  }

  /// How many tasks are asleep, and when the first one wants to wake.
  public var sleeperCount: Int { state.withLock { $0.sleepers.count } }
  public var nextWake: Timestamp? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }
}
