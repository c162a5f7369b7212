import Synchronization
import TestSupport

/// Holds whoever passes until the test opens it.
final class Gate: Sendable {
  private let isOpen = Mutex(false)

  func open() { isOpen.withLock { $0 = true } }

  func pass() async { _ = await eventually(every: .microseconds(200)) { Task.isCancelled || isOpen.withLock { $0 } } }
}
