import KubernetesAPI
import Testing

@testable import TestSupport

@Suite struct RequestLogTests {
  private func entry(_ number: Int) -> RequestLog.Entry {
    RequestLog.Entry(
      method: "PATCH", number: number, verb: "patch", path: "", query: "", user: "", userAgent: "",
      resource: "widgets.example.com", namespace: "", name: "\(number)", status: 200, at: .now, took: .zero, body: "")
  }

  @Test func aRequestCountsFromItsBeginning() {
    let log = RequestLog()
    let early = log.begin()
    let start = log.count
    #expect(start == 1 && !log.hasAnswered(to: start))
    let late = log.begin()
    log.add(entry(late))
    #expect(!log.hasAnswered(to: start))
    #expect(log.entries(from: start).map(\.name) == ["1"])
    // What was under way at the start belongs to the time before, whenever it ends.
    log.add(entry(early))
    #expect(log.hasAnswered(to: start) && log.hasAnswered(to: log.count))
    #expect(log.entries(from: start).map(\.name) == ["1"])
    #expect(log.entries.map(\.name) == ["1", "0"])
    #expect(log.writes(from: start) == ["widgets.example.com": 1])
    #expect(log.writes() == ["widgets.example.com": 2])
  }

  /// What a request does can be seen before its answer is there.
  @Test func nothingThatCanBeSeenIsMissing() async throws {
    let fixture = try await Fixture()
    let log = fixture.server.requests
    _ = try await fixture.client.post(Fixture.path, Fixture.widget("a"))
    let start = log.count
    for size in Int64(10)..<60 {
      async let change = fixture.client.merge("\(Fixture.path)/a", ["spec": ["size": .integer(size)]])
      try await eventually("the change is seen") {
        try fixture.server.objects.get("widgets.example.com", "a", in: "default")?["spec", "size"]?.int == size
      }
      let end = log.count
      try await eventually("it has been answered") { log.hasAnswered(to: end) }
      #expect(log.writes(from: start) == ["widgets.example.com": Int(size) - 9])
      #expect(log.entries(from: end).isEmpty)
      _ = try await change
    }
    await fixture.server.stop()
  }
}
