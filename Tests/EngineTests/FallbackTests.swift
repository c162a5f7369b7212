import Autoscaling
import Engine
import KubernetesAPI
import Polling
import Questions
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct FallbackTests {
  static let object = Samples.object(
    [Samples.stream("jobs")], max: 100, fallback: FallbackSpec(failureThreshold: 3, replicas: 5))

  @Test func moreThanThreeFailedReadingsAndThenTheRealValueAgain() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 500
      try await rig.start(Self.object)
      rig.targets[Samples.target()] = 50

      rig.sources.refuse(host: "redis")
      for failures in 1...3 {
        let record = try await rig.poll()
        #expect(!record.codes.contains("fallback"), "after \(failures) failures")
        #expect(record.triggers.first?.unknown == "redis://redis:6379/0: connection refused")
        #expect(record.desiredReplicas == 50, "unknown holds the replicas")
        #expect(record.scaledTo == nil)
      }
      let fallen = try await rig.poll()
      #expect(fallen.codes.first == "fallback")
      #expect(fallen.desiredReplicas == 5)
      #expect((fallen.triggers.first?.value, fallen.triggers.first?.unknown) == (50, nil))
      #expect(fallen.triggers.first?.failure == "redis://redis:6379/0: connection refused", "the cause is still told")
      var snapshot = try rig.snapshot()
      #expect(snapshot.isFallbackActive && snapshot.isActive)
      #expect(snapshot.triggers.first?.isFallback == true)
      #expect(snapshot.triggers.first?.failure == "redis://redis:6379/0: connection refused")
      #expect(snapshot.triggers.first?.isKnown == false, "a fallback is no reading")
      #expect(snapshot.conditions.contains(KEDACondition.fallbackExists))
      #expect(rig.sources.batches("redis").count == 5, "every poll asks again")

      rig.sources.set(.well, host: "redis")
      rig.sources["jobs"] = 120
      let recovered = try await rig.poll()
      #expect(!recovered.codes.contains("fallback"))
      #expect((recovered.desiredReplicas, recovered.triggers.first?.value) == (12, 120))
      #expect(recovered.triggers.first?.failure == nil)
      snapshot = try rig.snapshot()
      #expect(!snapshot.isFallbackActive)
      #expect(snapshot.conditions.contains(KEDACondition.noFallback))
      #expect(snapshot.triggers.first?.failuresInARow == 0)
      #expect(rig.sources.opened("redis").count == 1, "without a restart")
    }
  }

  @Test func aSourceThatNeverAnsweredFallsBackFromZero() async throws {
    try await EngineRig.run { rig in
      rig.sources.refuse(host: "redis")
      let first = try await rig.start(Self.object)
      #expect(first.scaledTo == nil)
      for _ in 2...3 { #expect(try await rig.poll().scaledTo == nil) }
      let fallen = try await rig.poll()
      #expect(fallen.scaledTo == 1, "the HPA goes on from one to five")
      #expect(fallen.codes.contains("fallback"))
    }
  }

  @Test func aFailureIsCountedOnceWhoeverAsked() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 500
      try await rig.start(Self.object, replicas: 1)
      let object = try rig.object()
      rig.sources.refuse(host: "redis")

      rig.advance(by: .milliseconds(2_001))
      let answers = await rig.engine.samples(of: object, named: "redis_stream_length")
      #expect(answers.first.map(Self.code) == "connectionRefused")
      #expect(object.evaluations.first?.failures == 1)
      // Fresh, though a failure: the source is not asked once more.
      _ = await rig.engine.samples(of: object, named: "redis_stream_length")
      #expect(rig.sources.batches("redis").count == 2)

      for failures in Int32(2)...3 {
        try await rig.poll()
        #expect(object.evaluations.first?.failures == failures)
      }
      rig.advance(by: .milliseconds(2_001))
      let fallen = try #require(await rig.engine.samples(of: object, named: "redis_stream_length").first)
      #expect(try fallen.get().value == Quantity(50), "the GET's failure was the fourth: fallback")
      #expect(try rig.snapshot().triggers.first?.failuresInARow == 4)
      #expect(rig.sources.batches("redis").count == 5)
    }
  }

  /// While a source is left alone, a GET gets the last reading and counts nothing; a poll counts.
  @Test func aGETThatAsksNobodyCountsNothing() async throws {
    try await EngineRig.run { rig in
      rig.sources.refuse(host: "redis")
      var other = Samples.object([Samples.stream("others")], name: "other", interval: 3_600)
      other.spec.fallback = FallbackSpec(failureThreshold: 1, replicas: 2)
      try await rig.start(other)
      let object = try rig.object("other")
      // More failures lengthen the back-off beyond the freshness of a reading.
      for _ in 0..<4 {
        rig.advance(by: .milliseconds(2_001))
        _ = await rig.engine.samples(of: object, named: "redis_stream_length")
      }
      let failures = try #require(try rig.snapshot("other").triggers.first?.failuresInARow)
      let batches = rig.sources.batches("redis").count
      #expect(Int(failures) == batches)
      // 250, 500, 1,000, 2,000, 4,000 ms: the fifth failure's back-off ends 4 s after it.
      #expect(batches == 5)
      rig.advance(by: .milliseconds(3_999))
      #expect(rig.engine.samplesInMemory(of: object, named: "redis_stream_length") == nil)
      _ = await rig.engine.samples(of: object, named: "redis_stream_length")
      #expect(rig.sources.batches("redis").count == batches)
      #expect(try rig.snapshot("other").triggers.first?.failuresInARow == failures)
      #expect(object.evaluations.first?.failures == failures)
    }
  }

  @Test func anAnswerThatPollAndGETShareIsReadOnce() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 500
      try await rig.start(Self.object, replicas: 1)
      let object = try rig.object()
      rig.sources.set(.hanging, host: "redis")
      let decisions = rig.observer.records(of: Samples.key()).count
      rig.advanceToNextPoll()
      try await eventually("rig.sources.batches('redis').count == 2") { rig.sources.batches("redis").count == 2 }
      async let answer = rig.engine.samples(of: object, named: "redis_stream_length")
      // The engine's own sleep, the hanging round trip's, and the GET's.
      try await eventually("rig.time.sleeperCount == 3") { rig.time.sleeperCount == 3 }
      rig.time.advance(by: FakeSources.timeout)
      _ = await answer
      _ = try await rig.decision(after: decisions)
      let trigger = try #require(try rig.snapshot().triggers.first)
      #expect((trigger.failuresInARow, trigger.errors) == (1, 1))
      #expect(object.evaluations.first?.failures == 1)
      #expect(rig.sources.batches("redis").count == 2)
    }
  }

  /// The same with an answer whose second reading would be another one: a lag that has not moved since the last reading
  /// counts as none.
  @Test func anAnswerThatPollAndGETShareDoesNotLookPersistent() async throws {
    try await EngineRig.run { rig in
      rig.sources.offsets = PartitionOffsets(end: 10, committed: 4)
      try await rig.start(Samples.object([Samples.topic("orders")]), replicas: 1)
      let object = try rig.object()
      let gate = Gate()
      let source = try #require(rig.sources.opened("kafka").first)
      source.become { questions in
        await gate.pass()
        return questions.map { _ in
          .success(.kafka(KafkaAnswer(topics: ["orders": [0: PartitionOffsets(end: 20, committed: 8)]])))
        }
      }
      let decisions = rig.observer.records(of: Samples.key()).count
      rig.advanceToNextPoll()
      try await eventually("source.batches.count == 2") { source.batches.count == 2 }
      async let answer = rig.engine.samples(of: object, named: "kafka_lag")
      try await eventually("rig.time.sleeperCount == 2") { rig.time.sleeperCount == 2 }
      // Let the GET's question reach the lane, where it joins the poll's.
      for _ in 0..<50 { await Task.yield() }
      gate.open()
      #expect(try await answer.first?.get().value == Quantity(12))
      let record = try await rig.decision(after: decisions)
      #expect(record.triggers.first?.value == 12)
      #expect(try rig.snapshot().triggers.first?.value == 12)
    }
  }

  /// As in KEDA: what was counted goes with the metric's name only.
  @Test func whatWasCountedOutlivesTheFallbackAndAChangedTrigger() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 500
      rig.sources.refuse(host: "redis")
      rig.sources.refuse(host: "other")
      try await rig.start(Self.object, replicas: 1)
      let object = try rig.object()
      let counted = ["s0-redis-streams-jobs": HealthStatus(numberOfFailures: 1, status: "Failing")]
      #expect(object.statusView.health == counted)

      var changed = Self.object
      changed.spec.triggers = [Samples.stream("jobs", host: "other")]
      rig.advance(by: .seconds(1))
      try await rig.start(changed, replicas: 1)
      try await eventually("the other server's failure is counted") {
        object.statusView.health.mapValues(\.numberOfFailures) == ["s0-redis-streams-jobs": 2]
      }
      changed.spec.fallback = nil
      let decisions = rig.observer.records(of: Samples.key()).count
      try await rig.apply(changed)
      try await rig.poll()
      #expect(rig.observer.records(of: Samples.key()).count > decisions)
      #expect(object.statusView.health.mapValues(\.numberOfFailures) == ["s0-redis-streams-jobs": 2])
      changed.spec.triggers = [Samples.stream("others")]
      try await rig.apply(changed)
      try await rig.poll()
      #expect(object.statusView.health == [:])
    }
  }

  static func code(_ result: Result<MetricSample, MetricUnavailable>) -> String? {
    if case .failure(let unavailable) = result { unavailable.reason.code } else { nil }
  }
}
