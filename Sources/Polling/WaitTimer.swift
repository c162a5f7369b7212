internal import HeapModule
internal import KubernetesAPI
internal import Synchronization

/// Ends the waits of many tasks at their deadlines, with one timer for all of them.
///
/// Nearly every wait ends early, because what is waited for comes. A timer of its own would then cost more than the
/// wait; here a wait is only noted, and the timer is set for the earliest of those that are still waiting.
public final class WaitTimer: Sendable {
  private struct Wait: Comparable {
    var deadline: Timestamp
    var signal: Signal
    var waiter: UInt64

    static func < (left: Wait, right: Wait) -> Bool { left.deadline < right.deadline }
    static func == (left: Wait, right: Wait) -> Bool { left.signal === right.signal && left.waiter == right.waiter }
  }

  private struct State {
    var waits = Heap<Wait>()
    /// What the timer is set for; nil when it is not set.
    var sleepsUntil: Timestamp?
    /// Fires when a wait comes that ends before that.
    var wake = Signal()
  }

  private let time: any TimeSource
  private let state = Mutex(State())

  public init(time: any TimeSource) {
    self.time = time
  }

  /// Ends waits as their time comes, until the task is cancelled.
  public func run() async {
    while !Task.isCancelled {
      let now = time.now()
      let (over, next, wake) = state.withLock { state in
        var over: [Wait] = []
        while let first = state.waits.min, first.deadline <= now || !first.signal.isWaiting(first.waiter) {
          over.append(state.waits.removeMin())
        }
        state.wake = Signal()
        state.sleepsUntil = state.waits.min?.deadline
        return (over, state.sleepsUntil, state.wake)
      }
      for wait in over { wait.signal.giveUp(wait.waiter) }
      await wake.wait(until: next, time: time)
    }
  }

  func end(_ waiter: UInt64, of signal: Signal, at deadline: Timestamp) {
    let wake = state.withLock { state -> Signal? in
      state.waits.insert(Wait(deadline: deadline, signal: signal, waiter: waiter))
      if let sleepsUntil = state.sleepsUntil, sleepsUntil <= deadline { return nil }
      return state.wake
    }
    wake?.fire()
  }
}
