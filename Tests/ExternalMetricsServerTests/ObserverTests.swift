import ExternalMetricsServer
import HTTPServing
import Synchronization
import Testing

/// What telemetry is told.
@Suite struct ObserverTests {
  @Test func everyResponseIsToldOnce() async throws {
    let told = Mutex<[(Int, Duration)]>([])
    for provider in [TestMetrics(), TestMetrics(isStale: true)] {
      let responder = ExternalMetricsResponder(
        provider: provider, isReady: { false },
        onResponse: { status, time in told.withLock { $0.append((status, time)) } })
      for target in [
        "/apis", "/nothing", "/readyz", Asking.base + "/namespaces/ai-inference/redis_stream_length",
        Asking.base + "/namespaces/a/m", Asking.base + "/namespaces/a/m?labelSelector=%3D",
      ] {
        let request = try #require(HTTPRequest(method: .get, target: target))
        if case .later(let make) = responder.respond(to: request) { _ = await make() }
      }
    }
    let statuses = [200, 404, 503, 200, 404, 400]
    #expect(told.withLock { $0.map(\.0) } == statuses + statuses)
    #expect(told.withLock { $0.allSatisfy { $0.1 >= .zero && $0.1 < .seconds(10) } })
  }
}
