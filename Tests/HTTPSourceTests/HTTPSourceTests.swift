import HTTPSource
import Questions
import TestSupport
import Testing

/// The source, against a real Prometheus and a scripted server.
@Suite(.serialized) struct HTTPSourceTests {
  /// 2026-11-21T05:25:45Z.
  static let now: @Sendable () -> Int64 = { 1_795_238_745 }

  static func ask(_ target: String, appendsTime: Bool = false, timeout: Duration? = nil) -> Question {
    .http(HTTPQuestion(target: target, appendsTime: appendsTime, timeout: timeout))
  }

  @Test func asksPrometheus() async throws {
    let metrics = try ScriptedHTTPServer { _ in .answer(status: 200, body: "orders_waiting 17\n") }
    defer { metrics.stop() }
    let server = try await PrometheusServer.start { $0.scrapes = ["127.0.0.1:\(metrics.port)"] }
    try await withTransport { transport in
      let source = HTTPSource(endpoint: endpoint(server.port), transport: transport, now: Self.now)
      let constant = Self.ask("/api/v1/query?query=vector(42)", appendsTime: true)
      let broken = Self.ask("/api/v1/query?query=sum(")
      let results = await source.answers(to: [constant, broken, constant], timeout: .seconds(20))
      #expect(Self.texts(results)[0]?.contains(#""value":[1795238745,"42"]"#) == true, "\(results)")
      #expect(Self.statuses(results) == [200, 400, 200])

      try await eventually("the metric is scraped", within: .seconds(30), every: .milliseconds(100)) {
        let answer = await source.answers(to: [Self.ask("/api/v1/query?query=orders_waiting")], timeout: .seconds(20))
        return Self.texts(answer)[0]?.contains("\"17\"") == true
      }
      #expect((1...4).contains(source.openConnections))
    }
    await server.stop()
  }

  @Test(arguments: [
    ("/q?query=up", "/q?query=up&time=2026-11-21T05:25:45Z"), ("/q", "/q?time=2026-11-21T05:25:45Z"),
  ]) func appendsTheTime(_ target: String, _ sent: String) async throws {
    let server = try ScriptedHTTPServer { .answer(status: 200, body: $0.target) }
    defer { server.stop() }
    try await withTransport { transport in
      let source = HTTPSource(endpoint: endpoint(server.port), transport: transport, now: Self.now)
      let results = await source.answers(
        to: [Self.ask(target, appendsTime: true), Self.ask(target)], timeout: .seconds(20))
      #expect(Self.texts(results) == [sent, target])
    }
  }

  @Test func theShorterTimeoutCountsAndNeighboursAreUnharmed() async throws {
    let server = try ScriptedHTTPServer { $0.target == "/hang" ? .hang : .answer(status: 200, body: "ok") }
    defer { server.stop() }
    try await withTransport { transport in
      let source = HTTPSource(endpoint: endpoint(server.port), transport: transport, now: Self.now)
      let clock = ContinuousClock()
      var start = clock.now
      let short = [
        Self.ask("/hang", timeout: .milliseconds(200)), Self.ask("/a"), Self.ask("/b", timeout: .seconds(20)),
      ]
      let first = await source.answers(to: short, timeout: .seconds(20))
      #expect(clock.now - start < .seconds(10))
      #expect(Self.texts(first) == [nil, "ok", "ok"])

      start = clock.now
      let second = await source.answers(to: [Self.ask("/hang", timeout: .seconds(60))], timeout: .milliseconds(200))
      #expect(clock.now - start < .seconds(10))
      #expect(Self.codes(second) == [.timedOut])
    }
  }

  @Test func edges() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200, body: "ok") }
    defer { server.stop() }
    try await withTransport { transport in
      let source = HTTPSource(endpoint: endpoint(server.port), transport: transport, now: Self.now)
      #expect(await source.answers(to: [], timeout: .seconds(20)).isEmpty)
      let redis = Question.redis(RedisQuestion([RedisCommand(["PING"], key: nil)]))
      let mixed = await source.answers(to: [redis, Self.ask("/")], timeout: .seconds(20))
      #expect(Self.codes(mixed) == [.wrongSource, nil])
      await source.shutdown()
      #expect(source.openConnections == 0)
      #expect(Self.codes(await source.answers(to: [Self.ask("/")], timeout: .seconds(20))) == [.connectionLost])
      #expect(server.requests.count == 1)
    }
  }

  private static func texts(_ results: [Result<Answer, SourceError>]) -> [String?] {
    results.map {
      if case .success(.http(let answer)) = $0 { String(decoding: answer.body, as: UTF8.self) } else { nil }
    }
  }
  private static func statuses(_ results: [Result<Answer, SourceError>]) -> [Int?] {
    results.map { if case .success(.http(let answer)) = $0 { answer.status } else { nil } }
  }
  private static func codes(_ results: [Result<Answer, SourceError>]) -> [SourceError.Code?] {
    results.map { if case .failure(let error) = $0 { error.code } else { nil } }
  }
}
