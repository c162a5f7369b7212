internal import Foundation
internal import TestSupport
internal import Testing

/// `swell explain`: why an object of a running instance has the replicas it has.
@Suite struct ExplainTests {
  private struct Document: Decodable {
    struct Decisions: Decodable {
      struct Item: Decodable {
        var time: String
        var since: String
        var times: Int
        var author: String
        var scaledTo: Int?
        var reasons: [DecisionLine.Reason]
      }

      var items: [Item]
    }

    var object: ObjectView
    var decisions: Decisions
  }

  @Test func bindingConstraintComesFirst() async throws {
    let redis = RedisStream(server: try await RedisServer.start(), stream: "orders")
    try await redis.deliver(200)
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("orders", address: redis.server.address), to: "orders.yaml")
    let swell = try await LocalSwell.start(manifests.path)
    // 200 at 5 a replica want 40; the maximum is 10.
    try await swell.waitForDecision("the maximum") { $0.currentReplicas == 10 && $0.author == "hpa" }

    let text = try await SwellProgram.run("explain", "shop/orders", "--server", swell.telemetry)
    #expect(text.status == 0 && text.errors.isEmpty)
    let lines = text.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(lines.first?.hasPrefix("shop/orders: ") == true && lines[0].contains("max 10"), "\(text.output)")
    #expect(lines.dropFirst().first?.hasPrefix("because ") == true)
    for part in ["s0-redis-streams-orders: 200 / 5", "Swell 0 -> 1", "HPA   1 -> 4", "newest first"] {
      #expect(text.output.contains(part), "no \"\(part)\" in: \(text.output)")
    }

    let json = try await SwellProgram.run("explain", "shop/orders", "--server", swell.telemetry, "-o", "json")
    #expect(json.status == 0)
    let document = try JSONDecoder().decode(Document.self, from: Data(json.output.utf8))
    #expect(document.object.triggers.map(\.value) == [200] && document.object.desiredReplicas == 10)
    #expect(document.object.reasons.first?.code.hasPrefix("limitedBy") == true, "\(document.object.reasons)")
    let decisions = document.decisions.items
    #expect(decisions.map(\.time) == decisions.map(\.time).sorted(by: >), "newest first")
    #expect(decisions.last?.author == "scaleLoop" && decisions.last?.scaledTo == 1)
    #expect(decisions.allSatisfy { !$0.reasons.isEmpty && $0.times >= 1 && $0.since <= $0.time })
    await swell.stop()
  }

  @Test func whatCannotBeExplained() async throws {
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("orders", address: "127.0.0.1:\(try FreePort.next())"), to: "orders.yaml")
    let swell = try await LocalSwell.start(manifests.path)
    try await swell.waitForDecision("a decision") { _ in true }
    let strange = try FaultServer(.close(afterSending: Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".utf8)))
    defer { strange.stop() }
    let cases: [(object: String, server: String, Int32, says: String)] = [
      ("shop/orders", swell.telemetry, 0, "unknown"),
      ("shop/nobody", swell.telemetry, 1, "no ScaledObject shop/nobody"),
      ("shop/a%2Fb?c#d", swell.telemetry, 1, "no ScaledObject"),
      ("shop/orders", "http://127.0.0.1:\(try FreePort.next())", 1, "refused"),
      ("shop/orders", "http://127.0.0.1:\(strange.port)", 1, "does not answer as Swell does"),
      ("shop/orders", "localhost", 1, "is not a URL"),
      ("orders", swell.telemetry, 2, "NAMESPACE/NAME"),
    ]
    for (object, server, status, text) in cases {
      let run = try await SwellProgram.run("explain", object, "--server", server)
      #expect(run.status == status && run.everything.contains(text), "\(object) \(server): \(run)")
    }
    await swell.stop()
  }
}
