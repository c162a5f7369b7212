internal import CRdkafka
internal import Dispatch
internal import Questions
internal import Synchronization

/// Asks for the end offsets of many partitions: the leader brokers concurrently, each in requests of bounded size.
///
/// Partitions with different leaders never share a request, because the library's call fails as a whole when one broker does
/// not answer.
final class EndOffsets: Sendable {
  typealias Outcomes = [String: [Int32: Outcome]]

  enum Outcome: Sendable {
    case offset(Int64)
    /// The broker's answer does not name this partition.
    case absent
    /// The broker has an error for this partition.
    case refused(Int32)
    /// The request that carried this partition failed.
    case failed(SourceError)
  }

  struct Partition: Hashable, Sendable {
    var topic: String
    var id: Int32
    var leader: Int32
  }

  private let client: KafkaClient
  private let deadline: BatchDeadline
  private let group = DispatchGroup()
  private let outcomes = Mutex<Outcomes>([:])

  /// Starts asking; returns at once.
  init(_ partitions: [Partition], client: KafkaClient, partitionsPerRequest: Int, deadline: BatchDeadline) {
    self.client = client
    self.deadline = deadline
    let size = max(partitionsPerRequest, 1)
    for (leader, partitions) in Dictionary(grouping: partitions, by: \.leader) {
      // A thread for each leader, which blocks in the library.
      DispatchQueue(label: "swell.kafka.leader.\(leader)").async(group: group) {
        var start = partitions.startIndex
        while start < partitions.endIndex, !deadline.hasPassed {
          let end = min(start + size, partitions.endIndex)
          self.ask(partitions[start..<end])
          start = end
        }
      }
    }
  }

  /// Waits until everything has come, the deadline passes, or `reasonToStop` gives a reason. What is missing from the result
  /// has not come.
  func collect(reasonToStop: () -> SourceError?) -> Outcomes {
    while !deadline.hasPassed {
      let slice = min(deadline.remainingMilliseconds, 50)
      if group.wait(timeout: .now() + .milliseconds(Int(slice))) == .success { break }
      if reasonToStop() != nil { break }
    }
    return outcomes.withLock { $0 }
  }

  private func ask(_ partitions: ArraySlice<Partition>) {
    guard let list = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count)) else { return }
    defer { rd_kafka_topic_partition_list_destroy(list) }
    for partition in partitions {
      // As a timestamp, -1 asks for the end.
      rd_kafka_topic_partition_list_add(list, partition.topic, partition.id)?.pointee.offset = -1
    }
    let code = rd_kafka_offsets_for_times(client.handle, list, deadline.remainingMilliseconds)
    if code == RD_KAFKA_RESP_ERR_NO_ERROR {
      record(partitions, UnsafeBufferPointer(start: list.pointee.elems, count: Int(max(list.pointee.cnt, 0))))
    } else if code.rawValue > 0, partitions.count > 1, !deadline.hasPassed {
      // The broker's error for one partition fails the library's whole call: find that one, and save its neighbours.
      let middle = partitions.startIndex + partitions.count / 2
      ask(partitions[..<middle])
      ask(partitions[middle...])
    } else {
      client.runCallbacks()
      let outcome = code.rawValue > 0 ? Outcome.refused(code.rawValue) : .failed(failure(code.rawValue))
      outcomes.withLock { outcomes in
        for partition in partitions { outcomes[partition.topic, default: [:]][partition.id] = outcome }
      }
    }
  }

  /// `elements` are in the order of `partitions`.
  private func record(
    _ partitions: ArraySlice<Partition>, _ elements: UnsafeBufferPointer<rd_kafka_topic_partition_t>
  ) {
    outcomes.withLock { outcomes in
      for (partition, element) in zip(partitions, elements) {
        let outcome: Outcome =
          if element.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            .refused(element.err.rawValue)
          } else if element.offset >= 0 {
            .offset(element.offset)
          } else {
            .absent
          }
        outcomes[partition.topic, default: [:]][partition.id] = outcome
      }
    }
  }

  private func failure(_ code: Int32) -> SourceError {
    let texts = client.events.texts
    if code == RD_KAFKA_RESP_ERR__TIMED_OUT.rawValue {
      return texts.failure(.timedOut, "end offsets: no answer within \(deadline.description)")
    }
    let cause = client.events.lastFailure
    return cause ?? texts.requestFailure(code: code, subject: "end offsets")
  }
}
