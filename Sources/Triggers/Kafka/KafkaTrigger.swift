internal import Autoscaling
internal import KubernetesAPI
internal import Questions

/// `kafka`: how far a consumer group is behind the ends of its topics.
struct KafkaTrigger: ExternalTrigger {
  let metric: ExternalMetric
  let activationThreshold: Double
  let endpoint: Endpoint
  let question: Question
  /// How the lag is counted.
  let rule: KafkaLagRule
  let unknownKeys: [String]
  let notices: [FieldError]

  init(_ declaration: TriggerDeclaration) throws(TriggerError) {
    var reader = MetadataReader(declaration)
    let endpoint = reader.kafkaEndpoint()
    let group =
      reader.required(
        .init("consumerGroup", from: .metadata, .environment), "the id of the consumer group")?.text ?? ""
    let topic = reader.text(.init("topic", from: .metadata, .environment))
    let partitions = Self.partitions(&reader)
    if topic == nil, partitions != nil {
      reader.note("metadata.partitionLimitation", "has no effect without topic")
    }
    let rule = Self.rule(hasTopic: topic != nil, &reader)
    let activation = reader.integer(.init("activationLagThreshold", from: .metadata)) ?? 0
    if activation < 0 {
      reader.fail("metadata.activationLagThreshold", "\"\(activation)\" is negative: write 0 or more")
    }
    let targetType = reader.targetType()
    let alias = reader.text(.init("metricName", from: .metadata)) ?? "kafka_lag"
    unknownKeys = reader.unknownKeys
    notices = reader.notices
    self.endpoint = .kafka(try reader.finish(with: endpoint))
    self.rule = rule
    activationThreshold = Double(activation)
    question = .kafka(
      KafkaQuestion(group: group, topics: topic.map { .one($0, partitions: partitions) } ?? .allCommitted))
    let name = topic.map { "kafka-" + $0 } ?? "kafka-\(group)-topics"
    metric = ExternalMetric(
      name: MetricName.indexed(MetricName.normalized(name), by: declaration.index), alias: alias,
      targetType: targetType, target: Quantity(integerTarget: rule.threshold))
  }

  private static func partitions(_ reader: inout MetadataReader) -> [Int32]? {
    guard let value = reader.value(.init("partitionLimitation", from: .metadata)) else { return nil }
    do {
      let partitions = try PartitionList(value.parts).partitions
      if partitions.isEmpty {
        reader.note(value.field, "\(value.quoted) selects no partition: write the smaller number of a range first")
      }
      return partitions
    } catch {
      let part = "\"\(shortened(error.part))\""
      if error.isTooLong {
        reader.fail(value.field, "\(part) makes more than \(PartitionList.maximumCount) partitions: write fewer")
      } else {
        reader.fail(value.field, "\(part) is neither a partition nor a range: write a list such as 1,2,5-9")
      }
      return nil
    }
  }

  private static func rule(hasTopic: Bool, _ reader: inout MetadataReader) -> KafkaLagRule {
    var rule = KafkaLagRule(threshold: 10)
    if let value = reader.value(.init("lagThreshold", from: .metadata)) {
      rule.threshold = reader.integer(.init("lagThreshold", from: .metadata)) ?? 10
      if rule.threshold <= 0 {
        reader.fail(
          value.field, "\(value.quoted) is not greater than 0: write the lag that one replica handles, such as 10")
      }
    }
    let policy = reader.choice(.init("offsetResetPolicy", from: .metadata), of: ["latest", "earliest"])
    rule.startsAtEnd = policy != "earliest"
    rule.allowsIdleConsumers = reader.bool(.init("allowIdleConsumers", from: .metadata))
    rule.excludesPersistentLag = reader.bool(.init("excludePersistentLag", from: .metadata))
    rule.takesInvalidOffsetAsZero = reader.bool(.init("scaleToZeroOnInvalidOffset", from: .metadata))
    rule.limitsToPartitionsWithLag = reader.bool(.init("limitToPartitionsWithLag", from: .metadata))
    rule.distributesEvenly = reader.bool(.init("ensureEvenDistributionOfPartitions", from: .metadata))

    let limit = "metadata.limitToPartitionsWithLag"
    let even = "metadata.ensureEvenDistributionOfPartitions"
    if rule.limitsToPartitionsWithLag {
      if rule.allowsIdleConsumers { reader.fail(limit, "contradicts allowIdleConsumers: set one of them to \"false\"") }
      if rule.distributesEvenly {
        reader.fail(limit, "contradicts ensureEvenDistributionOfPartitions: set one of them to \"false\"")
      }
      if !hasTopic { reader.fail(limit, "needs a topic: write topic, or set it to \"false\"") }
    }
    if rule.distributesEvenly, !hasTopic { reader.fail(even, "needs a topic: write topic, or set it to \"false\"") }
    return rule
  }

  func outcome(of answer: Answer, memory: inout TriggerMemory) -> Reading.Outcome {
    guard case .kafka(let answer) = answer else { return .unknown(.otherSource) }
    if case .kafka(let question) = question, case .one(let topic, _) = question.topics {
      guard let partitions = answer.topics[topic] else {
        return .unknown(
          UnknownReason(code: "noSuchTopic", message: "Kafka did not answer for the topic \"\(shortened(topic))\""))
      }
      guard !partitions.isEmpty else {
        return .unknown(
          UnknownReason(
            code: "noPartitions",
            message: "the topic \"\(shortened(topic))\" has none of the selected partitions: check partitionLimitation")
        )
      }
    }
    do {
      return .value(try rule.measurement(of: answer, memory: &memory))
    } catch {
      return .unknown(error)
    }
  }
}
