internal import Autoscaling
internal import KubernetesAPI
internal import Questions

/// How the offsets of a group's partitions become one number. Rules of KEDA's kafka scaler; sums saturate.
struct KafkaLagRule: Hashable, Sendable {
  /// The lag that one replica handles; greater than 0.
  var threshold: Int64
  /// `offsetResetPolicy` is `latest`: a consumer without a committed offset begins at the end of the partition.
  var startsAtEnd = true
  var allowsIdleConsumers = false
  var excludesPersistentLag = false
  var takesInvalidOffsetAsZero = false
  var limitsToPartitionsWithLag = false
  var distributesEvenly = false

  /// What a group that never committed an offset in a partition shows there.
  private static let neverCommitted: Int64 = -1

  /// The lag of all partitions: capped for the replicas, whole for the activation. Throws when a partition's offsets
  /// are missing or in error: a part of the lag is not the lag. `memory` changes only when there is a value.
  func measurement(of answer: KafkaAnswer, memory: inout TriggerMemory) throws(UnknownReason) -> Measurement {
    var remembered: [String: [Int32: Int64]] = [:]
    if case .committedOffsets(let offsets) = memory { remembered = offsets }
    var seen: [String: [Int32: Int64]] = [:]
    var counted: Int64 = 0
    var whole: Int64 = 0
    var partitionCount: Int64 = 0
    var laggingCount: Int64 = 0

    for (topic, partitions) in answer.topics.sorted(by: { $0.key < $1.key }) {
      for (partition, offsets) in partitions.sorted(by: { $0.key < $1.key }) {
        let lag = try lag(offsets, topic: topic, partition: partition, before: remembered[topic]?[partition])
        counted = counted.addingSaturating(lag.counted)
        whole = whole.addingSaturating(lag.whole)
        partitionCount += 1
        if lag.counted > 0 { laggingCount += 1 }
        if excludesPersistentLag {
          seen[topic, default: [:]][partition] = lag.committed ?? remembered[topic]?[partition]
        }
      }
    }
    if excludesPersistentLag { memory = .committedOffsets(seen) }
    let capped = capped(counted, partitions: partitionCount, lagging: laggingCount)
    return Measurement(Double(capped), activationValue: Double(whole))
  }

  /// One partition's lag: as it counts for replicas, as it counts for activation, and the committed offset to remember.
  private func lag(
    _ offsets: PartitionOffsets, topic: String, partition: Int32, before: Int64?
  ) throws(UnknownReason) -> (counted: Int64, whole: Int64, committed: Int64?) {
    func missing(_ what: String) -> UnknownReason {
      UnknownReason(
        code: "offsetsMissing",
        message: "Kafka's answer lacks the \(what) of topic \"\(shortened(topic))\", partition \(partition)")
    }
    if let error = offsets.error {
      throw UnknownReason(
        code: "refusedByServer",
        message: "Kafka reports for topic \"\(shortened(topic))\", partition \(partition): \(shortened(error, to: 200))"
      )
    }
    guard let committed = offsets.committed else { throw missing("committed offset") }
    guard let end = offsets.end else { throw missing("end offset") }
    if committed == Self.neverCommitted {
      let lag = takesInvalidOffsetAsZero ? 0 : (startsAtEnd ? 1 : end)
      return (lag, lag, nil)
    }
    let lag = end.subtractingSaturating(committed)
    return (excludesPersistentLag && before == committed ? 0 : lag, lag, committed)
  }

  /// No more than the partitions can be worked on by, unless idle consumers are allowed. With threshold 10 and 3
  /// partitions, 100 becomes 30; 35 stays 35, since 35 / 10 is 3 in whole numbers. Evenly over 12 partitions, 35
  /// becomes 40: 4 is the smallest divisor of 12 that covers it.
  private func capped(_ lag: Int64, partitions: Int64, lagging: Int64) -> Int64 {
    guard !allowsIdleConsumers || limitsToPartitionsWithLag || distributesEvenly else { return lag }
    var total = lag
    if distributesEvenly {
      total = evenReplicas(lag, partitions: partitions).multipliedSaturating(by: threshold)
    }
    let bound = limitsToPartitionsWithLag ? lagging : partitions
    return total / max(1, threshold) > bound ? bound.multipliedSaturating(by: threshold) : total
  }

  /// The smallest divisor of the partition count that is enough for the lag; all partitions when none is.
  private func evenReplicas(_ lag: Int64, partitions: Int64) -> Int64 {
    guard partitions > 0 else { return 0 }
    var replicas: Int64 = 1
    while replicas < partitions {
      if partitions % replicas == 0, replicas.multipliedSaturating(by: threshold) >= lag { return replicas }
      replicas += 1
    }
    return partitions
  }
}
