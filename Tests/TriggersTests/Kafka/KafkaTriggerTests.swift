internal import Autoscaling
internal import KubernetesAPI
internal import Questions
internal import Testing

@testable internal import Triggers

@Suite struct KafkaTriggerTests {
  private func answer(_ partitions: [Int32: PartitionOffsets]) -> Answer {
    .kafka(KafkaAnswer(topics: ["orders": partitions]))
  }

  private func outcome(_ metadata: [String: String], _ partitions: [Int32: PartitionOffsets]) throws -> Reading.Outcome
  {
    try TriggerFixture.external(TriggerFixture.kafka(metadata)).outcome(of: answer(partitions))
  }

  @Test func hugeOffsetsSaturate() throws {
    let far = PartitionOffsets(end: .max, committed: .min)
    let back = PartitionOffsets(end: .min, committed: .max)
    let idle = ["allowIdleConsumers": "true"]
    #expect(try outcome(idle, [0: far, 1: far]).value == Double(Int64.max))
    #expect(try outcome(idle, [0: back, 1: back]).value == Double(Int64.min))
    let even = ["ensureEvenDistributionOfPartitions": "true", "lagThreshold": "9223372036854775807"]
    #expect(try outcome(even, [0: far, 1: far, 2: back]).value == Double(Int64.max))
    #expect(try outcome([:], [0: far]).value == 10)
  }

  @Test func partsOfTheLagAreNotTheLag() throws {
    let good = PartitionOffsets(end: 9, committed: 1)
    #expect(try outcome([:], [0: good, 1: PartitionOffsets(end: nil, committed: 1)]).reason?.code == "offsetsMissing")
    #expect(try outcome([:], [0: good, 1: PartitionOffsets(end: 5, committed: nil)]).reason?.code == "offsetsMissing")
    let failed = PartitionOffsets(end: 5, committed: 1, error: "leader not available")
    let reason = try outcome([:], [0: good, 1: failed]).reason
    #expect(reason?.code == "refusedByServer" && reason?.message.contains("leader not available") == true)
    #expect(try outcome([:], [:]).reason?.code == "noPartitions")
    let trigger = try TriggerFixture.external(TriggerFixture.kafka())
    #expect(trigger.outcome(of: .kafka(KafkaAnswer(topics: [:]))).reason?.code == "noSuchTopic")
    #expect(trigger.outcome(of: .redis(RedisAnswer([]))).reason?.code == "wrongSource")
  }

  @Test(arguments: [
    ("latest", "false", 1), ("latest", "true", 0), ("earliest", "false", 7), ("earliest", "true", 0),
  ])
  func groupsThatNeverCommitted(policy: String, zero: String, lag: Double) throws {
    let metadata = ["offsetResetPolicy": policy, "scaleToZeroOnInvalidOffset": zero]
    #expect(try outcome(metadata, [0: PartitionOffsets(end: 7, committed: -1)]).value == lag)
  }

  @Test func persistentLagCountsForActivationOnly() throws {
    let trigger = try TriggerFixture.external(
      TriggerFixture.kafka(["excludePersistentLag": "true", "allowIdleConsumers": "true"]))
    var memory = TriggerMemory.nothing
    func measurement(_ end: Int64?, _ committed: Int64) -> Measurement? {
      let answer = answer([0: PartitionOffsets(end: end, committed: committed)])
      guard case .value(let measurement) = trigger.outcome(of: answer, memory: &memory) else { return nil }
      return measurement
    }
    #expect(measurement(100, 40) == Measurement(60))
    #expect(measurement(110, 40) == Measurement(0, activationValue: 70))
    #expect(measurement(nil, 40) == nil)
    #expect(memory == .committedOffsets(["orders": [0: 40]]))
    #expect(measurement(110, -1) == Measurement(1))
    #expect(measurement(110, 40) == Measurement(0, activationValue: 70))
    #expect(measurement(110, 50) == Measurement(60))
  }

  @Test func withoutTopicAllCommittedTopicsCount() throws {
    let trigger = try TriggerFixture.external(TriggerFixture.kafka(["topic": "", "allowIdleConsumers": "true"]))
    #expect(trigger.question == .kafka(KafkaQuestion(group: "g", topics: .allCommitted)))
    let partition = PartitionOffsets(end: 5, committed: 2)
    #expect(trigger.outcome(of: .kafka(KafkaAnswer(topics: ["a": [0: partition], "b": [0: partition]]))).value == 6)
    #expect(trigger.outcome(of: .kafka(KafkaAnswer(topics: [:]))).value == 0)
  }

  @Test(
    arguments: [
      ("1-4,8", [1, 2, 3, 4, 8]), ("5-2", []), ("007", [7]), (" 3 - 4 ", [3, 4]), ("2147483647", [.max]), ("-1", nil),
      ("0-2147483647", nil), ("2147483648", nil), ("1..3", nil), ("x", nil), ("", nil), ("1,,2", nil),
    ] as [(String, [Int32]?)])
  func partitionLists(text: String, partitions: [Int32]?) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    #expect((try? PartitionList(parts))?.partitions == partitions)
    if partitions == nil, !text.isEmpty {
      let problems = TriggerFixture.problems(TriggerFixture.kafka(["partitionLimitation": text]))
      #expect(problems.map(\.field) == ["metadata.partitionLimitation"])
    }
  }

  @Test func everyProblemIsNamed() {
    var declaration = TriggerFixture.kafka([
      "bootstrapServers": ",", "consumerGroup": "", "topic": "", "lagThreshold": "0", "activationLagThreshold": "-1",
      "limitToPartitionsWithLag": "true", "allowIdleConsumers": "true", "sasl": "plaintext", "tls": "on",
      "version": "x",
    ])
    declaration.metricType = "Utilization"
    let fields = TriggerFixture.problems(declaration).map(\.field)
    #expect(
      Set(fields) == [
        "metadata.bootstrapServers", "metadata.consumerGroup", "metadata.lagThreshold",
        "metadata.activationLagThreshold",
        "metadata.limitToPartitionsWithLag", "metadata.version", "metadata.tls", "authentication.username",
        "authentication.password", "metricType",
      ])
  }

  @Test func kerberosSaysWhatItDoesNotUse() throws {
    var declaration = TriggerFixture.kafka(["sasl": "gssapi"])
    declaration.authentication = [
      "username": SecretText("svc"), "realm": SecretText("EXAMPLE.COM"), "kerberosConfig": SecretText("[libdefaults]"),
      "password": SecretText("geheim"),
    ]
    let notices = try TriggerFixture.external(declaration).notices
    #expect(notices.map(\.field) == ["metadata.sasl", "authentication.kerberosConfig", "authentication.password"])
    #expect(notices.dropFirst().allSatisfy { $0.message.contains("not handed to librdkafka") })
    #expect(!"\(notices)".contains("geheim"))
  }

  @Test func identitiesOfAWSAreRefusedWithAdvice() {
    var declaration = TriggerFixture.kafka(["sasl": "oauthbearer", "tls": "enable", "saslTokenProvider": "aws_msk_iam"])
    declaration.authentication = ["awsAccessKeyID": SecretText("id"), "awsSecretAccessKey": SecretText("secret")]
    let problems = TriggerFixture.problems(declaration)
    #expect(problems.map(\.field) == ["metadata.saslTokenProvider"])
    #expect(problems.first?.message.contains("scram_sha512") == true)
  }
}
