import Autoscaling
import Engine
import KubernetesAPI
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct PauseTests {
  typealias Key = ScaledObject.AnnotationKey

  static func object(_ annotations: [String: String]?) -> ScaledObject {
    Samples.object([Samples.stream("jobs")], annotations: annotations)
  }

  static func paused(_ rig: EngineRig) throws -> Condition? {
    try rig.snapshot().conditions.first { $0.type == "Paused" }
  }

  @Test func aPausedObjectIsLeftAloneAndPolledAgainAfterwards() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 500
      let record = try await rig.start(Self.object([Key.paused: "true"]))
      #expect((record.codes, record.scaledTo) == (["paused"], nil))
      #expect(rig.engine.isReady)
      #expect(try rig.snapshot().isPaused)
      #expect(try Self.paused(rig) == KEDACondition.paused)
      await rig.advanceWithoutPolls(by: .seconds(3_600))
      #expect(rig.sources.batches("redis").isEmpty)
      #expect(rig.observer.records.count == 1)

      let back = try await rig.start(Self.object(nil))
      #expect((back.codes.first, back.scaledTo) == ("activated", 1))
      #expect(try Self.paused(rig) == KEDACondition.unpaused)
      let next = try await rig.poll()
      #expect(next.codes.last == "alreadyActive")
    }
  }

  @Test func pausedReplicasAreSetOnce() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 500
      let object = Self.object([Key.pausedReplicas: "4"])
      let record = try await rig.start(object, replicas: 9)
      #expect((record.codes, record.currentReplicas, record.scaledTo) == (["pausedReplicas"], 9, 4))
      #expect(record.desiredReplicas == 4)
      // Somebody scales by hand, and something else of the object changes: the pause has been carried out.
      var changed = object
      changed.spec.cooldownPeriod = 10
      let again = try await rig.start(changed, replicas: 7)
      #expect((again.codes, again.scaledTo) == (["pausedReplicas"], nil))
      #expect(rig.targets.writes.map(\.replicas) == [4])
      // Another number is another pause.
      let other = try await rig.start(Self.object([Key.pausedReplicas: "2"]), replicas: 7)
      #expect(other.scaledTo == 2)
      // And so is the same number after a time without a pause.
      try await rig.start(Self.object(nil), replicas: 7)
      #expect(try await rig.start(Self.object([Key.pausedReplicas: "2"]), replicas: 7).scaledTo == 2)
      #expect(rig.sources.batches("redis").count == 1)
    }
  }

  @Test func pausedReplicasThatAreThereAlreadyAreNotWritten() async throws {
    try await EngineRig.run { rig in
      let record = try await rig.start(Self.object([Key.pausedReplicas: "4"]), replicas: 4)
      #expect((record.codes, record.scaledTo) == (["pausedReplicas"], nil))
      #expect(rig.targets.attempts == 0)
    }
  }

  @Test func aPauseThatCannotBeCarriedOutIsTriedAgain() async throws {
    try await EngineRig.run { rig in
      rig.targets.failWrites(with: ScaleTargetError("the API server is away"))
      let record = try await rig.start(Self.object([Key.pausedReplicas: "4"]), replicas: 9)
      #expect((record.codes.first, record.scaledTo) == ("updateFailed", nil))
      #expect(record.reasons.first?.message.contains("the API server is away") == true)
      rig.targets.failWrites(with: nil)
      let again = try await rig.poll()
      #expect((again.codes, again.scaledTo) == (["pausedReplicas"], 4))
      await rig.advanceWithoutPolls(by: .seconds(60))
      #expect(rig.observer.records.count == 2)
    }
  }

  @Test func anUnreadableNumberPausesAsItIs() async throws {
    try await EngineRig.run { rig in
      let record = try await rig.start(Self.object([Key.pausedReplicas: "four"]), replicas: 9)
      #expect((record.codes, record.scaledTo) == (["pausedReplicasInvalid"], nil))
      #expect(rig.targets.attempts == 0)
    }
  }

  @Test func pausedScaleOutKeepsZero() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 500
      let record = try await rig.start(Self.object([Key.pausedScaleOut: "true"]))
      #expect((record.codes.first, record.scaledTo) == ("pausedScaleOut", nil))
      #expect(try Self.paused(rig) == KEDACondition.paused)
      #expect(try await rig.poll().codes.first == "pausedScaleOut", "it is polled all the same")
    }
  }

  @Test func pausedScaleInKeepsTheReplicas() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 0
      let record = try await rig.start(Self.object([Key.pausedScaleIn: "true"]), replicas: 3)
      #expect((record.codes.first, record.scaledTo) == ("pausedScaleIn", nil))
      #expect(try Self.paused(rig) == KEDACondition.paused)
      // The initial cooldown of 0 s is over a moment after the creation.
      rig.advance(by: .nanoseconds(1))
      let back = try await rig.start(Self.object(nil), replicas: 3)
      #expect(try Self.paused(rig) == KEDACondition.unpaused)
      #expect(back.scaledTo == 0)
    }
  }

  @Test func thePauseBeginsWhileADecisionIsUnderWay() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 500
      rig.targets.hang(Samples.target())
      try await rig.apply(Self.object(nil), replicas: 0)
      try await eventually("rig.targets.isHeld(Samples.target())") { rig.targets.isHeld(Samples.target()) }
      try await rig.apply(Self.object([Key.pausedReplicas: "4"]))
      rig.targets.release(Samples.target())
      try await eventually("rig.targets[Samples.target()] == 4") { rig.targets[Samples.target()] == 4 }
      await rig.advanceWithoutPolls(by: .seconds(60))
      #expect(rig.targets[Samples.target()] == 4)
      #expect(rig.targets.writes.last?.replicas == 4)
    }
  }
}

extension EngineRig {
  /// Moves the clock far; whoever is still scheduled has every occasion to be polled meanwhile.
  func advanceWithoutPolls(by duration: Duration) async {
    advance(by: duration)
    // An object of another source that is polled and decided about afterwards: the loop has passed this time.
    let name = "witness-\(time.now().nanoseconds)"
    _ = try? await start(Samples.object([Samples.cpu], name: name, min: 1), replicas: 1)
    await remove(name)
    observer.forget(Samples.key(name))
  }
}
