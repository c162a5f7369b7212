import KubernetesAPI
import Polling
import Questions
import Synchronization
import TestSupport
import Testing

@Suite struct SourceLaneTests {
  static let endpoint = Endpoint.redis(RedisEndpoint(topology: .standalone(HostPort(host: "queue", port: 6379))))
  static let refused = SourceError(.connectionRefused, "redis://queue:6379/0: connection refused")

  static func length(of stream: String) -> Question {
    .redis(RedisQuestion([RedisCommand(["XLEN", stream], key: stream)]))
  }

  static func answer(_ number: Int64) -> Result<Answer, SourceError> {
    .success(.redis(RedisAnswer([.integer(number)])))
  }

  /// Collects what a lane delivers.
  final class Received: Sendable {
    private let deliveries = Mutex<[Delivery]>([])
    var all: [Delivery] { deliveries.withLock { $0 } }
    var receive: SourceLane.Receiver { { list in self.deliveries.withLock { $0 += list } } }
    var errors: [SourceError.Code] {
      all.compactMap { if case .failure(let error) = $0.result { error.code } else { nil } }
    }
  }

  /// A gate that holds a scripted source until the test opens it.
  final class Gate: Sendable {
    private let isOpen = Mutex(false)
    func open() { isOpen.withLock { $0 = true } }
    func pass() async { try? await eventually("the gate opens") { isOpen.withLock { $0 } } }
  }

  func withPool(
    _ source: ScriptedSource, limits: SourceLimits = SourceLimits(), time: ManualTime = ManualTime(),
    _ body: @Sendable (SourcePool) async throws -> Void
  ) async throws {
    let pool = SourcePool(time: time, limits: limits, jitter: { 0.5 }, makeSource: { _ in source })
    try await withThrowingTaskGroup { group in
      group.addTask { await pool.run() }
      try await body(pool)
      group.cancelAll()
    }
    #expect(source.isShutDown)
  }

  @Test func equalQuestionsAreAskedOnceAndTravelTogether() async throws {
    let source = ScriptedSource { questions in questions.map { _ in Self.answer(5) } }
    try await withPool(source) { pool in
      let lane = pool.acquire(Self.endpoint)
      let received = Received()
      await lane.ask(
        [Self.length(of: "a"), Self.length(of: "b"), Self.length(of: "a")], receive: received.receive)
      try await eventually("received.all.count == 3") { received.all.count == 3 }
      #expect(source.batches.count == 1)
      #expect(Set(source.batches.first ?? []) == [Self.length(of: "a"), Self.length(of: "b")])
      #expect(Set(received.all.map(\.index)) == [0, 1, 2])
      #expect(lane.statistics.questions == 2)
    }
  }

  @Test func overlappingQuestionsJoinAndLaterOnesGather() async throws {
    let gate = Gate()
    let source = ScriptedSource { questions in
      await gate.pass()
      return questions.map { _ in Self.answer(1) }
    }
    try await withPool(source, limits: SourceLimits(maximumBatches: 1)) { pool in
      let lane = pool.acquire(Self.endpoint)
      let first = Received()
      let joined = Received()
      let gathered = Received()
      await lane.ask([Self.length(of: "a")], receive: first.receive)
      try await eventually("source.batches.count == 1") { source.batches.count == 1 }
      await lane.ask([Self.length(of: "a")], receive: joined.receive)
      await lane.ask([Self.length(of: "b")], receive: gathered.receive)
      await lane.ask([Self.length(of: "c")], receive: gathered.receive)
      gate.open()
      try await eventually("first.all.count == 1 && joined.all.count == 1 && gathered…") {
        first.all.count == 1 && joined.all.count == 1 && gathered.all.count == 2
      }
      #expect(source.batches.map(\.count) == [1, 2])
    }
  }

  @Test func aFailingSourceIsLeftAloneAndSaysWhy() async throws {
    let time = ManualTime()
    let source = ScriptedSource(always: .failure(Self.refused))
    try await withPool(source, time: time) { pool in
      let lane = pool.acquire(Self.endpoint)
      let received = Received()
      await lane.ask([Self.length(of: "a")], receive: received.receive)
      try await eventually("received.all.count == 1") { received.all.count == 1 }
      await lane.ask([Self.length(of: "a")], receive: received.receive)
      #expect(received.errors == [.connectionRefused, .backingOff])
      if case .failure(let error)? = received.all.last?.result {
        // The same words as before: who compares texts sees nothing new.
        #expect(error.message == "redis://queue:6379/0: connection refused")
      }
      #expect(source.batches.count == 1)

      source.become { questions in questions.map { _ in Self.answer(7) } }
      time.advance(by: .milliseconds(250))
      await lane.ask([Self.length(of: "a")], receive: received.receive)
      try await eventually("received.all.count == 3") { received.all.count == 3 }
      #expect(received.errors.count == 2)
      #expect(lane.statistics.errors == [.connectionRefused: 1])
    }
  }

  @Test func questionsThatWaitBehindAFailureFailWithIt() async throws {
    let gate = Gate()
    let source = ScriptedSource { questions in
      await gate.pass()
      return questions.map { _ in .failure(Self.refused) }
    }
    try await withPool(source, limits: SourceLimits(maximumBatches: 1)) { pool in
      let lane = pool.acquire(Self.endpoint)
      let received = Received()
      await lane.ask([Self.length(of: "a")], receive: received.receive)
      try await eventually("source.batches.count == 1") { source.batches.count == 1 }
      await lane.ask([Self.length(of: "b")], receive: received.receive)
      gate.open()
      try await eventually("received.all.count == 2") { received.all.count == 2 }
      #expect(Set(received.errors) == [.connectionRefused, .backingOff])
      #expect(source.batches.count == 1)
    }
  }

  @Test func roundTripsThatFailTogetherAreOneFailure() async throws {
    let gate = Gate()
    let time = ManualTime()
    let source = ScriptedSource { questions in
      await gate.pass()
      return questions.map { _ in .failure(Self.refused) }
    }
    try await withPool(source, limits: SourceLimits(maximumBatches: 4), time: time) { pool in
      let lane = pool.acquire(Self.endpoint)
      let received = Received()
      for (number, stream) in ["a", "b", "c", "d"].enumerated() {
        await lane.ask([Self.length(of: stream)], receive: received.receive)
        try await eventually("source.batches.count == number + 1") { source.batches.count == number + 1 }
      }
      gate.open()
      try await eventually("received.all.count == 4") { received.all.count == 4 }
      // 250 ms, as after one failure, and not 2 s.
      time.advance(by: .milliseconds(250))
      await lane.ask([Self.length(of: "a")], receive: received.receive)
      try await eventually("source.batches.count == 5") { source.batches.count == 5 }
    }
  }

  @Test func aServerThatRefusesOneQuestionIsNotLeftAlone() async throws {
    let source = ScriptedSource(always: .failure(SourceError(.refusedByServer, "unknown topic")))
    try await withPool(source) { pool in
      let lane = pool.acquire(Self.endpoint)
      let received = Received()
      await lane.ask([Self.length(of: "a")], receive: received.receive)
      try await eventually("received.all.count == 1") { received.all.count == 1 }
      await lane.ask([Self.length(of: "a")], receive: received.receive)
      try await eventually("received.errors == [.refusedByServer, .refusedByServer]") {
        received.errors == [.refusedByServer, .refusedByServer]
      }
    }
  }

  @Test func aSourceThatReturnsTooFewResultsHarmsNobody() async throws {
    let source = ScriptedSource { _ in [] }
    try await withPool(source) { pool in
      let lane = pool.acquire(Self.endpoint)
      let received = Received()
      await lane.ask([Self.length(of: "a"), Self.length(of: "b")], receive: received.receive)
      try await eventually("received.errors == [.malformedAnswer, .malformedAnswer]") {
        received.errors == [.malformedAnswer, .malformedAnswer]
      }
    }
  }

  @Test func lanesAreSharedAndClosedByTheLastUser() async throws {
    let source = ScriptedSource(always: Self.answer(1))
    try await withPool(source) { pool in
      let first = pool.acquire(Self.endpoint)
      let second = pool.acquire(Self.endpoint)
      #expect(first === second)
      await pool.release(Self.endpoint)
      #expect(!source.isShutDown)
      #expect(pool.open.count == 1)
      await pool.release(Self.endpoint)
      #expect(source.isShutDown)
      #expect(pool.open.isEmpty)
    }
  }
}
