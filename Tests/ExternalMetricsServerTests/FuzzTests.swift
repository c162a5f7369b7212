import ExternalMetricsServer
import HTTPServing
import TestSupport
import Testing

/// Requests from a seed: no crash, and no 5xx, for no source is down here.
@Suite struct FuzzTests {
  @Test func randomRequestsInProcess() async throws {
    var random = RandomRequests(seed: 0xC0FFEE)
    let provider = TestMetrics(Self.healthy)
    let responder = ExternalMetricsResponder(provider: provider, isReady: { true })
    var statuses: [Int: Int] = [:]
    for _ in 0..<100_000 {
      let (method, target, headers) = random.next()
      guard let request = HTTPRequest(method: HTTPMethod(method), target: target, headers: headers) else {
        statuses[400, default: 0] += 1
        continue
      }
      let response =
        switch responder.respond(to: request) {
        case .now(let response): response
        case .later(let make): await make()
        }
      statuses[response.status, default: 0] += 1
      if response.status >= 500 { Issue.record("\(method) \(target.debugDescription): \(response.status)") }
    }
    // The requests reach all there is to reach.
    for status in [200, 400, 404, 405, 406] { #expect(statuses[status, default: 0] > 500, "\(statuses)") }
  }

  @Test func randomRequestsThroughASocket() async throws {
    let responder = ExternalMetricsResponder(provider: TestMetrics(Self.healthy), isReady: { true })
    let server = try await HTTPServer.bind(HTTPServerConfiguration(host: "127.0.0.1", port: 0), responder: responder)
    async let run: Void = server.run()
    var random = RandomRequests(seed: 0xBEEF)
    var served = 0
    for _ in 0..<3_000 {
      let (method, target, headers) = random.next()
      let connection = try RawConnection(port: server.boundAddress.port)
      let lines = headers.map { "\($0): \($1)\r\n" }.joined()
      await connection.send("\(method) \(target) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\(lines)\r\n")
      await connection.finishSending()
      let answer = try await connection.receiveToEnd()
      #expect(answer.hasPrefix("HTTP/1.1 ") && !answer.hasPrefix("HTTP/1.1 5"), "\(method) \(target.debugDescription)")
      if answer.hasPrefix("HTTP/1.1 200") { served += 1 }
    }
    #expect(served > 100)
    server.beginShutdown()
    await run
  }

  private static let healthy = TestMetrics.standard.mapValues { objects in objects.filter { $0.name != "broken" } }
}

/// Mutated paths, methods, queries, selectors and headers.
struct RandomRequests {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func next() -> (method: String, target: String, headers: [(String, String)]) {
    let method = random.chance(20) ? random.pick(["POST", "HEAD", "DELETE", "PATCH", "get", "X"]) : "GET"
    var headers: [(String, String)] = []
    if random.chance(4) { headers.append(("Accept", mutated(random.pick(Self.accepts), one: 6))) }
    var target = random.pick(Self.paths)
    if random.chance(3) { target = mutated(target, one: 1) }
    if random.chance(2) {
      let selector = mutated(random.pick(Self.selectors), one: 2)
      target += "?labelSelector=" + (random.chance(2) ? Asking.encoded(selector) : selector)
    }
    if random.chance(10) { target += random.pick(Self.endings) }
    // What a request line cannot hold is the business of the tests of the server.
    target.unicodeScalars.removeAll { $0.value <= 0x20 || $0.value >= 0x7F }
    return (method, target, headers)
  }

  private mutating func mutated(_ text: String, one: Int) -> String {
    random.chance(one) ? RequestMutator.printable.mutation(of: text, random: &random) : text
  }

  private static let paths = [
    "/", "/apis", "/apis/external.metrics.k8s.io", Asking.base, "/openapi/v2", "/openapi/v3", "/version", "/readyz",
    "/livez/ping", Asking.base + "/namespaces/ai-inference/redis_stream_length",
    Asking.base + "/namespaces/ai-inference/s0-redis-streams-orders", Asking.base + "/namespaces/other/x",
    "http://h" + Asking.base + "/namespaces/ai-inference/redis_stream_length",
  ]
  private static let endings = [
    "&watch=true", "?watch=1", "?fieldSelector=a", "&limit=%", "?&&=", "#x", "?%zz",
  ]
  private static let selectors = [
    "scaledobject.keda.sh/name=inference-worker", "scaledobject.keda.sh/name=batch,team=blue", "team in (red,blue)",
    "!team", "tier>1", "team notin (red),tier", "team!=red", "a==b",
  ]
  private static let accepts = [
    "application/json", "*/*", "application/vnd.kubernetes.protobuf", "application/json;q=0",
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "text/html;level=1,*/*;q=0.1",
  ]
}
