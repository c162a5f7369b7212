import Autoscaling
import Engine
import KubernetesAPI
import Polling
import Questions
import TestSupport
import Testing

/// What is sick harms nobody else.
@Suite(.timeLimit(.minutes(1))) struct BulkheadTests {
  @Test func nineteenHangingSourcesDoNotDelayTheTwentieth() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 70
      for number in 1...19 {
        rig.sources.set(.hanging, host: "sick\(number)")
        try await rig.apply(
          Samples.object([Samples.stream("jobs", host: "sick\(number)")], name: "sick\(number)"), replicas: 3)
      }
      // The clock stands still all the while: nothing of this waits for anybody's timeout.
      let first = try await rig.start(Samples.object([Samples.stream("jobs", host: "well")], name: "well"))
      #expect((first.scaledTo, first.desiredReplicas) == (1, 7))
      let well = try rig.object("well")
      #expect(rig.engine.samplesInMemory(of: well, named: "redis_stream_length")?.count == 1)
      try await eventually("(1...19).allSatisfy { rig.sources.batches('sick\\($0)').c…") {
        (1...19).allSatisfy { rig.sources.batches("sick\($0)").count == 1 }
      }
      try await eventually("rig.time.sleeperCount == 20") { rig.time.sleeperCount == 20 }

      rig.advance(by: .milliseconds(2_500))
      rig.sources["jobs"] = 90
      #expect(rig.engine.samplesInMemory(of: well, named: "redis_stream_length") == nil)
      let sample = try #require(await rig.engine.samples(of: well, named: "redis_stream_length").first)
      #expect(try sample.get().value == Quantity(90))
      #expect(try sample.get().readAt == rig.time.now())
      #expect((1...19).allSatisfy { rig.observer.records(of: Samples.key("sick\($0)")).isEmpty })

      rig.advance(by: .milliseconds(500))
      for number in 1...19 {
        let record = try await rig.decision(of: "sick\(number)", after: 0)
        #expect(record.triggers.first?.unknown == "redis://sick\(number):6379/0: no answer within 3 s")
        #expect(record.codes.contains("triggerUnknown"))
        #expect((record.scaledTo, record.desiredReplicas) == (nil, 3))
        let object = try rig.object("sick\(number)")
        let answer = try #require(rig.engine.samplesInMemory(of: object, named: "redis_stream_length")?.first)
        #expect(FallbackTests.code(answer) == "timedOut")
      }
    }
  }

  /// Polls every second, GETs every half second, and a source that takes three seconds to say nothing.
  @Test func aHangingSourceAccumulatesNothing() async throws {
    try await EngineRig.run { rig in
      rig.sources.set(.hanging, host: "sick")
      rig.sources["jobs"] = 5
      try await rig.apply(Samples.object([Samples.stream("a", host: "sick")], name: "sick", interval: 1), replicas: 1)
      try await rig.start(Samples.object([Samples.stream("jobs", host: "well")], name: "well", interval: 1))
      let sick = try rig.object("sick")
      try await withThrowingDiscardingTaskGroup { group in
        var steps = 0
        while rig.observer.records(of: Samples.key("sick")).count < 12, steps < 2_000 {
          steps += 1
          let before = rig.observer.records(of: Samples.key("well")).count
          let isDue = rig.advance(by: .milliseconds(500)).contains("well")
          group.addTask { _ = await rig.engine.samples(of: sick, named: "redis_stream_length") }
          if isDue {
            try await eventually("rig.observer.records(of: Samples.key('well')).count > before") {
              rig.observer.records(of: Samples.key("well")).count > before
            }
          }
          // Of the loop, of one round trip, and of the timer for all the GETs that wait.
          #expect(rig.time.sleeperCount <= 3)
        }
        // Lets the last GETs go.
        rig.advance(by: .seconds(2))
      }
      #expect(rig.sources.mostUnderWay <= 2, "one to the sick source, one to the other")
      #expect(rig.observer.records(of: Samples.key("sick")).count >= 12, "and it is decided about all the while")
    }
  }

  @Test func aPollBeginsWhenTheOneBeforeIsOver() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 5
      rig.sources["other"] = 5
      rig.sources.set(.hanging, host: "sick")
      try await rig.apply(
        Samples.object([Samples.stream("jobs"), Samples.stream("jobs", host: "sick")], name: "half", interval: 1),
        replicas: 1)
      try await rig.start(Samples.object([Samples.stream("other")], name: "witness", interval: 1))
      for _ in 0..<2 {
        let count = rig.observer.records(of: Samples.key("witness")).count
        while !rig.advanceToNextPoll().contains("witness") {}
        _ = try await rig.decision(of: "witness", after: count)
      }
      let asked = rig.sources.batches("redis").joined().count { question in
        if case .redis(let redis) = question { redis.commands.contains { $0.key == "jobs" } } else { false }
      }
      #expect(asked == 1)
      #expect(rig.observer.records(of: Samples.key("half")).isEmpty)
    }
  }

  @Test func aTargetThatHangsDelaysNeitherOthersNorItsOwnReadings() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 20
      rig.targets.hang(Samples.target("slow"))
      let slow = Samples.object([Samples.stream("jobs")], name: "slow")
      try await rig.apply(slow, replicas: 0)
      try await eventually("rig.targets.isHeld(Samples.target('slow'))") { rig.targets.isHeld(Samples.target("slow")) }
      // One batch brings the answers of both.
      let other = try await rig.start(Samples.object([Samples.stream("jobs")], name: "other"))
      #expect(other.scaledTo == 1)
      let object = try rig.object("slow")
      try await eventually("rig.engine.samplesInMemory(of: object, named: 'redis_stre…") {
        rig.engine.samplesInMemory(of: object, named: "redis_stream_length") != nil
      }
      #expect(rig.observer.records(of: Samples.key("slow")).isEmpty)

      // Polled again and again meanwhile: one decision follows, on what is known then.
      rig.sources["jobs"] = 30
      for _ in 0..<4 {
        let others = rig.observer.records(of: Samples.key("other")).count
        while !rig.advanceToNextPoll().contains("other") {}
        _ = try await rig.decision(of: "other", after: others)
      }
      rig.advance(by: .milliseconds(2_001))
      let sample = try #require(await rig.engine.samples(of: object, named: "redis_stream_length").first)
      #expect(try sample.get().value == Quantity(30))
      rig.targets.release(Samples.target("slow"))
      _ = try await rig.decision(of: "slow", after: 1)
      let records = rig.observer.records(of: Samples.key("slow"))
      #expect(records.map(\.scaledTo) == [1, nil])
      #expect(records.allSatisfy { $0.desiredReplicas == 3 })
      #expect(rig.targets.writes.count { $0.target == Samples.target("slow") } == 1)
    }
  }
}
