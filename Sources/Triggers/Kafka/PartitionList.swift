internal import KubernetesAPI

/// `partitionLimitation`: partition numbers and ranges, such as `1-4,8,10-12`.
struct PartitionList {
  /// Longer lists are refused. Clusters have fewer partitions.
  static let maximumCount = 100_000

  /// Sorted, without duplicates. Empty when every range is written backwards (`5-2`): then no partition is selected.
  let partitions: [Int32]

  /// Why a list cannot be read.
  struct Malformed: Error {
    var part: String
    var isTooLong = false
  }

  init(_ parts: [String]) throws(Malformed) {
    var selected: Set<Int32> = []
    for part in parts {
      let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { Int32($0.trimmedAsInGo) }
      guard (1...2).contains(bounds.count), let first = bounds[0], let last = bounds[bounds.count - 1] else {
        throw Malformed(part: part)
      }
      guard first <= last else { continue }
      let count = Int64(last) - Int64(first) + 1
      guard count + Int64(selected.count) <= Self.maximumCount else { throw Malformed(part: part, isTooLong: true) }
      selected.formUnion(first...last)
    }
    partitions = selected.sorted()
  }
}
