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
    let method = chance(20) ? pick(["POST", "HEAD", "DELETE", "PATCH", "get", "X"]) : "GET"
    var headers: [(String, String)] = []
    if chance(4) { headers.append(("Accept", mutated(pick(Self.accepts), one: 6))) }
    var target = pick(Self.paths)
    if chance(3) { target = mutated(target, one: 1) }
    if chance(2) {
      let selector = mutated(pick(Self.selectors), one: 2)
      target += "?labelSelector=" + (chance(2) ? Asking.encoded(selector) : selector)
    }
    if chance(10) { target += pick(["&watch=true", "?watch=1", "?fieldSelector=a", "&limit=%", "?&&=", "#x", "?%zz"]) }
    // What a request line cannot hold is the business of the tests of the server.
    target.unicodeScalars.removeAll { $0.value <= 0x20 || $0.value >= 0x7F }
    return (method, target, headers)
  }

  private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

  private mutating func pick(_ texts: [String]) -> String { texts[Int.random(in: 0..<texts.count, using: &random)] }

  private mutating func mutated(_ text: String, one: Int) -> String {
    guard chance(one) else { return text }
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0x21...0x7E, using: &random)
      case 1:
        bytes.insert(
          contentsOf: pick(["%", "%2F", "%00", "%ff", "/", ",", "=", "!", "(", ")", " ", "a"]).utf8, at: place)
      case 2: bytes.remove(at: place)
      default: bytes.replaceSubrange(place..<place, with: bytes[place...])
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let paths = [
    "/", "/apis", "/apis/external.metrics.k8s.io", Asking.base, "/openapi/v2", "/openapi/v3", "/version", "/readyz",
    "/livez/ping", Asking.base + "/namespaces/ai-inference/redis_stream_length",
    Asking.base + "/namespaces/ai-inference/s0-redis-streams-orders", Asking.base + "/namespaces/other/x",
    "http://h" + Asking.base + "/namespaces/ai-inference/redis_stream_length",
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

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
