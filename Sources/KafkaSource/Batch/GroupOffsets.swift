internal import CRdkafka
internal import Questions

/// Asks for the committed offsets of many groups: one request each, `limit` of them in flight, all answers through one queue.
/// Used by one thread.
struct GroupOffsets: ~Copyable {
  struct Request: Hashable {
    var group: String
    /// nil asks for all topics that the group has committed offsets for.
    var partitions: [String: Set<Int32>]?
  }

  private let client: KafkaClient
  private let queue: OpaquePointer
  private let requests: [Request]
  private let limit: Int
  private let deadline: BatchDeadline
  private var sent = 0
  private var received = 0
  private var outcomes: [Result<CommittedOffsets, SourceError>?]

  /// nil when there is nothing to ask, or no memory.
  init?(_ requests: [Request], client: KafkaClient, limit: Int, deadline: BatchDeadline) {
    guard !requests.isEmpty, let queue = rd_kafka_queue_new(client.handle) else { return nil }
    self.client = client
    self.queue = queue
    self.requests = requests
    self.limit = max(limit, 1)
    self.deadline = deadline
    outcomes = Array(repeating: nil, count: requests.count)
  }

  // Answers that come later are dropped by the library.
  deinit { rd_kafka_queue_destroy(queue) }

  /// Sends as many requests as may be in flight.
  mutating func send() {
    while sent < requests.count, sent - received < limit {
      send(requests[sent], index: sent)
      sent += 1
    }
  }

  /// Waits for all answers, sending what had to wait. Stops early when `reasonToStop` gives a reason, which then is the
  /// outcome of what is missing.
  mutating func collect(reasonToStop: () -> SourceError?) -> [Result<CommittedOffsets, SourceError>] {
    var reason: SourceError?
    while received < requests.count, reason == nil, !deadline.hasPassed {
      send()
      if let event = rd_kafka_queue_poll(queue, min(deadline.remainingMilliseconds, 50)) {
        take(event)
        rd_kafka_event_destroy(event)
      } else {
        reason = reasonToStop()
      }
    }
    return outcomes.enumerated().map { index, outcome in
      outcome
        ?? .failure(
          reason
            ?? client.events.texts.failure(
              .timedOut, "consumer group \"\(requests[index].group)\": no answer within \(deadline.description)"))
    }
  }

  private mutating func send(_ request: Request, index: Int) {
    let partitions = request.partitions.flatMap(Self.list(of:))
    defer { if let partitions { rd_kafka_topic_partition_list_destroy(partitions) } }
    var ask = rd_kafka_ListConsumerGroupOffsets_new(request.group, partitions)
    let options = rd_kafka_AdminOptions_new(client.handle, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS)
    rd_kafka_AdminOptions_set_request_timeout(options, deadline.remainingMilliseconds, nil, 0)
    // Opaque values come back with the answer; nil is not distinguishable from none.
    rd_kafka_AdminOptions_set_opaque(options, UnsafeMutableRawPointer(bitPattern: index + 1))
    rd_kafka_ListConsumerGroupOffsets(client.handle, &ask, 1, options, queue)
    rd_kafka_AdminOptions_destroy(options)
    rd_kafka_ListConsumerGroupOffsets_destroy(ask)
  }

  private mutating func take(_ event: OpaquePointer) {
    let index = Int(bitPattern: rd_kafka_event_opaque(event)) - 1
    guard outcomes.indices.contains(index), outcomes[index] == nil else { return }
    received += 1
    outcomes[index] = outcome(of: event, group: requests[index].group)
  }

  private func outcome(of event: OpaquePointer, group: String) -> Result<CommittedOffsets, SourceError> {
    let texts = client.events.texts
    let subject = "consumer group \"\(group)\""
    let code = rd_kafka_event_error(event)
    if code != RD_KAFKA_RESP_ERR_NO_ERROR {
      let detail = rd_kafka_event_error_string(event).map { String(cString: $0) }
      return .failure(texts.requestFailure(code: code.rawValue, subject: subject, detail: detail))
    }
    var count = 0
    guard let result = rd_kafka_event_ListConsumerGroupOffsets_result(event),
      let groups = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count), count > 0, let first = groups[0]
    else { return .failure(texts.failure(.malformedAnswer, "\(subject): the answer names no group")) }
    if let error = rd_kafka_group_result_error(first) {
      let detail = rd_kafka_error_string(error).map { String(cString: $0) }
      return .failure(
        texts.requestFailure(code: rd_kafka_error_code(error).rawValue, subject: subject, detail: detail))
    }
    return .success(Self.offsets(in: rd_kafka_group_result_partitions(first)))
  }
}

extension GroupOffsets {
  private static func list(
    of topics: [String: Set<Int32>]
  ) -> UnsafeMutablePointer<rd_kafka_topic_partition_list_t>? {
    let list = rd_kafka_topic_partition_list_new(Int32(clamping: topics.values.reduce(0) { $0 + $1.count }))
    for (topic, partitions) in topics {
      for partition in partitions { rd_kafka_topic_partition_list_add(list, topic, partition) }
    }
    return list
  }

  private static func offsets(in list: UnsafePointer<rd_kafka_topic_partition_list_t>?) -> CommittedOffsets {
    guard let list, list.pointee.cnt > 0 else { return [:] }
    var result: CommittedOffsets = [:]
    var topic = ""
    var partitions: [Int32: CommittedOffset] = [:]
    for element in UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt)) {
      guard let text = element.topic else { continue }
      let name = String(cString: text)
      if name != topic {
        if !partitions.isEmpty { result[topic, default: [:]].merge(partitions) { $1 } }
        topic = name
        partitions = [:]
      }
      // -1001 says "never committed".
      partitions[element.partition] = CommittedOffset(offset: max(element.offset, -1), error: element.err.rawValue)
    }
    if !partitions.isEmpty { result[topic, default: [:]].merge(partitions) { $1 } }
    return result
  }
}
