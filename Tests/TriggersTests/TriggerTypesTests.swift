internal import KubernetesAPI
internal import Testing

@testable internal import Triggers

@Suite struct TriggerTypesTests {
  private func message(_ type: String) -> String {
    let problems = TriggerFixture.problems(TriggerDeclaration(index: 0, type: type, metadata: [:]))
    #expect(problems.count == 1 && problems[0].field == "type")
    return problems.first?.message ?? ""
  }

  @Test func unknownTypesAreToldWithTheKnownOnes() {
    #expect(message("nonsense").hasPrefix("no scaler found for type: nonsense"))
    for name in TriggerTypes.names { #expect(message("nonsense").contains(name)) }
    #expect(message("promethius").contains("did you mean prometheus?"))
    #expect(message("Redis-Streams").contains("did you mean redis-streams?"))
    #expect(message("").hasPrefix("no scaler found for type:"))
    #expect(message(String(repeating: "x", count: 1 << 20)).utf8.count < 400)
  }

  @Test func typesOfKEDAThatAreMissingGetAMessageOfTheirOwn() {
    for type in ["cron", "redis", "metrics-api", "aws-sqs-queue", "kubernetes-workload"] {
      #expect(message(type).contains("\"\(type)\" is a trigger of KEDA"))
      #expect(!message(type).contains("no scaler found"))
    }
  }

  /// KEDA 2.20 has 77 types.
  @Test func everyTypeOfKEDAIsOnOneOfTheLists() {
    #expect(TriggerTypes.otherKEDATypes.count + TriggerTypes.names.count == 77)
    #expect(TriggerTypes.otherKEDATypes.isDisjoint(with: TriggerTypes.names))
  }

  @Test func aliasesAreWhatAnOperatorWouldType() throws {
    func alias(_ declaration: TriggerDeclaration) throws -> String {
      try TriggerFixture.external(declaration).metric.alias
    }
    #expect(try alias(TriggerFixture.redis()) == "redis_stream_length")
    #expect(try alias(TriggerFixture.redis(type: "redis-cluster-streams")) == "redis_stream_length")
    #expect(try alias(TriggerFixture.redis(["consumerGroup": "g", "lagCount": "5"])) == "redis_stream_length")
    #expect(try alias(TriggerFixture.kafka()) == "kafka_lag")
    #expect(try alias(TriggerFixture.kafka(["metricName": " my_lag "])) == "my_lag")
    #expect(try alias(TriggerFixture.prometheus()) == "prometheus_metric")
    var named = TriggerFixture.prometheus()
    named.name = "sessions"
    #expect(try alias(named) == "prometheus_sessions")
  }

  @Test func unknownKeysAreNoticedAndHarmless() throws {
    let parsed = try TriggerTypes.parse(TriggerFixture.kafka(["lagTreshold": "5", "metricName": "x"]))
    #expect(parsed.unknownKeys == ["lagTreshold"])
    #expect(parsed.notices.map(\.field) == ["metadata.lagTreshold"])
    #expect(try TriggerTypes.parse(TriggerFixture.redis(["includePendingEntries": "false"])).notices.isEmpty)
  }

  @Test(arguments: ["abc", "-5", "NaN", "1e400", "0", "-0", "Inf", "0.0001", "null"])
  func uselessThresholdsAreRefusedByName(threshold: String) {
    let problems = TriggerFixture.problems(TriggerFixture.prometheus(["threshold": threshold]))
    #expect(problems.map(\.field) == ["metadata.threshold"])
    #expect(problems.allSatisfy { $0.message.contains("\"\(threshold)\"") && $0.message.contains("write") })
  }

  @Test func withScalingModifiersATriggersOwnTargetIsFree() throws {
    var declaration = TriggerFixture.prometheus(["threshold": "0"])
    declaration.isMetricSource = true
    #expect(try TriggerFixture.external(declaration).metric.target == .zero)
  }

  @Test func metricTypesAreThoseOfKubernetes() throws {
    var declaration = TriggerFixture.redis()
    declaration.metricType = "Value"
    #expect(try TriggerFixture.external(declaration).metric.targetType == .value)
    for type in ["Utilization", "Weird", "value"] {
      declaration.metricType = type
      #expect(TriggerFixture.problems(declaration).map(\.field) == ["metricType"])
    }
  }

  @Test(arguments: [
    ("kafak", "kafka"), ("redis-stream", "redis-streams"), ("Promethues", "prometheus"), ("zzz", nil), ("", nil),
  ])
  func aMistypedTypeIsAdvisedUpon(_ type: String, _ meant: String?) {
    var declaration = TriggerFixture.redis()
    declaration.type = type
    let message = TriggerFixture.problems(declaration).first?.message ?? ""
    if let meant {
      #expect(message.contains("did you mean \(meant)?"))
    } else {
      #expect(message.contains("write one of cpu, ") && !message.contains("did you mean"))
    }
  }
}
