internal import Synchronization

/// Whether this replica is the one that writes.
final class Leadership: Sendable {
  private let flag: Atomic<Bool>

  init(isLeader: Bool) { flag = Atomic(isLeader) }

  var isLeader: Bool { flag.load(ordering: .acquiring) }

  func set(_ isLeader: Bool) { flag.store(isLeader, ordering: .releasing) }
}
