internal import Foundation
internal import TestSupport
internal import Testing

/// `swell query`: each trigger asked once, now.
@Suite struct QueryTests {
  @Test func answersReadingsAndReplicas() async throws {
    let redis = RedisStream(server: try await RedisServer.start(), stream: "orders")
    try await redis.deliver(23)
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("orders", address: redis.server.address), to: "orders.yaml")

    let text = try await SwellProgram.run("query", "-f", manifests.path)
    #expect(text.status == 0 && text.errors.isEmpty)
    for part in ["shop/orders: 5 replicas, active", "s0-redis-streams-orders: 23 / 5", "answered in", " ms: "] {
      #expect(text.output.contains(part), "no \"\(part)\" in: \(text.output)")
    }

    let json = try await SwellProgram.run("query", "-f", manifests.path, "-o", "json")
    #expect(json.status == 0 && json.errors.isEmpty)
    let entries = try QueryEntry.all(in: json.output)
    let entry = try #require(entries.first)
    #expect(entries.count == 1 && entry.namespace == "shop" && entry.name == "orders")
    #expect(entry.active && entry.desiredReplicas == 5 && entry.reasons.first?.code == "metricDecides")
    let trigger = try #require(entry.triggers.first)
    #expect(trigger.value == 23 && trigger.unknown == nil && trigger.target == "5")
    #expect(trigger.endpoint?.contains(redis.server.address) == true && trigger.answer.contains("23"))
    #expect((0.001..<3_000).contains(trigger.roundTripMilliseconds))
  }

  /// The cause is told as it is, beside what the other triggers said.
  @Test func causesOfUnknownReadings() async throws {
    let redis = RedisStream(server: try await RedisServer.start(), stream: "orders")
    try await redis.deliver(10)
    let hanging = try FaultServer(.hang)
    let garbage = try FaultServer(.answerAlways(Array("what?\r\n".utf8)))
    let resetting = try FaultServer(.reset(afterSending: []))
    defer { for server in [hanging, garbage, resetting] { server.stop() } }
    let refusing = try FaultServer.refusingPort()
    let cases: [(name: String, address: String, stream: String, says: String)] = [
      ("well", redis.server.address, "orders", ""),
      ("refused", "127.0.0.1:\(refusing)", "orders", "refused"),
      ("hanging", "127.0.0.1:\(hanging.port)", "orders", "answer within 1 s"),
      ("garbage", "127.0.0.1:\(garbage.port)", "orders", "127.0.0.1:\(garbage.port)"),
      ("resetting", "127.0.0.1:\(resetting.port)", "orders", "127.0.0.1:\(resetting.port)"),
      ("absent", redis.server.address, "nothing", "nothing"),
    ]
    let manifests = try Manifests()
    for item in cases {
      try manifests.write(
        Manifest.redis(item.name, address: item.address, stream: item.stream), to: item.name + ".yaml")
    }
    let run = try await SwellProgram.run("query", "-f", manifests.path, "--timeout", "1s", "-o", "json")
    #expect(run.status == 1)
    let entries = try QueryEntry.all(in: run.output)
    #expect(entries.map(\.name) == cases.map(\.name).sorted())
    for item in cases {
      let entry = try #require(entries.first { $0.name == item.name })
      let trigger = try #require(entry.triggers.first)
      if item.says.isEmpty {
        #expect(trigger.value == 10 && entry.desiredReplicas == 2)
      } else {
        #expect(trigger.value == nil, "\(item.name): \(trigger)")
        let unknown = try #require(trigger.unknown)
        #expect(unknown.contains(item.says), "\(item.name): \(unknown)")
      }
    }
  }

  /// For people, each cause once, and no answer where there was none.
  @Test func theTextSaysWhatWasAnswered() async throws {
    let redis = try await RedisServer.start()
    let refusing = try FaultServer.refusingPort()
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("refused", address: "127.0.0.1:\(refusing)"), to: "refused.yaml")
    try manifests.write(Manifest.redis("absent", address: redis.address, stream: "nothing"), to: "absent.yaml")
    let run = try await SwellProgram.run("query", "-f", manifests.path)
    #expect(run.status == 1)
    let lines = run.output.split(separator: "\n")
    let refused = lines.filter { $0.contains("127.0.0.1:\(refusing)") }
    #expect(refused.count == 2 && refused.count { $0.contains("refused") } == 1, "\(run.output)")
    #expect(
      refused.last?.contains(#/redis://127\.0\.0\.1:\d+/0 gave no answer \(\d+\.\d\d ms\)/#) == true, "\(run.output)")
    #expect(lines.count { $0.contains("\(redis.address)/0 answered in") } == 1, "\(run.output)")
    await redis.stop()
  }

  /// 0 all known, 1 something unknown or invalid, 2 wrong usage.
  @Test func exitStatusTellsWhatHappened() async throws {
    let redis = RedisStream(server: try await RedisServer.start(), stream: "orders")
    try await redis.deliver(1)
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("well", address: redis.server.address), to: "well.yaml")
    try manifests.write(Manifest.redis("wrong", minimum: "11"), to: "wrong.yaml")
    try manifests.write("a: [", to: "unreadable.yaml")
    let cases: [([String], Int32, says: String)] = [
      (["-f", manifests.folder.path("well.yaml")], 0, "shop/well"),
      (["-f", manifests.path], 1, "lower minReplicaCount"),
      (["-f", manifests.path], 1, "INVALID document  (\(manifests.folder.path("unreadable.yaml"))"),
      (["-f", manifests.path, "-o", "json"], 1, "cannot be read as YAML"),
      (["-f", manifests.folder.path("absent.yaml")], 2, "does not exist"),
      (["-f", manifests.path, "--timeout", "soon"], 2, "soon"),
    ]
    for (arguments, status, text) in cases {
      let run = try await SwellRun.start(["query"] + arguments)
      #expect(try await run.process.waitUntilExit() == status, "\(arguments)")
      #expect((run.output + run.errors).contains(text), "\(arguments): \(run.output)\(run.errors)")
    }
  }
}
