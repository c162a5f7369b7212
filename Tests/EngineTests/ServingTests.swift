import Autoscaling
import Engine
import KubernetesAPI
import Polling
import Questions
import TestSupport
import Testing

/// What the metrics API gets.
@Suite(.timeLimit(.minutes(1))) struct ServingTests {
  static let alias = "redis_stream_length"
  /// Polled so seldom that only GETs ask.
  static let object = Samples.object([Samples.stream("jobs")], interval: 86_400)

  @Test func aFreshReadingIsServedFromMemory() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 42
      try await rig.start(Self.object)
      let object = try rig.object()
      rig.advance(by: rig.configuration.freshness)
      let sample = try #require(rig.engine.samplesInMemory(of: object, named: Self.alias)?.first).get()
      #expect(sample.object == Samples.key())
      #expect(sample.metricName == "s0-redis-streams-jobs")
      #expect(sample.value == Quantity(42))
      #expect(sample.readAt == rig.time.now() - rig.configuration.freshness)

      rig.advance(by: .nanoseconds(1))
      #expect(rig.engine.samplesInMemory(of: object, named: Self.alias) == nil)
      #expect(rig.sources.batches("redis").count == 1)
    }
  }

  @Test func aHundredCallersShareOneRead() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 42
      try await rig.start(Self.object)
      let object = try rig.object()
      rig.advance(by: .seconds(3))
      rig.sources["jobs"] = 43
      let gate = Gate()
      let source = try #require(rig.sources.opened("redis").first)
      source.become { questions in
        await gate.pass()
        return questions.map { _ in .success(.redis(RedisAnswer([.integer(43)]))) }
      }
      let values = try await withThrowingTaskGroup { group in
        for _ in 0..<100 {
          group.addTask { try await rig.engine.samples(of: object, named: Self.alias).map { try $0.get() } }
        }
        try await eventually("source.batches.count == 2") { source.batches.count == 2 }
        // Time for the others to come and wait, too.
        for _ in 0..<200 { await Task.yield() }
        gate.open()
        return try await group.reduce(into: [MetricSample]()) { $0 += $1 }
      }
      #expect(values.count == 100)
      #expect(values.allSatisfy { $0.value == Quantity(43) && $0.readAt == rig.time.now() })
      #expect(source.batches.count == 2)
    }
  }

  @Test func afterTheDeadlineTheLastReadingIsServed() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 42
      try await rig.start(Self.object)
      let object = try rig.object()
      let readAt = rig.time.now()
      rig.advance(by: .seconds(60))
      rig.sources.set(.hanging, host: "redis")
      async let first = rig.engine.samples(of: object, named: Self.alias)
      try await eventually("rig.time.sleeperCount == 3") { rig.time.sleeperCount == 3 }
      rig.advance(by: rig.configuration.readDeadline)
      let sample = try #require(await first.first).get()
      #expect((sample.value, sample.readAt) == (Quantity(42), readAt))

      // The next caller waits for the same round trip, and hears how it ended.
      async let second = rig.engine.samples(of: object, named: Self.alias)
      try await eventually("rig.time.sleeperCount == 3") { rig.time.sleeperCount == 3 }
      rig.advance(by: .milliseconds(1_500))
      let answer = try #require(await second.first)
      #expect(rig.sources.batches("redis").count == 2)
      // Deadline and timeout fall together: either the last reading or why there is none.
      #expect((try? answer.get().value) == Quantity(42) || FallbackTests.code(answer) == "timedOut")
      try await eventually("rig.engine.samplesInMemory(of: object, named: Self.alias)…") {
        rig.engine.samplesInMemory(of: object, named: Self.alias) != nil
      }
      let after = try #require(rig.engine.samplesInMemory(of: object, named: Self.alias)?.first)
      #expect(FallbackTests.code(after) == "timedOut")
    }
  }

  @Test func cachedMetricsAreNeverReadBetweenPolls() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 42
      try await rig.start(Samples.object([Samples.stream("jobs", useCachedMetrics: true)], interval: 86_400))
      let object = try rig.object()
      rig.sources["jobs"] = 1
      rig.advance(by: .seconds(1_000))
      let known = try #require(rig.engine.samplesInMemory(of: object, named: Self.alias)?.first).get()
      #expect(known.value == Quantity(42))
      let asked = try #require(await rig.engine.samples(of: object, named: Self.alias).first).get()
      #expect(asked == known)
      #expect(rig.sources.batches("redis").count == 1)
    }
  }

  @Test(arguments: [
    ("s0-redis-streams-jobs", ["s0-redis-streams-jobs"]),
    ("S0-REDIS-Streams-Jobs", ["s0-redis-streams-jobs"]),
    ("redis_stream_length", ["s0-redis-streams-jobs", "s1-redis-streams-more"]),
    ("Redis_Stream_LENGTH", ["s0-redis-streams-jobs", "s1-redis-streams-more"]),
    ("backlog", ["s2-redis-streams-named"]),
    ("BackLog", ["s2-redis-streams-named"]),
    ("s3-redis-streams-jobs", []),
    ("s0@redis@streams@jobs", []),
    ("s0-redis-streams-job", []),
    ("", []),
  ])
  func namesAndAliasesInAnyCase(_ name: String, _ metrics: [String]) async throws {
    try await EngineRig.run { rig in
      for (number, stream) in ["jobs", "more", "named"].enumerated() { rig.sources[stream] = Int64(number) }
      try await rig.start(
        Samples.object([
          Samples.stream("jobs"), Samples.stream("more"), Samples.stream("named", metricName: "backlog"),
        ]))
      let object = try rig.object()
      let samples = try #require(rig.engine.samplesInMemory(of: object, named: name))
      #expect(try samples.map { try $0.get().metricName } == metrics)
      rig.advance(by: .seconds(2))
      let asked = await rig.engine.samples(of: object, named: name)
      #expect(try asked.map { try $0.get().metricName } == metrics)
    }
  }

  @Test func everyStaleMetricOfAnAliasIsReadAgainInOneRoundTrip() async throws {
    try await EngineRig.run { rig in
      rig.sources["a"] = 1
      rig.sources["b"] = 2
      try await rig.start(
        Samples.object([Samples.stream("a"), Samples.stream("b", host: "other")], interval: 86_400))
      let object = try rig.object()
      rig.sources["a"] = 10
      rig.sources["b"] = 20
      rig.advance(by: .seconds(3))
      let samples = await rig.engine.samples(of: object, named: Self.alias)
      #expect(try samples.map { try $0.get().value } == [Quantity(10), Quantity(20)])
      #expect(rig.sources.batches("redis").count == 2 && rig.sources.batches("other").count == 2)
    }
  }

  @Test func aGETBeforeTheFirstAnswerWaitsForIt() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 9
      rig.sources.set(.hanging, host: "redis")
      try await rig.apply(Self.object, replicas: 0)
      let object = try rig.object()
      try await eventually("rig.sources.batches('redis').count == 1") { rig.sources.batches("redis").count == 1 }
      #expect(rig.engine.samplesInMemory(of: object, named: Self.alias) == nil)
      async let answer = rig.engine.samples(of: object, named: Self.alias)
      try await eventually("rig.time.sleeperCount == 3") { rig.time.sleeperCount == 3 }
      rig.time.advance(by: rig.configuration.readDeadline)
      #expect(await answer.map(FallbackTests.code) == ["notRead"])
    }
  }

  /// What was decided and what is served are one number, also after a GET in between.
  @Test func aReadingThatAGETBroughtIsDecidedOn() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 10
      try await rig.start(Self.object, replicas: 1)
      rig.sources["jobs"] = 77
      rig.advance(by: .seconds(3))
      _ = await rig.engine.samples(of: try rig.object(), named: Self.alias)
      let trigger = try #require(try rig.snapshot().triggers.first)
      #expect((trigger.value, trigger.readAt) == (77, rig.time.now()))
    }
  }
}
