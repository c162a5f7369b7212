internal import Foundation
internal import TestSupport
internal import Testing

/// How `swell local` starts and ends.
@Suite struct LifetimeTests {
  /// With a source that answers, one that hangs, and requests under way.
  @Test(arguments: [SIGINT, SIGTERM]) func signalEndsItWithinTwoSeconds(_ signal: Int32) async throws {
    let redis = RedisStream(server: try await RedisServer.start(), stream: "orders")
    try await redis.deliver(20)
    let hanging = try FaultServer(.hang)
    defer { hanging.stop() }
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("orders", address: redis.server.address), to: "orders.yaml")
    try manifests.write(Manifest.redis("hung", address: "127.0.0.1:\(hanging.port)"), to: "hung.yaml")
    let swell = try await LocalSwell.start(manifests.path)
    try await swell.waitForDecision("a decision") { $0.desiredReplicas == 4 }
    let start = ContinuousClock.now
    swell.run.process.send(signal: signal)
    #expect(try await swell.run.process.waitUntilExit(within: .seconds(2)) == 0)
    #expect(start.duration(to: .now) < .seconds(2))
    // Each line was written whole.
    #expect(swell.run.output.hasSuffix("}\n"))
  }

  /// What a probe must not believe: that all is well because nothing is known yet.
  @Test func nothingIsReadyBeforeTheManifestsAreRead() async throws {
    let redis = RedisStream(server: try await RedisServer.start(), stream: "orders")
    try await redis.deliver(20)
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("orders", address: redis.server.address), to: "orders.yaml")
    // A pipe: to be read when somebody writes.
    let pipe = manifests.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let swell = try await LocalSwell.start(pipe)
    let reply = try await CurlReply.get(swell.telemetry + "/readyz")
    #expect(reply.status == 503)
    #expect(reply.body.contains("the manifests are being read"), "\(reply.body)")
    #expect(try await CurlReply.get(swell.api + "/readyz").status >= 500)

    let writer = try await ChildProcess.start("sh", ["-c", "cat '\(manifests.path)/orders.yaml' > '\(pipe)'"])
    _ = try await writer.waitUntilExit()
    try await swell.waitForDecision("a decision") { $0.desiredReplicas == 4 }
    try await eventually("it is ready", within: .seconds(20)) {
      try await CurlReply.get(swell.telemetry + "/readyz").status == 200
    }
    #expect(try await CurlReply.get(swell.api + "/readyz").status == 200)
    await swell.stop()
  }

  @Test func durationEndsIt() async throws {
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("orders", address: "127.0.0.1:\(try FreePort.next())"), to: "orders.yaml")
    let start = ContinuousClock.now
    let run = try await SwellProgram.run(
      "local", "-f", manifests.path, "--duration", "2s", "--secure-port", "0", "--metrics-port", "0")
    let lasted = start.duration(to: .now)
    #expect(run.status == 0 && lasted > .seconds(2) && lasted < .seconds(15), "\(lasted): \(run.everything)")
    // Not a terminal: JSON, without being told.
    #expect(run.output.hasPrefix("{\""))
  }

  /// On a terminal a table, drawn again in its place: what stood there before stays.
  @Test func tableOnATerminalIsDrawnInPlace() async throws {
    let redis = RedisStream(server: try await RedisServer.start(), stream: "orders")
    try await redis.deliver(20)
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("orders", address: redis.server.address), to: "orders.yaml")
    let command =
      "\(try SwellProgram.path()) local -f \(manifests.path) --duration 4s --secure-port 0 --metrics-port 0 "
      + "--hpa-sync-period 500ms --pod-start-seconds 0"
    let terminal = try await ChildProcess.start("script", ["-qec", command, "/dev/null"])
    #expect(try await terminal.waitUntilExit() == 0)
    let frames = terminal.output.components(separatedBy: "OBJECT ").dropFirst()
    let last = try #require(frames.last)
    #expect(frames.count >= 4 && !terminal.output.contains("{"))
    #expect(last.contains("shop/orders  yes") && last.contains("s0-redis-streams-orders 20 / 5  4 → 4"), "\(last)")
    #expect(last.contains("/api/v1/scaledobjects"), "the addresses stay in view")
    // Up over a heading, a row, an empty line and two remarks; never to the top, never all cleared.
    #expect(frames.dropFirst().dropLast().allSatisfy { $0.hasSuffix("\u{1B}[J\r\u{1B}[4A") }, "\(frames)")
    #expect(!terminal.output.contains("\u{1B}[2J") && !terminal.output.contains("\u{1B}[H"))
  }

  @Test func portThatIsTakenIsAClearError() async throws {
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("orders"), to: "orders.yaml")
    let other = try FaultServer(.hang)
    defer { other.stop() }
    for (taken, free) in [("--secure-port", "--metrics-port"), ("--metrics-port", "--secure-port")] {
      let run = try await SwellProgram.run(
        "local", "-f", manifests.path, taken, "\(other.port)", free, "0", "--duration", "5s")
      #expect(run.status == 1 && run.output.isEmpty)
      for part in [taken, "127.0.0.1:\(other.port)", "another program listens there"] {
        #expect(run.errors.localizedCaseInsensitiveContains(part), "no \"\(part)\" in: \(run.errors)")
      }
    }
  }

  @Test func wrongUsageEndsWithTwo() async throws {
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("orders"), to: "orders.yaml")
    let cases: [([String], says: String)] = [
      ([], "Missing expected argument"),
      (["-f", manifests.folder.path("absent")], "does not exist"),
      (["-f", manifests.path, "--secure-port", "70000"], "0 to 65535"),
      (["-f", manifests.path, "--metrics-port=-1"], "0 to 65535"),
      (["-f", manifests.path, "--duration", "soon"], "soon"),
      (["-f", manifests.path, "--hpa-sync-period", "1ms"], "at least 100ms"),
      (["-f", manifests.path, "--pod-start-seconds=-5"], "must not be negative"),
      (["-f", manifests.path, "-o", "xml"], "'table' and 'json'"),
    ]
    for (arguments, text) in cases {
      let run = try await SwellRun.start(["local"] + arguments)
      #expect(try await run.process.waitUntilExit() == 2, "\(arguments)")
      #expect(run.errors.contains(text), "\(arguments): \(run.errors)")
    }
  }
}
