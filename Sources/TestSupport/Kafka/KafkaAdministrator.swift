internal import CRdkafka
internal import Dispatch

/// Changes a Kafka cluster the way that tests need it: topics, messages, committed offsets. Blocks a thread of its own.
///
/// `@unchecked Sendable`: the handle never changes and librdkafka's functions may be called from any thread.
public final class KafkaAdministrator: @unchecked Sendable {
  public struct Failed: Error, CustomStringConvertible {
    public var description: String
  }

  private let handle: OpaquePointer
  private let queue = DispatchQueue(label: "test.kafka.administrator")
  private let bootstrapServers: String

  public init(bootstrapServers: String) throws {
    self.bootstrapServers = bootstrapServers
    handle = try Self.client(RD_KAFKA_PRODUCER, ["bootstrap.servers": bootstrapServers, "linger.ms": "0"])
  }

  deinit { rd_kafka_destroy(handle) }

  /// Creates topics that do not exist yet.
  public func createTopics(_ names: [String], partitions: Int = 1) async throws {
    try await administer("create topics") { handle, queue in
      var topics = names.map { rd_kafka_NewTopic_new($0, Int32(partitions), 1, nil, 0) }
      rd_kafka_CreateTopics(handle, &topics, topics.count, nil, queue)
      rd_kafka_NewTopic_destroy_array(&topics, topics.count)
    } failure: { event in
      guard let result = rd_kafka_event_CreateTopics_result(event) else { return nil }
      var count = 0
      let topics = rd_kafka_CreateTopics_result_topics(result, &count)
      return Self.firstFailure(topics, count)
    }
  }

  public func createTopic(_ name: String, partitions: Int = 1) async throws {
    try await createTopics([name], partitions: partitions)
  }

  public func deleteTopic(_ name: String) async throws {
    try await administer("delete topic \(name)") { handle, queue in
      var topics = [rd_kafka_DeleteTopic_new(name)]
      rd_kafka_DeleteTopics(handle, &topics, 1, nil, queue)
      rd_kafka_DeleteTopic_destroy_array(&topics, 1)
    } failure: { event in
      guard let result = rd_kafka_event_DeleteTopics_result(event) else { return nil }
      var count = 0
      let topics = rd_kafka_DeleteTopics_result_topics(result, &count)
      return Self.firstFailure(topics, count)
    }
  }

  /// Writes `count` small messages to one partition and waits until the broker has them.
  public func produce(_ count: Int, to topic: String, partition: Int32 = 0) async throws {
    try await blocking {
      guard let handle = rd_kafka_topic_new(self.handle, topic, nil) else {
        throw Failed(description: "topic \(topic)")
      }
      defer { rd_kafka_topic_destroy(handle) }
      for number in 0..<count {
        let text = Array("message \(number)".utf8)
        let outcome = text.withUnsafeBytes {
          rd_kafka_produce(
            handle, partition, RD_KAFKA_MSG_F_COPY, UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count, nil, 0,
            nil)
        }
        if outcome != 0 { throw Failed(description: "produce to \(topic): \(Self.text(of: rd_kafka_last_error()))") }
      }
      let code = rd_kafka_flush(self.handle, 20_000)
      if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw Failed(description: "produce to \(topic): \(Self.text(of: code))") }
    }
  }

  /// Commits offsets for a group that has no members.
  public func commit(_ offsets: [Int32: Int64], of topic: String, for group: String) async throws {
    try await commit([topic: offsets], for: group)
  }

  public func commit(_ offsets: [String: [Int32: Int64]], for group: String) async throws {
    try await administer("commit for \(group)") { handle, queue in
      let list = rd_kafka_topic_partition_list_new(1)
      defer { rd_kafka_topic_partition_list_destroy(list) }
      for (topic, partitions) in offsets {
        for (partition, offset) in partitions {
          rd_kafka_topic_partition_list_add(list, topic, partition)?.pointee.offset = offset
        }
      }
      var request = rd_kafka_AlterConsumerGroupOffsets_new(group, list)
      rd_kafka_AlterConsumerGroupOffsets(handle, &request, 1, nil, queue)
      rd_kafka_AlterConsumerGroupOffsets_destroy(request)
    } failure: { event in
      guard let result = rd_kafka_event_AlterConsumerGroupOffsets_result(event) else { return nil }
      var count = 0
      guard let groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count), count > 0 else { return nil }
      if let error = rd_kafka_group_result_error(groups[0]) { return Self.text(of: rd_kafka_error_code(error)) }
      guard let list = rd_kafka_group_result_partitions(groups[0]) else { return nil }
      for element in UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
      where element.err != RD_KAFKA_RESP_ERR_NO_ERROR {
        return "partition \(element.partition): \(Self.text(of: element.err))"
      }
      return nil
    }
  }

  /// Whether the cluster answers.
  public func isAnswering() async -> Bool {
    await withCheckedContinuation { continuation in
      queue.async {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(self.handle, 0, nil, &metadata, 500)
        if let metadata { rd_kafka_metadata_destroy(metadata) }
        continuation.resume(returning: code == RD_KAFKA_RESP_ERR_NO_ERROR)
      }
    }
  }
}

extension KafkaAdministrator {
  private func blocking(_ work: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      queue.async { continuation.resume(with: Result { try work() }) }
    }
  }

  /// Sends one request of the admin API and waits for its result.
  private func administer(
    _ what: String, _ send: @escaping @Sendable (_ handle: OpaquePointer, _ queue: OpaquePointer) -> Void,
    failure: @escaping @Sendable (_ event: OpaquePointer) -> String?
  ) async throws {
    try await blocking {
      guard let queue = rd_kafka_queue_new(self.handle) else { throw Failed(description: "no queue") }
      defer { rd_kafka_queue_destroy(queue) }
      send(self.handle, queue)
      guard let event = rd_kafka_queue_poll(queue, 20_000) else { throw Failed(description: "\(what): no answer") }
      defer { rd_kafka_event_destroy(event) }
      if rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR {
        throw Failed(description: "\(what): \(Self.text(of: rd_kafka_event_error(event)))")
      }
      if let failure = failure(event) { throw Failed(description: "\(what): \(failure)") }
    }
  }

  private static func firstFailure(
    _ topics: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int
  ) -> String? {
    for topic in UnsafeBufferPointer(start: topics, count: count) {
      let code = rd_kafka_topic_result_error(topic)
      if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { continue }
      return text(of: code)
    }
    return nil
  }

  private static func text(of code: rd_kafka_resp_err_t) -> String {
    rd_kafka_err2str(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
  }

  static func client(_ type: rd_kafka_type_t, _ settings: [String: String]) throws -> OpaquePointer {
    guard let configuration = rd_kafka_conf_new() else { throw Failed(description: "no memory") }
    rd_kafka_conf_set_log_cb(configuration) { _, _, _, _ in }
    for (name, value) in settings {
      if rd_kafka_conf_set(configuration, name, value, nil, 0) != RD_KAFKA_CONF_OK {
        rd_kafka_conf_destroy(configuration)
        throw Failed(description: "\(name)=\(value) is refused")
      }
    }
    guard let handle = rd_kafka_new(type, configuration, nil, 0) else {
      rd_kafka_conf_destroy(configuration)
      throw Failed(description: "no client")
    }
    return handle
  }
}
