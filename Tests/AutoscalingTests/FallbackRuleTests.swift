internal import Autoscaling
internal import KubernetesAPI
internal import Testing

@Suite struct FallbackRuleTests {
  struct Example: Sendable {
    var behavior: String?
    var target: TriggerTarget = .averageValue(Quantity(10))
    var facts = ReplicaFacts(current: 3)
    /// nil: unknown.
    var milliValue: Int64?
  }

  static let examples = [
    Example(behavior: "static", facts: ReplicaFacts(current: nil), milliValue: 60_000),
    Example(behavior: "currentReplicas", milliValue: 30_000),
    Example(behavior: "currentReplicas", facts: ReplicaFacts(current: nil), milliValue: nil),
    Example(behavior: "currentReplicasIfHigher", milliValue: 60_000),
    Example(behavior: "currentReplicasIfHigher", facts: ReplicaFacts(current: 9), milliValue: 90_000),
    Example(behavior: "currentReplicasIfLower", milliValue: 30_000),
    Example(behavior: "currentReplicasIfLower", facts: ReplicaFacts(current: 9), milliValue: 60_000),
    Example(behavior: nil, milliValue: 60_000),
    Example(
      behavior: "static", target: .value(Quantity(10)), facts: ReplicaFacts(current: 3, ready: 4), milliValue: 15_000),
    Example(
      behavior: "static", target: .value(Quantity(10)), facts: ReplicaFacts(current: 3, ready: 0), milliValue: nil),
    Example(behavior: "static", target: .value(Quantity(10)), facts: ReplicaFacts(current: 3), milliValue: nil),
    Example(
      behavior: "static", target: .value(Quantity(10)), facts: ReplicaFacts(current: 3, ready: -1), milliValue: nil),
    Example(behavior: "static", target: .averageValue(Quantity(.max)), milliValue: .max),
    Example(behavior: "static", target: .averageValue(Quantity(.min)), milliValue: .min),
  ]

  @Test(arguments: examples)
  func resolvesBeyondTheThreshold(_ example: Example) throws {
    let rule = try #require(
      FallbackRule(FallbackSpec(failureThreshold: 2, replicas: 6, behavior: example.behavior)))
    let outcome = Reading.Outcome.unknown(Samples.refused)
    let metric = rule.resolve(outcome, failures: 3, target: example.target, replicas: example.facts)
    #expect(metric.quantity?.milliValue == example.milliValue)
    let earlier = rule.resolve(outcome, failures: 2, target: example.target, replicas: example.facts)
    #expect(earlier == .unknown(Samples.refused))
    let value = Reading.Outcome.value(Measurement(1))
    #expect(rule.resolve(value, failures: 9, target: example.target, replicas: example.facts) == .value(1))
  }

  @Test func theScalingModifiersBehaviorLeavesTheFailureToTheFormula() throws {
    let rule = try #require(FallbackRule(FallbackSpec(failureThreshold: 0, replicas: 6, behavior: "scalingModifiers")))
    let metric = rule.resolve(
      .unknown(Samples.refused), failures: 1, target: .averageValue(Quantity(1)), replicas: ReplicaFacts(current: 1))
    #expect(metric == .placeholder)
    #expect(metric.quantity == Quantity(-1))
    #expect(!metric.isFallback)
  }

  @Test(arguments: ["0", "-1", "2.5", "1e2", "x", "", "99999999999999999999"])
  func modifiersWithoutAWholeTargetDisableIt(_ target: String) {
    let modifiers = ScalingModifiers(formula: "a", target: target)
    #expect(FallbackRule(FallbackSpec(failureThreshold: 1, replicas: 1), modifiers: modifiers) == nil)
  }

  @Test func modifiersReplaceTargetAndName() throws {
    let modifiers = ScalingModifiers(formula: "a", target: "4", metricType: "Value")
    let rule = try #require(FallbackRule(FallbackSpec(failureThreshold: 0, replicas: 6), modifiers: modifiers))
    let metric = rule.resolve(
      .unknown(Samples.refused), failures: 1, target: .averageValue(Quantity(99)),
      replicas: ReplicaFacts(current: 1, ready: 2))
    #expect(metric == .fallback(milliValue: 12_000, replicas: 6))
    #expect(rule.name(of: metric, own: "s0-a") == "composite-metric")
    #expect(rule.name(of: .value(1), own: "s0-a") == "s0-a")
  }
}
