internal import Synchronization

/// How many bytes of request bodies a server holds in memory, over all its connections.
final class BodyBudget: Sendable {
  private let used = Atomic(0)
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  /// Takes room for some bytes; false when there is none.
  func take(_ count: Int) -> Bool {
    if used.add(count, ordering: .relaxed).newValue <= limit { return true }
    used.subtract(count, ordering: .relaxed)
    return false
  }

  func giveBack(_ count: Int) {
    used.subtract(count, ordering: .relaxed)
  }
}
