internal import Autoscaling
internal import KubernetesAPI
internal import Testing

@Suite("HPA memory")
struct HPAMemoryTests {
  static let noon = HPAScene.noon
  static let fourPods = HPABehavior(scaleUp: HPAScene.rules(HPAScene.pods(4, per: 15)))

  @Test func aFailedUpdateStoresNoEventButKeepsTheRecommendation() {
    let evaluation = HPAScene(behavior: Self.fourPods, replicas: 10, wanted: 30).evaluate()
    let failed = evaluation.finished(.failed("conflict"))
    #expect(failed.memory.scaleUpEvents.isEmpty)
    #expect(failed.memory.recommendations == [.init(replicas: 30, at: Self.noon)])
    #expect(failed.conditions.ableToScale?.reason == "FailedUpdateScale")
    #expect(failed.conditions.ableToScale?.status == "False")
    #expect(evaluation.finished().memory.scaleUpEvents == [.init(change: 4, at: Self.noon)])
  }

  @Test func nothingToWriteIgnoresTheOutcome() {
    let evaluation = HPAScene(behavior: HPABehavior(), replicas: 10, wanted: 10).evaluate()
    #expect(!evaluation.needsUpdate)
    #expect(evaluation.finished(.failed("never tried")) == evaluation.finished())
  }

  @Test func theLastOutdatedSlotIsUsedAgain() {
    let outdated = [100, 80, 5].map { HPAMemory.Recommendation(replicas: 1, at: Self.noon - .seconds($0)) }
    let behavior = HPABehavior(scaleUp: HPAScene.rules(window: 60), scaleDown: HPAScene.rules(window: 30))
    let evaluation = HPAScene(
      behavior: behavior, replicas: 10, wanted: 12, memory: HPAMemory(recommendations: outdated)
    ).evaluate()
    #expect(
      evaluation.memory.recommendations == [outdated[0], .init(replicas: 12, at: Self.noon), outdated[2]])
  }

  @Test func anEventThatWasOutdatedStaysSo() {
    // Two events are outdated when a third is stored. Then the period grows, and the slot of the first is free all the
    // same.
    let events = [100, 80].map { HPAMemory.ScaleEvent(change: 1, at: Self.noon - .seconds($0)) }
    var scene = HPAScene(behavior: Self.fourPods, replicas: 10, wanted: 12)
    scene.memory.scaleUpEvents = events
    let first = scene.evaluate().finished()
    #expect(first.memory.scaleUpEvents.map(\.isOutdated) == [true, false])
    scene.memory = first.memory
    scene.behavior = HPABehavior(scaleUp: HPAScene.rules(HPAScene.pods(4, per: 1800)))
    scene.replicas = 12
    scene.wanted = 14
    let second = scene.evaluate().finished()
    #expect(second.memory.scaleUpEvents == [.init(change: 1, at: Self.noon), .init(change: 2, at: Self.noon)])
  }

  @Test func aRestartLosesListsAndKeepsConditions() {
    var memory = HPAScene(behavior: Self.fourPods, replicas: 10, wanted: 12).evaluate().finished().memory
    let conditions = memory.conditions
    memory.forgetHistory()
    #expect(memory == HPAMemory(conditions: conditions))
    #expect(conditions.scalingActive?.isTrue == true)
  }

  @Test func theFirstSyncHoldsScaleDownForAWindow() {
    var scene = HPAScene(replicas: 10, wanted: 2, memory: HPAMemory())
    let first = scene.evaluate().finished()
    #expect(first.replicasAfter == 10)
    scene.memory = first.memory
    scene.now = Self.noon + .seconds(300)
    #expect(scene.evaluate().desiredReplicas == 10)
    scene.now = scene.now + .nanoseconds(1)
    #expect(scene.evaluate().desiredReplicas == 2)
  }
}
