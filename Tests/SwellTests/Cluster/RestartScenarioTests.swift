internal import Foundation
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 4: restarts in a loop change nothing. SWELL_TEST_RESTARTS says how many; 100 take about a minute.
@Suite(.serialized) struct RestartScenarioTests {
  private static let names = ["busy", "resting", "minimal", "held", "broken"]

  @Test func restartsChangeNothing() async throws {
    let variable = ProcessInfo.processInfo.environment["SWELL_TEST_RESTARTS"]
    let count = variable.flatMap { Int($0) } ?? 50
    let rig = try await ClusterRig.start()
    let history = try await ReplicaHistory(rig)
    var replicas = ["one": try await rig.replica("one"), "two": try await rig.replica("two")]
    for replica in replicas.values { try await replica.waitUntilReady() }
    let one = try #require(replicas["one"])
    try rig.serve(from: one)
    try await settle(rig, one)
    let before = try state(rig)
    let settled = rig.requests?.count ?? 0
    let proxy = try await MetricsCaller(of: rig)

    for number in 0..<count {
      try await eventually("somebody leads", within: .seconds(20)) { rig.leader != nil }
      let leader = try #require(rig.leader)
      let victim = try #require(replicas[leader])
      let other = try #require(replicas[leader == "one" ? "two" : "one"])
      // HPAs ask the one that stays, which is up to date first.
      try rig.serve(from: other)
      let path = rig.metricPath("s0-redis-streams-busy", of: "busy")
      let reply = try await proxy.get(other, path)
      #expect(reply.status == 200 && reply.body.contains("\"value\":\"25\""), "\(reply)")
      if number % 2 == 0 { victim.kill() } else { victim.run.process.send(signal: SIGTERM) }
      _ = try await victim.run.process.waitUntilExit()
      var next = try await rig.replica(leader)
      if number % 5 == 4 {
        // Again, before it has seen anything.
        next.kill()
        _ = try await next.run.process.waitUntilExit()
        next = try await rig.replica(leader)
      }
      try await next.waitUntilReady()
      replicas[leader] = next
    }

    try await eventually("somebody leads", within: .seconds(20)) { rig.leader != nil }
    try await waitUntilQuiet(rig)
    #expect(try state(rig) == before)
    let writes = try await rig.writes(from: settled).filter { entry in
      // What is wrong with a broken object is told again by each leader.
      !(entry.resource.hasPrefix("events.") && entry.body.contains("\"broken\""))
    }
    #expect(writes.map(\.line) == [])
    let expected: [String: [Int64]] = ["busy": [3], "resting": [0], "minimal": [2], "held": [4]]
    for (name, replicas) in expected { #expect(history.of(name) == replicas, "\(name)") }
    for replica in replicas.values { await replica.stop() }
    await rig.stop()
  }

  private func settle(_ rig: ClusterRig, _ swell: ClusterSwell) async throws {
    for (name, replicas) in [("busy", 3), ("resting", 0), ("minimal", 2), ("held", 4)] {
      try await rig.makeStreams(name)
      try rig.deployment(name, replicas: Int32(replicas))
    }
    try await rig.stream("busy").deliver(25)
    try await rig.apply(rig.manifest("busy"))
    try await rig.apply(rig.manifest("resting"))
    try await rig.apply(rig.manifest("minimal", minimum: "2"))
    try await rig.apply(
      rig.manifest("held").replacing(
        "  name: held\n  namespace",
        with: "  name: held\n  annotations: {autoscaling.keda.sh/paused-replicas: \"4\"}\n  namespace"))
    try await rig.apply(rig.manifest("broken"))
    try await swell.waitUntil("all is settled") {
      try rig.condition("HPAActive", of: "busy") == "True HPAActive"
        && rig.condition("Active", of: "resting") == "False ScalerNotActive"
        && rig.condition("HPAActive", of: "resting") == "True ScalingDisabled"
        && rig.condition("HPAActive", of: "minimal") == "True HPAActive"
        && rig.condition("Paused", of: "held") == "True ScaledObjectPaused"
        && rig.condition("Ready", of: "broken") == "False ScaledObjectCheckFailed"
    }
    try await waitUntilQuiet(rig)
  }

  /// ScaledObjects as they are, to the resourceVersion, and which HPAs there are.
  private func state(_ rig: ClusterRig) throws -> [JSONValue] {
    try Self.names.map { try rig.scaledObject($0) ?? .null }
      + rig.objects.list("horizontalpodautoscalers", in: rig.namespace).map { hpa in
        [hpa["metadata", "uid"] ?? .null, hpa["metadata", "generation"] ?? .null, hpa["spec"] ?? .null]
      }
  }
}
