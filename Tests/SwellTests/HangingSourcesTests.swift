internal import Foundation
internal import TestSupport
internal import Testing

/// One healthy source among many that accept connections and never answer.
@Suite struct HangingSourcesTests {
  private static func trigger(_ kind: Int, port: Int) -> String {
    let address = "127.0.0.1:\(port)"
    return switch kind % 3 {
    case 0:
      Manifest.trigger(
        "redis-streams",
        ["address: \(address)", "stream: orders", "consumerGroup: workers", "pendingEntriesCount: \"5\""])
    case 1: Manifest.trigger("prometheus", ["serverAddress: http://\(address)", "query: up", "threshold: \"5\""])
    default: Manifest.trigger("kafka", ["bootstrapServers: \(address)", "topic: orders", "consumerGroup: workers"])
    }
  }

  @Test func nineteenThatHangDoNotDelayTheTwentieth() async throws {
    let hanging = try (0..<19).map { _ in try FaultServer(.hang) }
    defer { for server in hanging { server.stop() } }
    let redis = RedisStream(server: try await RedisServer.start(), stream: "orders")
    try await redis.deliver(20)
    let manifests = try Manifests()
    for (index, server) in hanging.enumerated() {
      let text = Manifest.object("hung-\(index)", triggers: [Self.trigger(index, port: server.port)])
      try manifests.write(text, to: "hung-\(index).yaml")
    }
    try manifests.write(Manifest.redis("well", address: redis.server.address), to: "well.yaml")
    let swell = try await LocalSwell.start(manifests.path)
    let started = ContinuousClock.now
    try await swell.waitForDecision("the healthy one decides", of: "well") { $0.desiredReplicas == 4 }
    #expect(started.duration(to: .now) < .seconds(2), "decided after \(started.duration(to: .now))")

    // GETs of hanging metrics are under way all the time; those of the healthy one come back at once.
    let metric = "s0-redis-streams-orders"
    try await withThrowingTaskGroup { group in
      for index in stride(from: 0, to: 19, by: 3) {
        group.addTask {
          let reply = try await swell.get(metric, in: "shop", of: "hung-\(index)")
          #expect(reply.status == 503 && reply.seconds < 3, "\(reply)")
          #expect(try reply.decoded(as: StatusView.self).kind == "Status")
        }
      }
      group.addTask {
        // All TLS handshakes and processes of this test share two cores: the best of some tells what the server does.
        var seconds: [Double] = []
        for _ in 0..<8 {
          let reply = try await swell.get(metric, in: "shop", of: "well")
          #expect(reply.status == 200 && reply.body.contains("\"value\":\"20\""))
          seconds.append(reply.seconds)
        }
        seconds.sort()
        #expect(seconds[2] < 0.1, "\(seconds)")
        #expect(seconds.allSatisfy { $0 < 1 }, "\(seconds)")
      }
      try await group.waitForAll()
    }

    // Every poll of the healthy one in time, all the while.
    let polls = try swell.decisions("well").filter(\.isLoop)
    for (earlier, later) in zip(polls, polls.dropFirst()) {
      let pause = try later.seconds - earlier.seconds
      #expect(pause < 2, "\(pause) s between two polls a second apart")
    }
    for index in hanging.indices {
      let line = try await swell.waitForDecision("hung-\(index) is known to hang", of: "hung-\(index)") {
        $0.triggers[0].unknown?.contains(/no (complete )?answer.* within 3/) ?? false
      }
      #expect(line.triggers[0].unknown?.contains("127.0.0.1:\(hanging[index].port)") == true, "\(line.triggers)")
      #expect(line.scaledTo == nil && line.desiredReplicas == line.currentReplicas)
    }
    // Everything still ends in time.
    swell.run.process.send(signal: SIGTERM)
    #expect(try await swell.run.process.waitUntilExit(within: .seconds(2)) == 0)
  }

  /// What was read before is served on, with its own time, while the source hangs; the reading that fails replaces it.
  @Test func sourceThatBeginsToHangKeepsNobodyWaiting() async throws {
    let redis = RedisStream(server: try await RedisServer.start(), stream: "orders")
    try await redis.deliver(20)
    let manifests = try Manifests()
    try manifests.write(
      Manifest.redis("orders", address: redis.server.address, spec: ["fallback: {failureThreshold: 2, replicas: 3}"]),
      to: "orders.yaml")
    let swell = try await LocalSwell.start(manifests.path)
    try await swell.waitForDecision("4 replicas") { $0.desiredReplicas == 4 }
    redis.server.freeze()
    let line = try await swell.waitForDecision("the reading fails") { $0.triggers[0].value == nil }
    #expect(line.triggers[0].unknown?.contains("127.0.0.1:\(redis.server.port)") == true, "\(line.triggers)")
    #expect(line.currentReplicas > 0 && line.scaledTo == nil)
    try await swell.waitForDecision("the fallback") { $0.codes.contains("fallback") && $0.desiredReplicas == 3 }
    let reply = try await swell.get("redis_stream_length", in: "shop")
    #expect(reply.status == 200 && reply.seconds < 2.5 && reply.body.contains("\"value\":\"15\""), "\(reply)")
    redis.server.thaw()
    let count = try swell.decisions().count
    try await swell.waitForDecision("the real value again", after: count) { $0.triggers[0].value == 20 }
    await swell.stop()
  }
}
