import Autoscaling
import Engine
import KubernetesAPI
import TestSupport
import Testing

/// What happens when the scale target cannot be written or read.
@Suite(.timeLimit(.minutes(1))) struct ScaleWriteTests {
  @Test func aFailedWriteIsToldAndTriedAgain() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 500
      rig.targets.failWrites(with: ScaleTargetError("the server is overloaded (429)"))
      let record = try await rig.start(Samples.object([Samples.stream("jobs")]))
      #expect(record.scaledTo == nil)
      #expect(record.codes.first == "updateFailed")
      #expect(record.reasons.first?.message.contains("the server is overloaded (429)") == true)
      #expect(record.codes.contains("activated"), "and what it was that failed")
      #expect(try rig.snapshot().errors == 1)
      #expect(try rig.snapshot().lastActiveTime == nil)
      #expect(try rig.snapshot().reasons.first?.code == "updateFailed")

      rig.targets.failWrites(with: nil)
      let again = try await rig.poll()
      #expect((again.scaledTo, again.codes.first) == (1, "activated"))
      #expect(try rig.snapshot().lastActiveTime == rig.time.now())
      #expect(rig.targets.attempts == 2)
    }
  }

  @Test func aTargetThatCannotBeReadIsNotTakenForZero() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 500
      try await rig.start(Samples.object([Samples.stream("jobs")]), replicas: 7)
      rig.targets.failReads(with: ScaleTargetError("Deployment shop/orders: forbidden"))
      let record = try await rig.poll()
      #expect(record.codes == ["replicasUnreadable"])
      #expect(record.reasons.first?.message.contains("forbidden") == true)
      #expect((record.currentReplicas, record.scaledTo) == (7, nil))
      let snapshot = try rig.snapshot()
      #expect(snapshot.replicas == nil)
      #expect(snapshot.conditions.first { $0.type == "Ready" }?.reason == "ErrorGettingCurrentReplicas")
      rig.targets.failReads(with: nil)
      #expect(try await rig.poll().currentReplicas == 7)
      #expect(try rig.snapshot().conditions.contains(KEDACondition.ready))
    }
  }

  @Test func aTargetThatDoesNotExistIsNamed() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 500
      try await rig.apply(Samples.object([Samples.stream("jobs")]))
      let record = try await rig.decision(after: 0)
      #expect(record.reasons.first?.message.contains("Deployment shop/orders does not exist") == true)
      #expect(rig.engine.isReady)
    }
  }

  /// Ten minutes at nothing: up at once, down to zero only when the cooldown since the last activity is over.
  @Test func theCooldownRunsFromTheLastActivity() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 30
      try await rig.start(Samples.object([Samples.stream("jobs")], cooldown: 180))
      let active = try await rig.poll()
      #expect(active.codes.last == "alreadyActive")
      let lastActive = rig.time.now()
      rig.sources["jobs"] = 0
      while rig.time.now() < lastActive + .seconds(180) {
        let record = try await rig.poll()
        #expect((record.codes.first, record.scaledTo) == ("coolingDown", nil))
        #expect(!record.isActive)
      }
      #expect(rig.time.now() == lastActive + .seconds(180), "the last of them on the edge")
      let after = try await rig.poll()
      #expect((after.codes.first, after.scaledTo) == ("cooldownOver", 0))
      #expect(rig.targets.writes.map(\.replicas) == [1, 0])
    }
  }
}
