internal import Autoscaling
internal import KubernetesAPI
internal import Questions
internal import TestSupport
internal import Testing

@testable internal import Triggers

/// `keda/kafka-lag.json`, the cases of type kafka: offsets in, lag out. (apache-kafka is another type of trigger.)
@Suite("Kafka lag Conformance") struct KafkaLagConformanceTests {
  /// Case → heading in docs/differences-from-keda.md.
  static let differences = [
    "kafka.missing-latest-for-partition": "Unknown is not zero: partitions without an end offset",
    "kafka.missing-latest-all": "Unknown is not zero: partitions without an end offset",
  ]

  @Test func everyCase() throws {
    let cases = try ConformanceCases.load("keda/kafka-lag.json").filter { $0.input["type"]?.string == "kafka" }
    if !ConformanceCases.isForeignDirectory {
      #expect(cases.count == 38)
      #expect(Set(Self.differences.keys).isSubset(of: cases.map(\.id)))
    }
    for item in cases {
      guard case .success(.external(let trigger)) = TriggerCase.parse(TriggerCase(item).declaration) else {
        Issue.record("\(item.id): refused")
        continue
      }
      var memory = TriggerMemory.nothing
      let polls = item.input["polls"]?.array ?? []
      let expected = item.expect["polls"]?.array ?? []
      #expect(!polls.isEmpty && polls.count == expected.count, "\(item.id)")
      for (number, (poll, expect)) in zip(polls, expected).enumerated() {
        check("\(item.id) poll \(number)", item.id, trigger, poll, expect, &memory)
      }
    }
  }

  private func check(
    _ label: String, _ id: String, _ trigger: any ExternalTrigger, _ poll: JSONValue, _ expect: JSONValue,
    _ memory: inout TriggerMemory
  ) {
    // The group itself is refused: the Kafka source says so, and there is no answer to read.
    if let error = poll["groupError"], !error.isNull, expect["error"]?.string != nil { return }
    let topics = poll["topics"]?.object ?? [:]
    let answer = Self.answer(trigger.question, topics)
    let before = memory
    switch trigger.outcome(of: .kafka(answer), memory: &memory) {
    case .unknown(let reason):
      let isDifferent =
        Self.lacksEndOffset(answer) && (Self.differences[id] != nil || ConformanceCases.isForeignDirectory)
      #expect(expect["error"]?.string != nil || isDifferent, "\(label): \(reason)")
      #expect(memory == before, "\(label): an unknown reading is not remembered")
    case .value(let measurement):
      #expect(expect["error"]?.string == nil && Self.differences[id] == nil, "\(label): \(measurement)")
      let recorded = try? Quantity(parsing: expect["value"]?.string ?? "")
      #expect(Quantity(metric: measurement.value) == recorded, "\(label): \(measurement.value)")
      #expect((measurement.activationValue > trigger.activationThreshold) == expect["active"]?.bool, "\(label)")
    }
  }

  /// What the Kafka source makes of the broker's state: no entry for a topic that does not exist or that may not be
  /// read, topics with committed offsets where all are asked for, and the selected partitions only.
  private static func answer(_ question: Question, _ topics: [String: JSONValue]) -> KafkaAnswer {
    guard case .kafka(let question) = question else { return KafkaAnswer(topics: [:]) }
    var result: [String: [Int32: PartitionOffsets]] = [:]
    for (name, topic) in topics {
      let failure = topic["error"]?.integer
      if failure != nil, case .one = question.topics { continue }
      let partitions = topic["partitions"]?.object ?? [:]
      var offsets: [Int32: PartitionOffsets] = [:]
      for (number, partition) in partitions {
        guard let number = Int32(number) else { continue }
        let code =
          failure ?? partition["committedError"]?.integer ?? partition["latestError"]?.integer
          ?? partition["error"]?.integer
        offsets[number] = PartitionOffsets(
          end: partition["latest"]?.integer,
          committed: partition["noOffsetBlock"]?.bool == true ? nil : partition["committed"]?.integer ?? -1,
          error: code.map { "error \($0)" })
      }
      switch question.topics {
      case .allCommitted:
        if partitions.values.contains(where: { $0["committed"] != nil }) { result[name] = offsets }
      case .one(let wanted, let selected):
        if name == wanted { result[name] = offsets.filter { selected?.contains($0.key) ?? true } }
      }
    }
    return KafkaAnswer(topics: result)
  }

  private static func lacksEndOffset(_ answer: KafkaAnswer) -> Bool {
    answer.topics.values.contains { $0.values.contains { $0.end == nil } }
  }
}
