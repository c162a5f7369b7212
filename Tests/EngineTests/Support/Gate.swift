import Synchronization
import TestSupport

/// Holds whoever passes until the test opens it.
final class Gate: Sendable {
  private let isOpen = Mutex(false)

  func open() { isOpen.withLock { $0 = true } }

  func pass() async {
    try? await eventually("the gate opens", every: .microseconds(200)) { Task.isCancelled || isOpen.withLock { $0 } }
  }
}
