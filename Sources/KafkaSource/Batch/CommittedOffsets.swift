/// Where one consumer group stands: by topic and partition.
typealias CommittedOffsets = [String: [Int32: CommittedOffset]]

struct CommittedOffset: Hashable, Sendable {
  /// The next offset that the group will read; -1 when it never committed one.
  var offset: Int64
  /// The broker's error for this partition; 0 is none.
  var error: Int32
}
