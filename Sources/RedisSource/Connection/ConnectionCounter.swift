internal import Synchronization

/// How many connections one source has open.
final class ConnectionCounter: Sendable {
  private let open = Mutex(0)

  var count: Int { open.withLock { $0 } }

  func opened() { open.withLock { $0 += 1 } }
  func closed() { open.withLock { $0 -= 1 } }
}
