internal import CRdkafka
internal import Questions
internal import Synchronization

/// What the cluster says about topics: their partitions and leaders, remembered for a short time.
///
/// librdkafka's one call that asks for several topics by name asks for those that have a handle, so the table keeps a handle
/// for each topic in use. A topic that nobody asked about for `retention` is let go.
///
/// `@unchecked Sendable`: the handles in `entries` are only touched under its lock, or by `forgetAll` at the end.
final class TopicTable: @unchecked Sendable {
  /// A topic as last seen.
  struct Topic: Sendable {
    struct Partition: Sendable {
      var id: Int32
      /// The broker to ask for the end offset; negative while there is none.
      var leader: Int32
      var error: Int32
    }

    var error: Int32
    var partitions: [Partition]
  }

  private struct Entry {
    var handle: OpaquePointer
    var topic: Topic?
    var seen: ContinuousClock.Instant?
    var asked: ContinuousClock.Instant
  }

  private let client: OpaquePointer
  private let maximumAge: Duration
  private let retention: Duration = .seconds(600)
  private let entries = Mutex<[String: Entry]>([:])

  init(handle: OpaquePointer, maximumAge: Duration) {
    client = handle
    self.maximumAge = maximumAge
  }

  /// The topics that are known and fresh. Those that are not are registered for the next `refresh`.
  /// - Returns: what is known, and whether a refresh is needed for the rest.
  func look(up names: Set<String>, now: ContinuousClock.Instant) -> (known: [String: Topic], isComplete: Bool) {
    entries.withLock { entries in
      var known: [String: Topic] = [:]
      for name in names {
        if entries[name] == nil {
          guard let handle = rd_kafka_topic_new(client, name, nil) else { continue }
          entries[name] = Entry(handle: handle, topic: nil, seen: nil, asked: now)
        }
        entries[name]?.asked = now
        // Failures are asked about again each time.
        if let entry = entries[name], let topic = entry.topic, let seen = entry.seen, topic.error == 0,
          now - seen < maximumAge
        {
          known[name] = topic
        }
      }
      return (known, known.count == names.count)
    }
  }

  /// Asks the cluster about all registered topics in one request. Blocks.
  /// - Returns: the library's error code; 0 when the answer has come.
  func refresh(timeout: Duration, now: ContinuousClock.Instant) -> Int32 {
    letGo(of: now)
    var metadata: UnsafePointer<rd_kafka_metadata>?
    let code = rd_kafka_metadata(client, 0, nil, &metadata, Int32(timeout.wholeMilliseconds))
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else { return code.rawValue }
    defer { rd_kafka_metadata_destroy(metadata) }
    let topics = UnsafeBufferPointer(start: metadata.pointee.topics, count: Int(max(metadata.pointee.topic_cnt, 0)))
    entries.withLock { entries in
      for topic in topics {
        guard let text = topic.topic else { continue }
        let name = String(cString: text)
        entries[name]?.topic = Self.read(topic)
        entries[name]?.seen = now
      }
    }
    return 0
  }

  /// What was last seen of these topics, however old.
  func lastSeen(_ names: Set<String>) -> [String: Topic] {
    entries.withLock { entries in
      var result: [String: Topic] = [:]
      for name in names { result[name] = entries[name]?.topic }
      return result
    }
  }

  /// Asks again next time: something that the table says turned out to be wrong.
  func expire() {
    entries.withLock { entries in
      for name in entries.keys { entries[name]?.seen = nil }
    }
  }

  func forgetAll() {
    entries.withLock { entries in
      for entry in entries.values { rd_kafka_topic_destroy(entry.handle) }
      entries = [:]
    }
  }

  private func letGo(of now: ContinuousClock.Instant) {
    entries.withLock { entries in
      for (name, entry) in entries where now - entry.asked > retention {
        rd_kafka_topic_destroy(entry.handle)
        entries[name] = nil
      }
    }
  }

  private static func read(_ topic: rd_kafka_metadata_topic) -> Topic {
    let partitions = UnsafeBufferPointer(start: topic.partitions, count: Int(max(topic.partition_cnt, 0)))
    return Topic(
      error: topic.err.rawValue,
      partitions: partitions.map { Topic.Partition(id: $0.id, leader: $0.leader, error: $0.err.rawValue) })
  }
}
