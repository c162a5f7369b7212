public import KubernetesAPI
internal import Synchronization

/// Something that happens once. Anybody may wait for it, with a deadline; waiting ends when the task is cancelled.
public final class Signal: Sendable {
  private struct State {
    var hasFired = false
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextID: UInt64 = 0
  }

  private let state = Mutex(State())

  public init() {}

  /// A signal fires once; whoever comes later does not wait.
  public var isFired: Bool { state.withLock { $0.hasFired } }

  public func fire() {
    let waiters = state.withLock { state in
      state.hasFired = true
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns when the signal has fired or the task is cancelled.
  public func wait() async { await wait { _ in } }

  /// The same, but no longer than until `deadline`. For waits that nearly always end early: see `WaitTimer`.
  public func wait(until deadline: Timestamp, timer: WaitTimer) async {
    await wait { timer.end($0, of: self, at: deadline) }
  }

  /// - Parameter whenWaiting: called with the waiter's number once it waits.
  private func wait(_ whenWaiting: (UInt64) -> Void) async {
    let id = state.withLock { state -> UInt64 in
      state.nextID &+= 1
      return state.nextID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state -> Bool in
          if state.hasFired || Task.isCancelled { return true }
          state.waiters[id] = continuation
          return false
        }
        if isOver { continuation.resume() } else { whenWaiting(id) }
      }
    } onCancel: {
      giveUp(id)
    }
  }

  func isWaiting(_ waiter: UInt64) -> Bool { state.withLock { $0.waiters[waiter] != nil } }

  /// Ends one wait although the signal has not fired.
  func giveUp(_ waiter: UInt64) {
    state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume()
  }

  /// The same, but no longer than until `deadline`; nil waits without end.
  public func wait(until deadline: Timestamp?, time: any TimeSource) async {
    guard let deadline else { return await wait() }
    if state.withLock({ $0.hasFired }) { return }
    await withTaskGroup { group in
      group.addTask { await self.wait() }
      group.addTask { try? await time.sleep(until: deadline) }
      await group.next()
      group.cancelAll()
    }
  }
}
