import Autoscaling
import Engine
import KubernetesAPI
import Polling
import Questions
import TestSupport
import Testing

/// What is asked for along with a reading that somebody waits for.
@Suite(.timeLimit(.minutes(1))) struct ReadAheadTests {
  /// One GET, as an HPA makes it: from memory where that is fresh.
  @discardableResult
  static func get(_ name: String, _ rig: EngineRig) async throws -> Result<MetricSample, MetricUnavailable> {
    let object = try rig.object(name)
    if let known = rig.engine.samplesInMemory(of: object, named: ServingTests.alias)?.first { return known }
    return try #require(await rig.engine.samples(of: object, named: ServingTests.alias).first)
  }

  /// Objects of these names, each with a stream of its own, polled so seldom that only GETs ask.
  static func start(
    _ names: [String], _ rig: EngineRig, interval: Int32 = 86_400, useCachedMetrics: Bool? = nil
  ) async throws {
    for name in names {
      rig.sources[name] = 1
      let trigger = Samples.stream(name, useCachedMetrics: useCachedMetrics)
      try await rig.start(Samples.object([trigger], name: name, interval: interval))
    }
  }

  /// Rounds of GETs every 15 s, each name at its offset (milliseconds).
  static func read(_ offsets: [(name: String, milliseconds: Int64)], rounds: Int, _ rig: EngineRig) async throws {
    for _ in 0..<rounds {
      var passed: Int64 = 0
      for (name, offset) in offsets {
        rig.advance(by: .milliseconds(offset - passed))
        passed = offset
        try await get(name, rig)
      }
      rig.advance(by: .milliseconds(15_000 - passed))
    }
  }

  /// The streams that each round trip since the first `count` asked for.
  static func asked(_ rig: EngineRig, after count: Int) -> [Set<String>] {
    rig.sources.batches("redis").dropFirst(count).map { batch in
      Set(
        batch.compactMap { question in
          guard case .redis(let redis) = question else { return nil }
          return redis.commands.first?.key
        })
    }
  }

  @Test func whatIsReadSoonIsAskedForAlong() async throws {
    try await EngineRig.run { rig in
      try await Self.start(["a", "b", "c", "d", "e"], rig)
      rig.advance(by: .seconds(20))
      let offsets: [(String, Int64)] = [("a", 0), ("b", 500), ("c", 1_700), ("d", 5_000), ("e", 5_100)]
      try await Self.read(offsets, rounds: 2, rig)
      let before = rig.sources.batches("redis").count
      for name in ["a", "b", "c", "d", "e"] { rig.sources[name] = 2 }
      try await Self.read(offsets, rounds: 2, rig)
      #expect(Self.asked(rig, after: before) == [["a", "b", "c"], ["d", "e"], ["a", "b", "c"], ["d", "e"]])
      for name in ["a", "b", "c", "d", "e"] {
        #expect(try rig.snapshot(name).triggers.first?.value == 2)
      }
    }
  }

  /// The rule that this must not break: what is served is fresh, or was asked for now.
  @Test func aReaderWhoComesLateIsNotGivenAnOldReading() async throws {
    try await EngineRig.run { rig in
      try await Self.start(["a", "b"], rig)
      rig.advance(by: .seconds(20))
      try await Self.read([("a", 0), ("b", 500)], rounds: 2, rig)
      try await Self.get("a", rig)
      let asked = rig.time.now()
      rig.sources["b"] = 7
      rig.advance(by: rig.configuration.freshness)
      #expect(try await Self.get("b", rig).get().readAt == asked)
      rig.advance(by: .nanoseconds(1))
      let sample = try await Self.get("b", rig).get()
      #expect((sample.value, sample.readAt) == (Quantity(7), rig.time.now()))
    }
  }

  @Test func nobodyIsAskedForReadersWhoAreGone() async throws {
    try await EngineRig.run { rig in
      try await Self.start(["a", "b", "unread"], rig)
      rig.advance(by: .seconds(20))
      try await Self.read([("a", 0), ("b", 500)], rounds: 2, rig)
      let before = rig.sources.batches("redis").count
      try await Self.read([("a", 0)], rounds: 4, rig)
      #expect(Self.asked(rig, after: before) == [["a", "b"], ["a"], ["a"], ["a"]])
    }
  }

  @Test func removedObjectsAreNotAskedFor() async throws {
    try await EngineRig.run { rig in
      try await Self.start(["a", "b"], rig)
      rig.advance(by: .seconds(20))
      try await Self.read([("a", 0), ("b", 500)], rounds: 2, rig)
      await rig.remove("b")
      let before = rig.sources.batches("redis").count
      try await Self.get("a", rig)
      #expect(Self.asked(rig, after: before) == [["a"]])
    }
  }

  @Test func whatThePollsKeepFreshIsNotAskedFor() async throws {
    try await EngineRig.run { rig in
      try await Self.start(["a"], rig)
      try await Self.start(["polled"], rig, interval: 1)
      try await Self.start(["cached"], rig, useCachedMetrics: true)
      for second in 0..<31 {
        if second % 15 == 0 {
          for name in ["a", "polled", "cached"] { try await Self.get(name, rig) }
        }
        if second < 30 {
          let polls = rig.observer.records(of: Samples.key("polled")).count
          rig.advance(by: .seconds(1))
          _ = try await rig.decision(of: "polled", after: polls)
        }
      }
      let withA = Self.asked(rig, after: 3).filter { $0.contains("a") }
      #expect(withA == [["a"], ["a"]], "at 15 s and 30 s")
    }
  }

  /// As without reading ahead: one failed reading for each GET, whoever caused it.
  @Test func aFailureIsCountedOncePerReading() async throws {
    try await EngineRig.run { rig in
      try await Self.start(["a", "b"], rig)
      rig.advance(by: .seconds(20))
      try await Self.read([("a", 0), ("b", 500)], rounds: 2, rig)
      rig.sources.refuse(host: "redis")
      try await Self.read([("a", 0), ("b", 500)], rounds: 3, rig)
      for name in ["a", "b"] { #expect(try rig.snapshot(name).triggers.first?.failuresInARow == 3, "\(name)") }
      rig.sources.set(.well, host: "redis")
      #expect(try await Self.get("a", rig).get().value == Quantity(1))
      #expect(try await Self.get("b", rig).get().readAt == rig.time.now())
    }
  }

  @Test func noMoreThanTheLimitIsAskedAtOnce() async throws {
    try await EngineRig.run { rig in
      let names = (0..<300).map { "worker-\($0)" }
      try await Self.start(names, rig)
      rig.advance(by: .seconds(20))
      try await Self.read(names.map { ($0, 0) }, rounds: 2, rig)
      let before = rig.sources.batches("redis").count
      try await Self.read(names.map { ($0, 0) }, rounds: 1, rig)
      let sizes = Self.asked(rig, after: before).map(\.count)
      #expect(sizes.count == 2 && sizes.allSatisfy { $0 <= 257 }, "\(sizes)")
      #expect(sizes.reduce(0, +) == 300)
    }
  }
}
