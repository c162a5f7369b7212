import Autoscaling
import Engine
import KubernetesAPI
import Polling
import TestSupport
import Testing

@testable import LocalMode

@Suite(.timeLimit(.minutes(1))) struct LocalHPAControllerTests {
  /// The whole life of the example: 500 entries wait, most are acknowledged, all are.
  @Test func fiveHundredPendingEntriesGoUpByPolicyAndDownByPolicy() async throws {
    try await HPARig.run { rig in
      rig.redis["work"] = 500
      try await rig.start(HPARig.inference("work"))
      #expect(try await rig.replicas("work") == 1, "the loop's step from zero")

      // 100 % or 20 pods in 15 s, whichever is more.
      var steps: [Int32] = []
      for _ in 0..<4 {
        try await rig.go(on: HPARig.period)
        steps.append(try await rig.replicas("work"))
      }
      #expect(steps == [21, 42, 50, 50])
      let metric = try #require(rig.engine.objects.first?.snapshot.triggers.first)
      #expect((metric.value, metric.target) == (500, "10"))
      let arrival = try #require(rig.observer.records("work", by: .hpa).first { $0.scaledTo == 50 })
      #expect((arrival.currentReplicas, arrival.desiredReplicas) == (42, 50))
      let first = try #require(rig.observer.records("work", by: .hpa).first)
      #expect((first.currentReplicas, first.scaledTo, first.desiredReplicas) == (1, 21, 50))
      #expect(first.reasons.first?.code == "limitedByPolicy", "why not more")

      // 380 of them are acknowledged: five minutes of stabilization, then 5 pods a minute.
      rig.redis["work"] = 120
      let acknowledged = rig.time.now()
      try await rig.go(on: .seconds(285))
      #expect(try await rig.replicas("work") == 50)
      try await rig.go(on: .seconds(30))
      #expect(try await rig.replicas("work") == 45)
      try await rig.go(on: .seconds(600))
      #expect(try await rig.replicas("work") == 12)
      let downs = rig.observer.records("work", by: .hpa).filter { $0.time > acknowledged && $0.scaledTo != nil }
      #expect(downs.compactMap(\.scaledTo) == [45, 40, 35, 30, 25, 20, 15, 12])
      for (earlier, later) in zip(downs, downs.dropFirst()) { #expect(later.time - earlier.time >= .seconds(60)) }

      // All of them are: nothing changes until the cooldown is over, counted from the last poll that found work.
      let lastActive = try #require(rig.observer.records("work", by: .scaleLoop).last { $0.isActive }).time
      rig.redis["work"] = 0
      while rig.time.now() + HPARig.period < lastActive + .seconds(180) {
        try await rig.go(on: HPARig.period)
        #expect(try await rig.replicas("work") >= 1)
      }
      try await rig.go(on: .seconds(30))
      #expect(try await rig.replicas("work") == 0)
      let down = try #require(rig.observer.records("work", by: .scaleLoop).last { $0.scaledTo == 0 })
      #expect(down.reasons.first?.code == "cooldownOver")
      #expect(down.time > lastActive + .seconds(180))
      #expect(down.time <= lastActive + .seconds(180 + 15))

      // At zero the HPA is off: it neither scales nor reads.
      let polls = rig.observer.records("work", by: .scaleLoop).count
      let asked = rig.redis.asked
      try await rig.go(on: .seconds(60))
      #expect(rig.redis.asked - asked == rig.observer.records("work", by: .scaleLoop).count - polls)
      #expect(rig.observer.records("work", by: .hpa).last?.reasons.map(\.code) == ["disabledAtZero"])
    }
  }

  @Test func aSourceThatIsAwayFallsBackToFive() async throws {
    try await HPARig.run { rig in
      try await rig.start(HPARig.inference("work"))
      #expect(try await rig.replicas("work") == 0)
      try await rig.go(on: .seconds(90))
      #expect(try await rig.replicas("work") == 5)
      let fallen = try #require(rig.observer.records("work", by: .scaleLoop).first { $0.scaledTo == 1 })
      #expect(fallen.reasons.map(\.code).contains("fallback"))
      let raised = try #require(rig.observer.records("work", by: .hpa).last { $0.scaledTo != nil })
      #expect(raised.scaledTo == 5)
      #expect(raised.reasons.map(\.code).prefix(2) == ["fallback", "metricProposes"])
      #expect(raised.reasons.first?.message.hasSuffix("fallback to 5") == true, "\(raised.reasons)")

      rig.redis["work"] = 80
      try await rig.go(on: .seconds(30))
      #expect(try await rig.replicas("work") == 8)
      let last = try #require(rig.observer.records("work", by: .hpa).last)
      #expect(!last.reasons.map(\.code).contains("fallback"))
    }
  }

  @Test func anUnknownMetricChangesNothing() async throws {
    try await HPARig.run { rig in
      rig.redis["work"] = 500
      var object = HPARig.inference("work")
      object.spec.fallback = nil
      try await rig.start(object, replicas: 30)
      rig.redis["work"] = nil
      try await rig.go(on: .seconds(900))
      #expect(try await rig.replicas("work") == 30)
      let record = try #require(rig.observer.records("work", by: .hpa).last)
      #expect(record.scaledTo == nil)
      #expect(record.reasons.contains { $0.message.contains("redis://redis:6379/0: work") }, "\(record.reasons)")
    }
  }

  @Test func aSourceThatHangsMakesNobodyElseWait() async throws {
    try await HPARig.run { rig in
      rig.redis["well"] = 500
      rig.redis["sick"] = 500
      for name in ["sick", "well"] { try await rig.start(HPARig.inference(name), replicas: 10) }
      rig.redis.hang("sick")
      rig.time.advance(by: .seconds(3))
      async let sync: Void = rig.controller.syncAll()
      try await eventually("!rig.observer.records('well', by: .hpa).isEmpty") {
        !rig.observer.records("well", by: .hpa).isEmpty
      }
      #expect(try await rig.replicas("well") == 30)
      #expect(rig.observer.records("sick", by: .hpa).isEmpty)
      // Beside the loop: the hanging round trip, and the wait for it.
      try await eventually("rig.time.sleeperCount == 3") { rig.time.sleeperCount == 3 }
      rig.time.advance(by: .milliseconds(1_500))
      await sync
      #expect(try await rig.replicas("sick") == 30, "by the last reading")
    }
  }

  @Test func aPausedObjectIsNotTouched() async throws {
    try await HPARig.run { rig in
      rig.redis["work"] = 500
      try await rig.start(
        HPARig.inference("work", annotations: [ScaledObject.AnnotationKey.paused: "true"]), replicas: 3)
      try await rig.go(on: .seconds(60))
      #expect(try await rig.replicas("work") == 3)
      #expect(rig.observer.records("work", by: .hpa).isEmpty)
    }
  }

  @Test func aPauseOfScalingInHoldsAndOneOfScalingOutToo() async throws {
    try await HPARig.run { rig in
      rig.redis["in"] = 10
      rig.redis["out"] = 500
      let key = ScaledObject.AnnotationKey.self
      try await rig.start(HPARig.inference("in", annotations: [key.pausedScaleIn: "true"]), replicas: 9)
      try await rig.start(HPARig.inference("out", annotations: [key.pausedScaleOut: "true"]), replicas: 9)
      try await rig.go(on: .seconds(600))
      #expect(try await rig.replicas("in") == 9)
      #expect(try await rig.replicas("out") == 9)
    }
  }

  @Test func cpuAloneIsKeptWithinItsBounds() async throws {
    try await HPARig.run { rig in
      var object = HPARig.inference("work")
      object.spec.triggers = [
        ScaleTriggerSpec(type: "cpu", metricType: "Utilization", metadata: ["value": "60"])
      ]
      object.spec.fallback = nil
      object.spec.minReplicaCount = 2
      object.spec.maxReplicaCount = 6
      try await rig.start(object, replicas: 9)
      try await rig.go(on: .seconds(15))
      #expect(try await rig.replicas("work") == 6)
      try await rig.go(on: .seconds(60))
      #expect(try await rig.replicas("work") == 6)
    }
  }

  @Test func anObjectThatGoesTakesItsHistoryAlong() async throws {
    try await HPARig.run { rig in
      rig.redis["work"] = 300
      try await rig.start(HPARig.inference("work"), replicas: 30)
      try await rig.go(on: .seconds(15))
      #expect(rig.controller.rememberedObjects == [HPARig.key("work")])
      await rig.engine.remove(HPARig.key("work"))
      await rig.controller.syncAll()
      #expect(rig.controller.rememberedObjects.isEmpty)
    }
  }

  @Test func itSyncsOncePerPeriod() async throws {
    try await HPARig.run { rig in
      rig.redis["work"] = 10
      try await rig.start(HPARig.inference("work"), replicas: 1)
      try await withThrowingTaskGroup { group in
        group.addTask { await rig.controller.run() }
        try await eventually("rig.time.sleeperCount == 2") { rig.time.sleeperCount == 2 }
        for count in 1...3 {
          #expect(rig.observer.records("work", by: .hpa).count == count - 1)
          rig.time.advance(by: HPARig.period)
          try await eventually("rig.observer.records('work', by: .hpa).count == count") {
            rig.observer.records("work", by: .hpa).count == count
          }
        }
        // A clock that jumps over many periods is not made up for.
        rig.time.advance(by: HPARig.period * 10)
        try await eventually("rig.observer.records('work', by: .hpa).count >= 4") {
          rig.observer.records("work", by: .hpa).count >= 4
        }
        for _ in 0..<200 { await Task.yield() }
        #expect(rig.observer.records("work", by: .hpa).count <= 5)
        group.cancelAll()
      }
    }
  }
}
