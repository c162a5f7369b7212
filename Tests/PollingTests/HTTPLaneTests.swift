import KubernetesAPI
import Polling
import Questions
import Synchronization
import TestSupport
import Testing

/// Questions over HTTP are requests of their own: a slow one harms no other.
@Suite struct HTTPLaneTests {
  static let endpoint = Endpoint.http(HTTPEndpoint(scheme: "http", host: "prometheus", port: 9090))
  static let late = SourceError(.timedOut, "http://prometheus:9090: no answer in time")

  static func query(_ name: String, timeout: Duration? = nil) -> Question {
    .http(HTTPQuestion(target: "/api/v1/query?query=\(name)", timeout: timeout))
  }

  /// Answers at once, or, where the query says `slow`, not within its timeout.
  final class Server: EventSource {
    private let time: ManualTime
    private let asked = Mutex<[(question: Question, timeout: Duration)]>([])

    init(time: ManualTime) { self.time = time }

    var batches: [(question: Question, timeout: Duration)] { asked.withLock { $0 } }

    func answers(to questions: [Question], timeout: Duration) async -> [Result<Answer, SourceError>] {
      asked.withLock { asked in asked += questions.map { ($0, timeout) } }
      guard case .http(let question)? = questions.first, questions.count == 1 else { return [] }
      if question.target.contains("slow") {
        try? await time.sleep(until: time.now() + timeout)
        return [.failure(HTTPLaneTests.late)]
      }
      return [.success(.http(HTTPAnswer(status: 200, body: [])))]
    }

    let openConnections = 1
    func shutdown() async {}
  }

  static func run(
    _ body: @Sendable (_ lane: SourceLane, _ server: Server, _ time: ManualTime) async throws -> Void
  ) async throws {
    let time = ManualTime()
    let server = Server(time: time)
    let pool = SourcePool(time: time, jitter: { 0.5 }, makeSource: { _ in server })
    try await withThrowingTaskGroup { group in
      group.addTask { await pool.run() }
      try await body(pool.acquire(endpoint), server, time)
      group.cancelAll()
    }
  }

  @Test func eachQuestionHasItsOwnTime() async throws {
    try await Self.run { lane, server, time in
      let received = SourceLaneTests.Received()
      let questions = [
        Self.query("slow-0", timeout: .seconds(1)), Self.query("slow-1"), Self.query("slow-2", timeout: .seconds(10)),
        Self.query("quick"),
      ]
      await lane.ask(questions, receive: received.receive)
      try await eventually("all are asked") { server.batches.count == 4 && time.sleeperCount == 3 }
      for (question, timeout) in server.batches { #expect(timeout == question.timeout ?? .seconds(3)) }
      // The answer that is there waits for none of the others.
      try await eventually("the quick one is told") { received.all.map(\.index) == [3] }
      for (seconds, index) in [(1, 0), (2, 1), (7, 2)] {
        time.advance(by: .seconds(seconds))
        try await eventually("question \(index) fails at its time") { received.all.last?.index == index }
      }
      #expect(received.errors == [.timedOut, .timedOut, .timedOut])
      #expect(lane.statistics.roundTrips == 4)
    }
  }

  @Test func aSlowQuestionIsNotASickServer() async throws {
    try await Self.run { lane, server, time in
      let received = SourceLaneTests.Received()
      await lane.ask([Self.query("slow")], receive: received.receive)
      try await eventually("it is asked") { time.sleeperCount == 1 }
      time.advance(by: .seconds(1))
      await lane.ask([Self.query("quick")], receive: received.receive)
      try await eventually("the other is answered") { received.all.count == 1 }
      time.advance(by: .seconds(2))
      try await eventually("the slow one fails") { received.errors == [.timedOut] }
      await lane.ask([Self.query("quick")], receive: received.receive)
      try await eventually("the server is asked again at once") { received.all.count == 3 }
      #expect(received.errors == [.timedOut])
    }
  }

  @Test func aServerThatAnswersNobodyIsLeftAlone() async throws {
    try await Self.run { lane, server, time in
      let received = SourceLaneTests.Received()
      await lane.ask([Self.query("quick")], receive: received.receive)
      try await eventually("it was well before") { received.all.count == 1 }
      time.advance(by: .seconds(1))
      await lane.ask([Self.query("slow-a"), Self.query("slow-b")], receive: received.receive)
      try await eventually("both are asked") { time.sleeperCount == 2 }
      time.advance(by: .seconds(3))
      try await eventually("both fail") { received.errors == [.timedOut, .timedOut] }
      await lane.ask([Self.query("quick")], receive: received.receive)
      #expect(received.errors == [.timedOut, .timedOut, .backingOff])
      #expect(server.batches.count == 3)
    }
  }

  @Test func equalQuestionsAreAskedOnceHereToo() async throws {
    try await Self.run { lane, server, time in
      let received = SourceLaneTests.Received()
      await lane.ask([Self.query("slow"), Self.query("slow")], receive: received.receive)
      await lane.ask([Self.query("slow")], receive: received.receive)
      try await eventually("it is asked") { time.sleeperCount == 1 }
      time.advance(by: .seconds(3))
      try await eventually("all who wait are told") { received.errors.count == 3 }
      #expect(server.batches.count == 1)
    }
  }
}
