internal import Autoscaling
internal import KubernetesAPI
internal import Questions
internal import TestSupport
internal import Testing

@testable internal import Triggers

/// `keda/eval-redis.json`, the cases of redis-streams: what a stream's state makes of the metric. The state comes from
/// a real redis-server (`setup`) or from canned replies (`fakeServer`). Cases of type redis wait for that type.
@Suite("Redis evaluation Conformance") struct RedisEvaluationConformanceTests {
  static let unknownLag = "Unknown is not zero: the lag of a stream"
  /// Case → heading in docs/differences-from-keda.md.
  static let differences = [
    "streams.lag-after-xdel-middle-is-null": unknownLag,
    "streams.lag-activation-negative-with-null-lag": unknownLag,
    "streams.lag-group-at-arbitrary-id": unknownLag,
    "streams.fake-lag-missing-field-redis6-shape": unknownLag,
  ]

  @Test func everyCase() async throws {
    let cases = try ConformanceCases.load("keda/eval-redis.json")
      .filter { $0.input["type"]?.string?.hasSuffix("-streams") == true }
    if !ConformanceCases.isForeignDirectory {
      #expect(cases.count == 34)
      #expect(Set(Self.differences.keys).isSubset(of: cases.map(\.id)))
    }
    guard !cases.isEmpty else { return }
    let server = try await RedisServer.start()
    for item in cases { try await check(item, server.commander) }
    await server.stop()
  }

  private func check(_ item: ConformanceCases.Case, _ redis: RedisCommander) async throws {
    var declaration = TriggerCase(item).declaration
    declaration.metadata = declaration.metadata.mapValues { $0 == "$SERVER" ? "127.0.0.1:6379" : $0 }
    guard case .success(.external(let trigger)) = TriggerCase.parse(declaration),
      case .redis(let question) = trigger.question, case .redis(let endpoint) = trigger.endpoint
    else {
      Issue.record("\(item.id): refused")
      return
    }
    // What fails before the first question is the Redis source's to tell.
    if item.expect["createError"]?.string != nil { return }
    #expect(trigger.metric.name == item.expect["metricName"]?.string ?? trigger.metric.name, "\(item.id)")

    let replies: [RedisReply]
    if let setup = item.input["setup"]?.array {
      let commands = setup.map { ($0.array ?? []).compactMap(\.string) }
      try await redis.run([["FLUSHALL"]] + commands)
      let asked = [["SELECT", String(endpoint.database)]] + question.commands.map(\.words)
      replies = try await redis.replies(to: asked).dropFirst().map(Self.reply)
    } else {
      let canned = item.input["fakeServer"]?.object ?? [:]
      replies = question.commands.map { Self.reply(canned[$0.words.first ?? ""] ?? .null) }
    }
    var memory = TriggerMemory.nothing
    check(item, trigger, trigger.outcome(of: .redis(RedisAnswer(replies)), memory: &memory), replies)
  }

  private func check(
    _ item: ConformanceCases.Case, _ trigger: any ExternalTrigger, _ outcome: Reading.Outcome, _ replies: [RedisReply]
  ) {
    let isNamed = Self.differences[item.id] != nil
    switch outcome {
    case .unknown(let reason):
      let isUnknownLag = reason.code == "lagUnknown" && (isNamed || ConformanceCases.isForeignDirectory)
      // KEDA counts the whole stream where the reply about its groups is none.
      let isMalformed =
        ConformanceCases.isForeignDirectory && reason.code == "wrongType" && reason.message.contains("XINFO GROUPS")
      #expect(item.expect["error"]?.string != nil || isUnknownLag || isMalformed, "\(item.id): \(reason)")
      if isUnknownLag { #expect(item.expect["value"]?.string == "0", "\(item.id): KEDA takes a null lag for 0") }
    case .value(let measurement):
      #expect(item.expect["error"]?.string == nil && !isNamed, "\(item.id): \(measurement), replies \(replies)")
      #expect(Quantity(metric: measurement.value).description == item.expect["value"]?.string, "\(item.id)")
      let isActive = measurement.activationValue > trigger.activationThreshold
      #expect(isActive == item.expect["active"]?.bool, "\(item.id)")
    }
  }

  private static func reply(_ value: RESPValue) -> RedisReply {
    switch value {
    case .null: .null
    case .integer(let number): .integer(number)
    case .string(let text): .string(text)
    case .error(let text): .error(text)
    case .array(let parts): .array(parts.map(reply))
    }
  }

  private static func reply(_ value: JSONValue) -> RedisReply {
    switch value {
    case .integer(let number): .integer(number)
    case .string(let text): .string(text)
    case .array(let parts): .array(parts.map(reply))
    case .object(let fields): .error(fields["error"]?.string ?? "")
    default: .null
    }
  }
}
