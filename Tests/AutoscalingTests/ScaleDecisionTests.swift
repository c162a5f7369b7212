internal import Autoscaling
internal import KubernetesAPI
internal import Testing

@Suite struct ScaleDecisionTests {
  @Test func theEndOfTheCooldownIsTheNextEvaluation() throws {
    let spec = Samples.spec(cooldown: 180)
    let waiting = Samples.evaluate(spec, [0], current: 2, lastActive: 1_714_565_000, now: 1_714_565_100).decision
    let due = try #require(waiting.nextEvaluation)
    #expect(
      waiting.reasons.first?.description
        == "coolingDown: no trigger is active; cooling down until 2024-05-01T12:06:20Z, and to 0 after that")
    let state = Samples.state(2, lastActive: 1_714_565_000)
    func scaledTo(at now: Timestamp) -> Int32? {
      ScaleDecision.decide(spec, state: state, activity: Activity(isActive: false), now: now).scaleTo
    }
    #expect(scaledTo(at: due - .nanoseconds(1)) == nil)
    #expect(scaledTo(at: due) == 0)
  }

  @Test func aFailedActivationIsNoActivity() {
    let decision = Samples.evaluate(Samples.spec(), [5], current: 0).decision
    let now = Timestamp(seconds: 5)
    let failed = decision.effects(of: .failed(previous: nil), target: Samples.target, now: now)
    #expect(failed.lastActiveTime == nil)
    #expect(failed.event?.message == "Failed to scale \(Samples.target) from -1 to 1")
    let written = decision.effects(of: .written(previous: 0), target: Samples.target, now: now)
    #expect(written.lastActiveTime == now)
    #expect(written.event?.message == "Scaled \(Samples.target) from 0 to 1, triggered by s0-orders")
  }

  @Test func unreadableReplicasStopEverything() {
    let state = ScalingState(createdAt: Timestamp(seconds: 0), replicas: .unreadable("app not found"))
    let decision = ScaleDecision.decide(
      Samples.spec(), state: state, activity: Activity(isActive: true), now: Timestamp(seconds: 1))
    #expect(decision.scaleTo == nil)
    #expect(decision.conditions.map(\.reason) == ["ErrorGettingCurrentReplicas"])
    #expect(decision.reasons == [.replicasUnreadable("app not found")])
  }

  @Test func timesFarAwayDoNotTrap() {
    for lastActive in [Int64.min, -1, 0, .max] {
      let state = ScalingState(
        createdAt: Timestamp(nanoseconds: .max), lastActiveTime: Timestamp(nanoseconds: lastActive),
        replicas: .known(.max))
      let spec = Samples.spec(cooldown: .max, initialCooldown: .max)
      let decision = ScaleDecision.decide(
        spec, state: state, activity: Activity(isActive: false), now: Timestamp(nanoseconds: .max))
      #expect(decision.action == nil || decision.scaleTo == 0)
    }
  }

  struct Sentence: Sendable {
    var reason: DecisionReason
    var text: String
  }

  static let sentences = [
    Sentence(
      reason: .metricDecides(metric: "s0-a", milliValue: 500_000, milliTarget: 10_000, replicas: 50),
      text: "s0-a is 500, target 10: 50"),
    Sentence(
      reason: .metricDecides(metric: "s0-a", milliValue: -2_050, milliTarget: 1, replicas: 0),
      text: "s0-a is -2.05, target 0.001: 0"),
    Sentence(reason: .maxReplicaCount(20, wanted: 50), text: "maxReplicaCount 20; the metrics ask for 50"),
    Sentence(
      reason: .triggerUnknown(metric: "s1-b", Samples.refused),
      text: "s1-b is unknown: connection refused by redis://a:6379/0"),
    Sentence(
      reason: .activated(metric: "s0-a", others: 2, from: 0, to: 1),
      text: "from 0 to 1 because s0-a and 2 more are above the activation threshold or falling back"),
    Sentence(
      reason: .fallback(metric: "s0-a", failures: 4, replicas: 5), text: "s0-a failed 4 times in a row: fallback to 5"),
    Sentence(
      reason: .hpa(.limitedByMaximum(wanted: 50, maximum: 20)),
      text: HPAReason.limitedByMaximum(wanted: 50, maximum: 20).message),
  ]

  @Test(arguments: sentences)
  func reasonsAreSentencesWithNumbers(_ sentence: Sentence) {
    #expect(sentence.reason.message == sentence.text)
  }

  /// Ten thousand objects keep a journal of these.
  @Test func reasonsAreSmall() {
    #expect(MemoryLayout<DecisionReason>.stride <= 40)
  }

  @Test func theHPAsConditionIsMirrored() {
    func mirrored(_ status: String, _ reason: String) -> Condition? {
      KEDACondition.hpaActive([
        Condition(type: "AbleToScale", status: "True"),
        Condition(type: "ScalingActive", status: status, reason: reason, message: "m"),
      ])
    }
    #expect(mirrored("True", "ValidMetricFound")?.message == "HPA is actively scaling")
    #expect(mirrored("False", "ScalingDisabled")?.status == "True")
    #expect(mirrored("False", "")?.reason == "HPAMetricsUnavailable")
    #expect(mirrored("False", "FailedGetExternalMetric")?.message == "HPA is not actively scaling: m")
    #expect(KEDACondition.hpaActive([]) == nil)
  }
}
