import Autoscaling
import Engine
import KubernetesAPI
import TestSupport
import Testing

/// Several replicas of Swell know the objects; one of them decides.
@Suite struct DecidingTests {
  @Test func whoDoesNotDecideNeitherPollsNorScalesAndAnswersNevertheless() async throws {
    try await EngineRig.run { rig in
      rig.engine.endDeciding()
      rig.sources["orders"] = 30
      try await rig.apply(Samples.object([Samples.stream("orders")]), replicas: 0)
      let samples = await rig.engine.samples(of: try rig.object(), named: "s0-redis-streams-orders")
      #expect(try samples.first?.get().value == Quantity(30))
      #expect(rig.observer.records.isEmpty)
      #expect(rig.targets.writes.isEmpty)

      rig.engine.beginDeciding { _ in ObjectMemory() }
      let decision = try await rig.decision(after: 0)
      #expect(decision.scaledTo == 1)
    }
  }

  @Test func theMemoryOfTheReplicaBeforeCounts() async throws {
    try await EngineRig.run { rig in
      rig.engine.endDeciding()
      rig.sources["orders"] = 0
      try await rig.apply(Samples.object([Samples.stream("orders")], cooldown: 180), replicas: 3)
      let lastActive = rig.time.now() - .seconds(60)
      rig.engine.beginDeciding { _ in ObjectMemory(lastActiveTime: lastActive) }
      let decision = try await rig.decision(after: 0)
      #expect(decision.scaledTo == nil, "two minutes of the cooldown are left")
      #expect(decision.codes.first == "coolingDown")
    }
  }

  @Test func anObjectThatWasActiveWhenItsStatusWasWrittenCoolsDownFromNowOn() {
    var status = ScaledObjectStatus()
    status.lastActiveTime = "2026-01-01T00:00:00Z"
    status.conditions = [KEDACondition.active]
    let now = Timestamp(seconds: 1_767_312_000)
    #expect(ObjectMemory(status, now: now).lastActiveTime == now)
    status.conditions = [KEDACondition.coolingDown]
    #expect(ObjectMemory(status, now: now).lastActiveTime == Timestamp(seconds: 1_767_225_600))
    #expect(ObjectMemory(nil, now: now).lastActiveTime == nil)
  }

  /// The copy of a workload may be behind: what somebody else has set since is decided about anew.
  @Test func replicasThatSomebodyElseHasSetAreNotOverwritten() async throws {
    try await EngineRig.run { rig in
      rig.sources["orders"] = 30
      rig.targets.overtake(Samples.target(), with: 7)
      let decision = try await rig.start(Samples.object([Samples.stream("orders")]), replicas: 0)
      #expect(decision.currentReplicas == 7)
      #expect(decision.scaledTo == nil)
      #expect(rig.targets[Samples.target()] == 7)
    }
  }
}
