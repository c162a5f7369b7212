import KubernetesAPI
import Testing

@testable import TestSupport

/// The server must not be what a scenario with a thousand objects waits for.
@Suite struct LoadTests {
  @Test func aThousandObjectsUnderEightClients() async throws {
    let fixture = try await Fixture()
    let start = ContinuousClock.now
    try await withThrowingTaskGroup { group in
      for client in 0..<8 {
        group.addTask {
          let client = (try TestClient(fixture.server, .admin), client)
          for index in 0..<125 {
            let name = "w\(client.1)-\(index)"
            _ = try await client.0.post(Fixture.path, Fixture.widget(name))
            _ = try await client.0.merge("\(Fixture.path)/\(name)/status", ["status": ["replicas": 1]])
          }
        }
      }
      try await group.waitForAll()
    }
    let took = start.duration(to: .now)
    let list = try await fixture.client.get(Fixture.path).body["items"]?.items ?? []
    #expect(list.count == 1_000)
    #expect(list.allSatisfy { $0["status", "replicas"] == 1 })
    #expect(fixture.server.requests.writes() == ["widgets.example.com": 1_000, "widgets.example.com/status": 1_000])
    #expect(took < .seconds(60), "2,000 writes took \(took)")
    await fixture.server.stop()
  }
}
