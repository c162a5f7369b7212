import Autoscaling
import Engine
import KubernetesAPI
import Polling
import Questions
import TestSupport
import Testing

/// Objects come, change and go.
@Suite(.timeLimit(.minutes(1))) struct ObjectLifecycleTests {
  @Test func lateAnswersToAnOlderVersionAreDropped() async throws {
    try await EngineRig.run { rig in
      rig.sources["old"] = 900
      rig.sources["new"] = 30
      rig.sources.set(.hanging, host: "sick")
      try await rig.apply(Samples.object([Samples.stream("old", host: "sick")]), replicas: 2)
      try await eventually("rig.sources.batches('sick').count == 1 && rig.time.sleepe…") {
        rig.sources.batches("sick").count == 1 && rig.time.sleeperCount == 2
      }
      let record = try await rig.start(Samples.object([Samples.stream("new")]), replicas: 2)
      #expect(record.triggers.map(\.metricName) == ["s0-redis-streams-new"])

      rig.advance(by: FakeSources.timeout)
      try await eventually("rig.time.sleeperCount == 1") { rig.time.sleeperCount == 1 }
      // Nothing follows from the old answer; the next poll is the new version's.
      let next = try await rig.poll()
      #expect(rig.observer.records(of: Samples.key()).count == 2)
      #expect(next.triggers.map(\.value) == [30])
      #expect(try rig.snapshot().triggers.map(\.errors) == [0])
    }
  }

  @Test func aTriggerThatAsksTheSameKeepsWhatIsKnown() async throws {
    try await EngineRig.run { rig in
      rig.sources.refuse(host: "redis")
      let fallback = FallbackSpec(failureThreshold: 3, replicas: 4)
      let object = Samples.object([Samples.stream("jobs")], fallback: fallback)
      try await rig.start(object, replicas: 1)
      try await rig.poll()
      try await rig.poll()
      let known = try rig.snapshot()
      #expect(known.triggers.first?.failuresInARow == 3)

      var changed = object
      changed.spec.maxReplicaCount = 50
      changed.spec.triggers[0].metadata["streamLength"] = "20"
      // Behind the last failure's back-off: the poll that follows really asks.
      rig.advance(by: .seconds(10))
      let fallen = try await rig.start(changed, replicas: 1)
      #expect(fallen.codes.first == "fallback", "the fourth failure")
      #expect(fallen.triggers.first?.value == 80)
      #expect(try rig.object().evaluations.first?.failures == 4)
      #expect(rig.sources.opened("redis").count == 1, "the connection stays")

      changed.spec.triggers[0].metadata["stream"] = "others"
      rig.advance(by: .seconds(10))
      try await rig.start(changed, replicas: 1)
      // The first decision after the change may still be the second one about the version before.
      try await eventually("another question begins anew") {
        rig.observer.records(of: Samples.key()).last?.codes.contains("fallback") == false
      }
      #expect(try rig.snapshot().triggers.first?.failuresInARow == 1)
    }
  }

  /// As in KEDA, which counts by the metric's name: another server that fails as well is no reason to leave the fallback.
  @Test func aTriggerThatAsksElsewhereKeepsTheFailures() async throws {
    try await EngineRig.run { rig in
      rig.sources.refuse(host: "redis")
      rig.sources.refuse(host: "other")
      let fallback = FallbackSpec(failureThreshold: 2, replicas: 4)
      try await rig.start(Samples.object([Samples.stream("jobs")], fallback: fallback), replicas: 1)
      try await rig.poll()
      #expect(try await rig.poll().codes.contains("fallback"))
      rig.advance(by: .seconds(1))
      let moved = try await rig.start(
        Samples.object([Samples.stream("jobs", host: "other")], fallback: fallback), replicas: 1)
      #expect(moved.codes.contains("fallback"))
      try await eventually("the other server's failure is counted") {
        try rig.object().evaluations.first?.failures == 4
      }
    }
  }

  @Test func aTriggersMemoryLivesAsLongAsItsQuestion() async throws {
    try await EngineRig.run { rig in
      rig.sources.offsets = PartitionOffsets(end: 10, committed: 4)
      let object = Samples.object([Samples.topic("orders")])
      #expect(try await rig.start(object, replicas: 1).triggers.first?.value == 6)
      var changed = object
      changed.spec.cooldownPeriod = 60
      rig.advance(by: .seconds(1))
      let same = try await rig.start(changed, replicas: 1)
      #expect(same.triggers.first?.value == 0, "nothing was committed since: the lag is persistent")
      changed.spec.triggers[0] = Samples.topic("orders", group: "others")
      let other = try await rig.start(changed, replicas: 1)
      #expect(other.triggers.first?.value == 6, "another group has committed nothing before")
    }
  }

  @Test func aSourceIsClosedByItsLastUser() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 1
      for name in ["a", "b"] { try await rig.start(Samples.object([Samples.stream("jobs")], name: name)) }
      let source = try #require(rig.sources.opened("redis").first)
      await rig.remove("a")
      #expect(!source.isShutDown)
      #expect(rig.engine.object(Samples.key("a")) == nil)
      try await rig.start(Samples.object([Samples.stream("jobs", host: "other")], name: "b"))
      try await eventually("source.isShutDown") { source.isShutDown }
      #expect(rig.pool.open.map(\.endpoint.description) == ["redis://other:6379/0"])
      await rig.remove("b")
      #expect(rig.sources.opened("other").allSatisfy { $0.isShutDown })
      #expect(rig.pool.open.isEmpty)
      #expect(rig.engine.objects.isEmpty)
    }
  }

  @Test func aRemovedObjectScalesNothingMore() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 50
      rig.sources.set(.hanging, host: "sick")
      try await rig.apply(Samples.object([Samples.stream("jobs", host: "sick")], name: "asked"), replicas: 0)
      rig.targets.hang(Samples.target("reading"))
      try await rig.apply(Samples.object([Samples.stream("jobs")], name: "reading"), replicas: 0)
      try await eventually("rig.targets.isHeld(Samples.target('reading'))") {
        rig.targets.isHeld(Samples.target("reading"))
      }
      try await eventually("rig.sources.batches('sick').count == 1 && rig.time.sleepe…") {
        rig.sources.batches("sick").count == 1 && rig.time.sleeperCount == 2
      }
      let asked = try rig.object("asked")
      async let answer = rig.engine.samples(of: asked, named: "redis_stream_length")
      try await eventually("rig.time.sleeperCount == 3") { rig.time.sleeperCount == 3 }

      await rig.remove("asked")
      await rig.remove("reading")
      #expect(await answer.isEmpty, "whoever waits is let go at once")
      rig.targets.release(Samples.target("reading"))
      rig.advance(by: .seconds(100))
      // Another object's whole life after that shows that theirs is over.
      try await rig.start(Samples.object([Samples.stream("jobs")], name: "other"))
      #expect(rig.observer.records.map(\.key) == [Samples.key("other")])
      #expect(rig.targets.writes.map(\.target) == [Samples.target("other")])
    }
  }

  @Test func aDecisionThatWasUnderWayDoesNotReachAnotherTarget() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 50
      rig.targets.hang(Samples.target("first"))
      try await rig.apply(Samples.object([Samples.stream("jobs")], target: "first"), replicas: 0)
      try await eventually("rig.targets.isHeld(Samples.target('first'))") {
        rig.targets.isHeld(Samples.target("first"))
      }
      // Five replicas already: nothing to be activated.
      try await rig.apply(Samples.object([Samples.stream("jobs")], target: "second"), replicas: 5)
      rig.targets.release(Samples.target("first"))
      let record = try await rig.decision(after: 0)
      #expect((record.currentReplicas, record.scaledTo) == (5, nil))
      #expect(rig.targets.writes.isEmpty)
    }
  }

  @Test func aChangeDoesNotBeginTheInitialCooldownAgain() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 0
      let object = Samples.object([Samples.stream("jobs")], interval: 60, initialCooldown: 100)
      #expect(try await rig.start(object, replicas: 3).codes.first == "initialCooldown")
      rig.advance(by: .seconds(90))
      var changed = object
      changed.spec.cooldownPeriod = 10
      #expect(try await rig.start(changed, replicas: 3).codes.first == "initialCooldown")
      rig.advance(by: .milliseconds(10_001))
      changed.spec.cooldownPeriod = 20
      let record = try await rig.start(changed, replicas: 3)
      #expect((record.codes.first, record.scaledTo) == ("neverActive", 0))
    }
  }

  @Test func objectsAreListedByNamespaceAndName() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 0
      for name in ["b", "c", "a"] { try await rig.apply(Samples.object([Samples.stream("jobs")], name: name)) }
      #expect(rig.engine.objects.map(\.key.name) == ["a", "b", "c"])
    }
  }
}
