import KubernetesAPI
import Testing

@testable import TestSupport

@Suite struct FaultTests {
  let path = Fixture.path

  @Test func answersOfTrouble() async throws {
    let fixture = try await Fixture()
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    let faults = fixture.server.faults
    faults.add(Fault(.tooManyRequests(retryAfter: 3), count: 1))
    let busy = try await fixture.client.get(path)
    #expect(busy.status == 429)
    #expect(busy.header("retry-after") == ["3"])
    #expect(busy.body["details", "retryAfterSeconds"] == 3)
    faults.add(Fault(.status(500), count: 1) { $0.resource == "widgets.example.com" })
    #expect(try await fixture.client.get("/api/v1/namespaces").status == 200)
    #expect(try await fixture.client.get(path).status == 500)
    let conflict = faults.add(Fault(.conflict))
    #expect(try await fixture.client.merge("\(path)/a", ["spec": ["size": 9]]).status == 409)
    #expect(try await fixture.client.get("\(path)/a").body["spec", "size"] == 5)
    #expect(faults.hits(conflict) == 1)
    faults.removeAll()
    #expect(try await fixture.client.merge("\(path)/a", ["spec": ["size": 9]]).status == 200)
    await fixture.server.stop()
  }

  @Test func cutsBeforeAfterAndInTheMiddle() async throws {
    let fixture = try await Fixture()
    for (name, effect, isThere) in [
      ("a", Fault.Effect.cutBefore, false), ("b", .cutAfter, true), ("c", .cutMiddle, true),
    ] {
      let fault = fixture.server.faults.add(Fault(effect) { $0.verb == "create" })
      let client = try TestClient(fixture.server, .admin)
      await #expect(throws: (any Error).self) { try await client.post(path, Fixture.widget(name)) }
      fixture.server.faults.remove(fault)
      let status = try await fixture.client.get("\(path)/\(name)").status
      #expect(status == (isThere ? 200 : 404), "\(name)")
    }
    await fixture.server.stop()
  }

  @Test func chanceHasASeed() {
    func hits(_ seed: UInt64) -> [Bool] {
      let faults = Faults(seed: seed)
      faults.add(Fault(.status(500), probability: 0.3))
      let target = Fault.Target(verb: "get", path: "/", resource: "", namespace: "", name: "", user: "")
      return (0..<1_000).map { _ in !faults.draw(target).isEmpty }
    }
    #expect(hits(1) == hits(1))
    #expect(hits(1) != hits(2))
    #expect((250...350).contains(hits(3).count { $0 }))
  }

  @Test func staleAnswersShowThePast() async throws {
    let fixture = try await Fixture()
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    _ = try await fixture.client.merge("\(path)/a", ["spec": ["size": 6]])
    _ = try await fixture.client.post(path, Fixture.widget("b"))
    fixture.server.faults.add(Fault(.stale(changes: 2)))
    let list = try await fixture.client.get(path).body
    #expect(list["items"]?.items?.map(\.name) == ["a"])
    #expect(list["items"]?[0]?["spec", "size"] == 5)
    #expect(try await fixture.client.get("\(path)/a").body["spec", "size"] == 5)
    #expect(try await fixture.client.get("\(path)/b").status == 404)
    await fixture.server.stop()
  }

  @Test func aServerGoesAndComesBackOnItsPort() async throws {
    let fixture = try await Fixture()
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    let port = fixture.server.port
    await fixture.server.pause()
    await #expect(throws: (any Error).self) { try await fixture.client.get(path) }
    try await fixture.server.resume()
    #expect(fixture.server.port == port)
    #expect(try await fixture.client.get("\(path)/a").status == 200)
    await fixture.server.stop()
  }

  @Test func theLogCountsWrites() async throws {
    let fixture = try await Fixture()
    let start = fixture.server.requests.count
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    _ = try await fixture.client.merge("\(path)/a/status", ["status": ["replicas": 1]])
    _ = try await fixture.client.post(
      "/apis/coordination.k8s.io/v1/namespaces/default/leases",
      ["metadata": ["name": "l"], "spec": ["holderIdentity": "x", "leaseDurationSeconds": 8]])
    _ = try await fixture.client.post("/apis/authentication.k8s.io/v1/tokenreviews", ["spec": ["token": "x"]])
    #expect(
      fixture.server.requests.writes(from: start) == ["widgets.example.com": 1, "widgets.example.com/status": 1])
    #expect(fixture.server.requests.writes(from: start, withLeases: true)["leases.coordination.k8s.io"] == 1)
    let entry = fixture.server.requests.entries(from: start)[1]
    #expect(entry.status == 409 && entry.verb == "create" && entry.user == "kubernetes-admin")
    await fixture.server.stop()
  }
}
