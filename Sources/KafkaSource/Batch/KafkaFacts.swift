internal import CRdkafka
internal import Questions

/// What a batch has found out so far, what it still has to ask, and the answers that follow. Plain values: nothing here
/// touches the network.
struct KafkaFacts {
  let texts: FailureTexts
  var topics: [String: TopicTable.Topic] = [:]
  private(set) var ends: EndOffsets.Outcomes = [:]
  /// By group: the answers about named topics, and about all topics.
  private(set) var named: [String: Result<CommittedOffsets, SourceError>] = [:]
  private(set) var all: [String: Result<CommittedOffsets, SourceError>] = [:]

  init(texts: FailureTexts) { self.texts = texts }

  mutating func add(_ outcomes: EndOffsets.Outcomes?) {
    for (topic, partitions) in outcomes ?? [:] { ends[topic, default: [:]].merge(partitions) { $1 } }
  }

  mutating func add(
    _ outcomes: Zip2Sequence<[GroupOffsets.Request], [Result<CommittedOffsets, SourceError>]>
  ) {
    for (request, outcome) in outcomes {
      if request.partitions == nil {
        all[request.group] = outcome
      } else {
        named[request.group] = outcome
      }
    }
  }

  // MARK: What to ask

  /// Why a question cannot be sent: names that Kafka's protocol has no room for.
  func rejection(of question: KafkaQuestion) -> SourceError? {
    let group = question.group.utf8
    if group.isEmpty || group.count > 32_767 || group.contains(0) {
      return texts.failure(
        .unusableConfiguration,
        "consumer group \"\(question.group.prefix(100))\" is not a name: write 1 to 32767 bytes without NUL")
    }
    guard case .one(let topic, _) = question.topics else { return nil }
    let isLegal = topic.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    if isLegal, (1...249).contains(topic.utf8.count) { return nil }
    return texts.failure(
      .unusableConfiguration,
      "topic \"\(topic.prefix(100))\" is not a topic name: write 1 to 249 of the characters a-z A-Z 0-9 . _ -")
  }

  /// One request per group for all its named topics, and one per group for all that it has committed.
  func groupRequests(for questions: [KafkaQuestion]) -> [GroupOffsets.Request] {
    var partitions: [String: [String: Set<Int32>]] = [:]
    var wantAll = Set<String>()
    for question in questions {
      switch question.topics {
      case .allCommitted: wantAll.insert(question.group)
      case .one(let topic, let selection):
        let ids = selected(of: topic, selection).map(\.id)
        if !ids.isEmpty { partitions[question.group, default: [:]][topic, default: []].formUnion(ids) }
      }
    }
    return wantAll.map { GroupOffsets.Request(group: $0, partitions: nil) }
      + partitions.map { GroupOffsets.Request(group: $0.key, partitions: $0.value) }
  }

  /// The partitions that the questions name, as far as they have a leader.
  func partitionsToAsk(for questions: [KafkaQuestion]) -> [EndOffsets.Partition] {
    var ids: [String: Set<Int32>] = [:]
    for question in questions {
      guard case .one(let topic, let selection) = question.topics else { continue }
      ids[topic, default: []].formUnion(selected(of: topic, selection).map(\.id))
    }
    return ids.flatMap { topic, ids in partitions(of: [topic]).filter { ids.contains($0.id) } }
  }

  /// All partitions of these topics that have a leader.
  func partitions(of names: Set<String>) -> [EndOffsets.Partition] {
    names.flatMap { name in
      (topics[name]?.partitions ?? []).compactMap { partition in
        partition.leader < 0
          ? nil : EndOffsets.Partition(topic: name, id: partition.id, leader: partition.leader)
      }
    }
  }

  /// The topics of the groups that are asked about with all their topics.
  func committedTopics(of questions: [KafkaQuestion]) -> Set<String> {
    var names = Set<String>()
    for question in questions where question.topics == .allCommitted {
      if case .success(let offsets) = all[question.group] { names.formUnion(Self.committed(offsets).keys) }
    }
    return names
  }

  /// Partitions whose broker says that it is not their leader (any more), by topic.
  func movedPartitions() -> [String: Set<Int32>] {
    ends.compactMapValues { partitions in
      let moved = partitions.filter { _, outcome in
        if case .refused(let code) = outcome { return Self.isMoved(code) }
        return false
      }
      return moved.isEmpty ? nil : Set(moved.keys)
    }
  }

  private static func isMoved(_ code: Int32) -> Bool {
    switch rd_kafka_resp_err_t(rawValue: code) {
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
      true
    default: false
    }
  }

  private static func committed(_ offsets: CommittedOffsets) -> CommittedOffsets {
    offsets.filter { $0.value.values.contains { $0.offset >= 0 || $0.error != 0 } }
  }

  private func selected(of topic: String, _ selection: [Int32]?) -> [TopicTable.Topic.Partition] {
    let partitions = topics[topic]?.partitions ?? []
    guard let selection else { return partitions }
    let wanted = Set(selection)
    return partitions.filter { wanted.contains($0.id) }
  }
}

extension KafkaFacts {
  // MARK: Answers

  /// - Parameter missing: the error for what has not come.
  func answer(to question: KafkaQuestion, missing: SourceError) -> Result<KafkaAnswer, SourceError> {
    if let rejection = rejection(of: question) { return .failure(rejection) }
    do throws(SourceError) {
      switch question.topics {
      case .one(let topic, let selection):
        let partitions = try known(topic, selection)
        if partitions.isEmpty { return .success(KafkaAnswer(topics: [topic: [:]])) }
        let committed = try (named[question.group] ?? .failure(missing)).get()
        return .success(
          KafkaAnswer(topics: [topic: try offsets(topic, partitions, committed[topic] ?? [:], nil, missing)]))
      case .allCommitted:
        let committed = Self.committed(try (all[question.group] ?? .failure(missing)).get())
        var result: [String: [Int32: PartitionOffsets]] = [:]
        for (topic, committed) in committed {
          // A partition that the group has not committed is left out of the broker's answer.
          result[topic] = try offsets(topic, try known(topic, nil), committed, -1, missing)
        }
        return .success(KafkaAnswer(topics: result))
      }
    } catch {
      return .failure(error)
    }
  }

  private func known(_ topic: String, _ selection: [Int32]?) throws(SourceError) -> [TopicTable.Topic.Partition] {
    guard let seen = topics[topic] else {
      throw texts.failure(.refusedByServer, "topic \"\(topic)\": the brokers say nothing about it")
    }
    switch rd_kafka_resp_err_t(rawValue: seen.error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR: return selected(of: topic, selection)
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      throw texts.failure(.refusedByServer, "topic \"\(topic)\" does not exist")
    default: throw texts.requestFailure(code: seen.error, subject: "topic \"\(topic)\"")
    }
  }

  private func offsets(
    _ topic: String, _ partitions: [TopicTable.Topic.Partition], _ committed: [Int32: CommittedOffset],
    _ uncommitted: Int64?, _ missing: SourceError
  ) throws(SourceError) -> [Int32: PartitionOffsets] {
    var result: [Int32: PartitionOffsets] = [:]
    for partition in partitions {
      let position = committed[partition.id]
      var offsets = PartitionOffsets(end: nil, committed: position.map(\.offset) ?? uncommitted)
      if let error = position?.error, error != 0 {
        offsets.committed = nil
        offsets.error = FailureTexts.name(of: error)
      }
      switch ends[topic]?[partition.id] {
      case .offset(let end): offsets.end = end
      case .refused(let code): offsets.error = FailureTexts.name(of: code)
      case .failed(let error): throw error
      case .absent: break
      case nil where partition.leader < 0:
        let code = partition.error == 0 ? RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE.rawValue : partition.error
        offsets.error = FailureTexts.name(of: code)
      // Not come yet is not the same as left out.
      case nil: throw missing
      }
      result[partition.id] = offsets
    }
    return result
  }
}
