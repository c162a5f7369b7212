internal import KubernetesAPI
internal import Polling
internal import Synchronization

/// Ends the wait of one task, again and again: whoever has news pokes, the task looks at everything anew.
final class WakeUp: Sendable {
  private let signal = Mutex(Signal())

  func poke() { signal.withLock { $0 }.fire() }

  /// Returns after a poke, at once when there was one since the last wait, or at the deadline.
  func wait(until deadline: Timestamp, time: any TimeSource) async {
    let current = signal.withLock { $0 }
    await current.wait(until: deadline, time: time)
    // What is poked until here is seen by the look that follows.
    signal.withLock { if $0.isFired { $0 = Signal() } }
  }
}
