import Autoscaling
import Engine
import KubernetesAPI
import Testing

@testable import Operator

/// Statuses as KEDA writes them (`hpa-golden.json` holds the recorded ones; these are the transitions).
@Suite struct StatusBuilderTests {
  private let deployment = GroupVersionKindResource(
    group: "apps", version: "v1", kind: "Deployment", resource: "deployments")

  private func view(_ conditions: [Condition], lastActive: Int64? = nil) -> ObjectStatusView {
    ObjectStatusView(
      conditions: conditions, lastActiveTime: lastActive.map { Timestamp(seconds: $0) },
      triggersActivity: ["s0-x": TriggerActivity(isActive: true)], health: [:])
  }

  private func texts(_ status: ScaledObjectStatus) -> [String] {
    (status.conditions ?? []).map { "\($0.type) \($0.status) \($0.reason ?? "-")" }
  }

  @Test func aNewObjectBeforeItsFirstDecision() {
    let status = StatusBuilder.status(
      from: nil, facts: StatusFacts(target: deployment, originalReplicaCount: 2, hpaName: "keda-hpa-a"), view: nil,
      hpa: nil)
    #expect(
      texts(status) == ["Ready Unknown -", "Active Unknown -", "Fallback False NoFallbackFound", "Paused False -"])
    #expect(status.scaleTargetKind == "apps/v1.Deployment")
    #expect(status.originalReplicaCount == 2)
  }

  @Test func aDecisionFillsInTheRestAndTheOriginalReplicasStay() {
    var before = ScaledObjectStatus()
    before.originalReplicaCount = 2
    let status = StatusBuilder.status(
      from: before, facts: StatusFacts(target: deployment, originalReplicaCount: 7),
      view: view([KEDACondition.ready, KEDACondition.active, KEDACondition.noFallback], lastActive: 1_767_225_600),
      hpa: Condition(type: "ScalingActive", status: "True", reason: "ValidMetricFound", message: "fine"))
    #expect(
      texts(status) == [
        "Ready True ScaledObjectReady", "Active True ScalerActive", "Fallback False NoFallbackFound", "Paused False -",
        "HPAActive True HPAActive",
      ])
    #expect(status.originalReplicaCount == 2)
    #expect(status.lastActiveTime == "2026-01-01T00:00:00Z")
  }

  @Test func pauseIsSaidWhenItBeginsAndWhenItEnds() {
    var facts = StatusFacts(isPaused: true, pausedReplicaCount: 3)
    facts.ready = .readyWhilePaused
    let paused = StatusBuilder.status(from: nil, facts: facts, view: nil, hpa: nil)
    #expect(
      texts(paused) == [
        "Ready True ScaledObjectReady", "Active Unknown -", "Fallback False NoFallbackFound",
        "Paused True ScaledObjectPaused",
      ])
    #expect(paused.pausedReplicaCount == 3)
    let after = StatusBuilder.status(from: paused, facts: StatusFacts(), view: nil, hpa: nil)
    #expect(after.conditions?.last == KEDACondition.unpaused)
    #expect(after.pausedReplicaCount == nil)
  }

  /// Whatever the HPA said last, and whenever that was: once a pause has taken it away, nothing is told of it.
  @Test(arguments: ["True", "False"]) func aPausedObjectWithoutAnHPATellsNothingOfIt(_ last: String) {
    var before = ScaledObjectStatus()
    before.conditions = [Condition(type: "HPAActive", status: last, reason: "HPAActive", message: "said once")]
    var facts = StatusFacts(isPaused: true)
    facts.ready = .readyWhilePaused
    func types(hasHPA: Bool) -> [String] {
      let status = StatusBuilder.status(from: before, facts: facts, view: nil, hpa: nil, hasHPA: hasHPA)
      return (status.conditions ?? []).map(\.type)
    }
    // Paused in one direction, the HPA stays, and one that is not there now is on its way.
    #expect(types(hasHPA: false).contains("HPAActive"))
    facts.isFullyPaused = true
    #expect(types(hasHPA: true).contains("HPAActive"), "it is there until it is deleted")
    #expect(types(hasHPA: false) == ["Ready", "Active", "Fallback", "Paused"])
  }

  @Test func aWrongObjectIsNotReadyAndNobodyKnowsWhetherItIsActive() {
    var facts = StatusFacts()
    facts.ready = .checkFailed("no")
    facts.active = .activityUnknown
    let status = StatusBuilder.status(
      from: nil, facts: facts, view: view([KEDACondition.ready, KEDACondition.active]), hpa: nil)
    #expect(texts(status).prefix(2) == ["Ready False ScaledObjectCheckFailed", "Active Unknown UnknownState"])
  }
}

@Suite struct StatusPatchTests {
  @Test func nothingHasChanged() {
    var status = ScaledObjectStatus()
    status.hpaName = "a"
    status.lastActiveTime = "2026-01-01T00:00:00Z"
    var later = status
    later.lastActiveTime = "2026-01-01T01:00:00Z"
    #expect(StatusPatch.patch(from: status, to: status) == nil)
    #expect(StatusPatch.patch(from: status, to: later) == nil, "a later activity alone is not written")
  }

  @Test func onlyWhatHasChangedIsWrittenAndWhatHasGoneIsNamed() {
    var before = ScaledObjectStatus()
    before.hpaName = "a"
    before.pausedReplicaCount = 3
    before.lastActiveTime = "2026-01-01T00:00:00Z"
    before.triggersActivity = ["s0-x": TriggerActivity(isActive: true), "s1-y": TriggerActivity(isActive: true)]
    var after = before
    after.pausedReplicaCount = nil
    after.lastActiveTime = "2026-01-01T01:00:00Z"
    after.triggersActivity = ["s0-x": TriggerActivity(isActive: false)]
    let patch = StatusPatch.patch(from: before, to: after)
    #expect(
      patch
        == .object([
          "status": .object([
            "pausedReplicaCount": .null, "lastActiveTime": .string("2026-01-01T01:00:00Z"),
            "triggersActivity": .object(["s0-x": .object(["isActive": .bool(false)]), "s1-y": .null]),
          ])
        ]))
  }
}
