import Autoscaling
import Engine
import KubernetesAPI
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct FirstDecisionTests {
  @Test func fiveHundredPendingAtTenEachAskForFifty() async throws {
    try await EngineRig.run { rig in
      rig.sources["requests"] = 500
      let trigger = ScaleTriggerSpec(
        type: "redis-streams",
        metadata: [
          "address": "redis:6379", "stream": "requests", "consumerGroup": "workers", "pendingEntriesCount": "10",
        ])
      let record = try await rig.start(Samples.object([trigger]))
      #expect(record.author == .scaleLoop)
      #expect(record.isActive)
      #expect(record.currentReplicas == 0)
      #expect(record.desiredReplicas == 50)
      #expect(record.scaledTo == 1)
      #expect(record.codes.first == "activated")
      #expect(record.time == rig.time.now())
      let line = try #require(record.triggers.first)
      #expect(line.metricName == "s0-redis-streams-requests")
      #expect((line.value, line.unknown, line.target, line.isActive) == (500, nil, "10", true))
      #expect(rig.targets.writes == [.init(target: Samples.target(), replicas: 1)])
      #expect(rig.engine.object(Samples.key())?.snapshot.desiredReplicas == 50)
    }
  }

  /// 100 pending at 5 each and a lag of 1,500 at 100 each: max(20, 15) = 20.
  @Test func theHighestTriggerDecides() async throws {
    try await EngineRig.run { rig in
      rig.sources["a"] = 100
      rig.sources["b"] = 1_500
      let record = try await rig.start(
        Samples.object([Samples.stream("a", target: 5), Samples.stream("b", target: 100)]))
      #expect(record.desiredReplicas == 20)
      #expect(record.triggers.map(\.value) == [100, 1_500])
    }
  }

  @Test func objectsOfOneSourceTravelTogether() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 7
      for number in 0..<40 {
        try await rig.apply(Samples.object([Samples.stream("jobs")], name: "o\(number)"), replicas: 0)
      }
      try await eventually("rig.engine.isReady && rig.observer.records.count == 40") {
        rig.engine.isReady && rig.observer.records.count == 40
      }
      #expect(rig.sources.opened("redis").count == 1)
      // The same question of all of them: never twice in one batch.
      #expect(rig.sources.batches("redis").allSatisfy { $0.count == 1 })
      #expect(rig.observer.records.allSatisfy { $0.scaledTo == 1 })
    }
  }

  @Test func readyMeansThatEveryObjectWasDecidedAbout() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 1
      rig.sources.set(.hanging, host: "sick")
      try await rig.start(Samples.object([Samples.stream("jobs")], name: "a"))
      #expect(rig.engine.isReady)
      try await rig.apply(Samples.object([Samples.stream("jobs", host: "sick")], name: "b"), replicas: 0)
      #expect(!rig.engine.isReady)
      try await eventually("rig.sources.batches('sick').count == 1 && rig.time.sleepe…") {
        rig.sources.batches("sick").count == 1 && rig.time.sleeperCount > 1
      }
      #expect(!rig.engine.isReady)
      rig.advance(by: FakeSources.timeout)
      let record = try await rig.decision(of: "b", after: 0)
      #expect(rig.engine.isReady)
      #expect(record.triggers.first?.unknown == "redis://sick:6379/0: no answer within 3 s")
    }
  }

  @Test func anObjectWithCPUAndMemoryAloneIsDecidedWithoutAnySource() async throws {
    try await EngineRig.run { rig in
      let record = try await rig.start(Samples.object([Samples.cpu], min: 2), replicas: 3)
      #expect(record.scaledTo == nil)
      #expect(record.isActive)
      #expect(record.codes.contains("decidedByHPA"))
      #expect(record.triggers.isEmpty)
      let again = try await rig.poll()
      #expect(again.time == rig.time.now())
      let trigger = try #require(try rig.snapshot().triggers.first)
      #expect((trigger.metricName, trigger.unknown, trigger.isExternal) == ("cpu", "decided by the HPA", false))
    }
  }
}
