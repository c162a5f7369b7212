internal import Autoscaling
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// KEDA's fallback: when it engages, what it serves, what it remembers.
@Suite("Fallback Conformance") struct FallbackConformanceTests {
  /// Case → heading in docs/differences-from-keda.md.
  static let differences = ["avg-huge": "Fallback values that do not fit are the largest number, not the smallest"]
  /// What KEDA serves where a number does not fit 64 bits.
  static let overflowGarbage = "-9223372036854775808m"

  @Test func everyCase() throws {
    let cases = try ConformanceCases.load("keda/fallback.json")
    if !ConformanceCases.isForeignDirectory { #expect(cases.count == 94) }
    for item in cases {
      var run = try FallbackRun(item.input)
      for expected in item.expect["calls"]?.array ?? [item.expect] {
        let before = (health: run.health, condition: run.condition)
        let metric = run.call()
        check(item.id, metric, run, expected)
        let statusChanged = before.health.status != run.health.status || before.condition != run.condition
        #expect(statusChanged == expected["statusPatched"]?.bool, "\(item.id): statusPatched")
      }
    }
  }

  private func check(_ id: String, _ metric: EffectiveMetric, _ run: FallbackRun, _ expected: JSONValue) {
    #expect(metric.isFallback == expected["fallbackActive"]?.bool, "\(id): fallbackActive")
    let health = (expected["healthAfter"]?.object ?? [:]).mapValues { try? $0.decoded(as: HealthStatus.self) }
    #expect(run.health.status == health, "\(id): health")
    if let condition = expected["fallbackCondition"], !condition.isNull {
      #expect(run.condition?.status == condition["status"]?.string, "\(id): condition")
      #expect(run.condition?.reason == condition["reason"]?.string, "\(id): condition")
      #expect(run.condition?.message == condition["message"]?.string, "\(id): condition")
    } else {
      #expect(run.rule == nil, "\(id): condition")
    }
    if let error = expected["error"]?.string {
      #expect(metric.unknownReason?.message.hasPrefix(error) == true, "\(id): error")
      #expect(metric.quantity == nil, "\(id): no value beside an error")
      return
    }
    let values = expected["metrics"]?.array ?? []
    #expect(values.count == 1, "\(id): one value")
    let name = run.rule?.name(of: metric, own: run.metric.name) ?? run.metric.name
    #expect(name == values.first?["metricName"]?.string, "\(id): name")
    let canonical = values.first?["canonical"]?.string
    let isGarbage = canonical == FallbackConformanceTests.overflowGarbage
    #expect(isGarbage || FallbackConformanceTests.differences[id] == nil, "\(id): no difference any more")
    let value = isGarbage ? Quantity(milliValue: .max).canonical : canonical
    #expect(metric.quantity?.canonical == value, "\(id): value")
  }
}

/// One case: a metric with its fallback, read several times.
private struct FallbackRun {
  var metric: TriggerMetric
  var rule: FallbackRule?
  var health: HealthBook
  var condition: Condition?
  private var outcome: Reading.Outcome
  private var facts: ReplicaFacts
  private var time: Int64 = 0

  init(_ input: JSONValue) throws {
    let target = try #require(input["scaleTarget"])
    let spec = try #require(input["metricSpec"])
    let quantity = try Quantity(parsing: try #require(spec["value"]?.string))
    metric = TriggerMetric(
      triggerIndex: 0, name: try #require(input["metricName"]?.string),
      target: spec["type"]?.string == "Value" ? .value(quantity) : .averageValue(quantity))
    rule = FallbackRule(
      try input["fallback"].flatMap { $0.isNull ? nil : try $0.decoded(as: FallbackSpec.self) },
      modifiers: try input["modifiers"]?.decoded(as: ScalingModifiers.self))
    health = HealthBook(status: try (input["health"] ?? .object([:])).decoded(as: [String: HealthStatus].self))
    let recorded = input["conditions"]?.array?.first { $0["type"]?.string == "Fallback" }
    condition = try recorded?.decoded(as: Condition.self)
    if let error = input["scalerError"]?.string {
      outcome = .unknown(UnknownReason(code: "boom", message: error))
    } else {
      let value = try Quantity(parsing: try #require(input["scalerValue"]?.string))
      outcome = .value(Measurement(value.approximateDouble))
    }
    let scaleFails = input["scaleGetError"] != nil
    let isFound = target["missing"]?.bool != true && target["noGvkr"]?.bool != true
    let needsScale = target["kind"]?.string == "Custom"
    let isReadable = isFound && !(needsScale && scaleFails)
    facts = ReplicaFacts(
      current: isReadable ? Int32(clamping: target["specReplicas"]?.integer ?? 1) : nil,
      ready: scaleFails ? nil : Int32(clamping: input["pods"]?["ready"]?.integer ?? 0))
  }

  mutating func call() -> EffectiveMetric {
    time += 1
    let reading = Reading(outcome, observedAt: Timestamp(seconds: time))
    let evaluation = MetricEvaluation(metric, reading: reading, fallback: rule, replicas: facts, health: &health)
    if let rule { condition = rule.condition(health) }
    return evaluation.effective
  }
}
