internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 3: the source is down, and each behavior of a fallback keeps its word.
@Suite(.serialized) struct FallbackScenarioTests {
  private static let metric = "s0-redis-streams-work"

  private static func fallback(_ behavior: String?, replicas: Int64, threshold: Int64 = 2) -> [String: JSONValue] {
    var fallback: [String: JSONValue] = ["failureThreshold": .integer(threshold), "replicas": .integer(replicas)]
    fallback["behavior"] = behavior.map { .string($0) }
    return ["fallback": .object(fallback)]
  }

  @Test func everyBehaviorWhileTheSourceIsDown() async throws {
    let rig = try await ClusterRig.start()
    let source = try await RedisServer.start()
    let swell = try await rig.swell()
    try await RedisStream(server: source, stream: "work").deliver(40)
    try await RedisStream(server: source, stream: "empty").deliver(1)
    try await RedisStream(server: source, stream: "empty").acknowledgeAll()
    let trigger = rig.trigger("work", address: source.address)
    let byValue = rig.trigger("work", address: source.address, ["metricType": "Value"])
    let cases: [(name: String, spec: [String: JSONValue], trigger: JSONValue, replicas: Int64)] = [
      ("fixed", Self.fallback("static", replicas: 3), trigger, 3),
      ("unsaid", Self.fallback(nil, replicas: 6), trigger, 6),
      ("current", Self.fallback("currentReplicas", replicas: 3), trigger, 4),
      ("higher", Self.fallback("currentReplicasIfHigher", replicas: 3), trigger, 4),
      ("higher-than-that", Self.fallback("currentReplicasIfHigher", replicas: 6), trigger, 6),
      ("lower", Self.fallback("currentReplicasIfLower", replicas: 3), trigger, 3),
      ("value", Self.fallback("static", replicas: 3).merging(["maxReplicaCount": 4]) { $1 }, byValue, 3),
    ]
    for entry in cases { try await rig.add(entry.name, replicas: 4, entry.spec, triggers: [entry.trigger]) }
    let empty = rig.trigger("empty", address: source.address)
    try await rig.add("from-zero", replicas: 0, Self.fallback("static", replicas: 3), triggers: [empty])
    // Not yet falling back, and nothing to be afraid of: it may rest, as with KEDA.
    try await rig.add(
      "to-zero", replicas: 4, Self.fallback("static", replicas: 0, threshold: 1_000), triggers: [trigger])
    try await rig.add("without", replicas: 4, triggers: [trigger])
    try await rig.stream("well").deliver(50)
    try await rig.add("partly", replicas: 4, triggers: [trigger, rig.trigger("well")])
    for name in cases.map(\.name) + ["from-zero", "to-zero", "without", "partly"] {
      try await rig.waitUntilReady(swell, name)
      try await rig.wait(swell, name, "Fallback", is: "False NoFallbackFound")
    }
    for entry in cases { #expect(try rig.replicas(of: entry.name) == 4, "\(entry.name)") }
    #expect(try rig.status(of: "fixed")?.health?[Self.metric]?.status == "Happy")

    await source.crash()
    for entry in cases {
      try await rig.wait(swell, entry.name, "Fallback", is: "True FallbackExists")
      try await rig.wait(swell, entry.name, has: entry.replicas)
    }
    try await rig.wait(swell, "from-zero", has: 3)
    try await rig.wait(swell, "to-zero", has: 0)
    try await rig.wait(swell, "without", "Ready", is: "False TriggerError")
    #expect(try rig.replicas(of: "without") == 4)
    try await rig.wait(swell, "partly", has: 5)
    try await rig.wait(swell, "partly", "Ready", is: "Unknown PartialTriggerError")
    try await rig.waitUntilReady(swell, "fixed", "from-zero")
    let health = try #require(try rig.status(of: "fixed")?.health?[Self.metric])
    #expect(health.status == "Failing" && (health.numberOfFailures ?? 0) > 2)
    try await rig.waitForEvent(swell, "ScaledObjectFallbackActivated", of: "fixed")
    try await rig.waitForEvent(swell, "KEDAScalerFailed", of: "without")
    // Each cause is told once, however often the source is asked or left alone.
    try await swell.waitUntil("it has failed often") {
      try (rig.status(of: "fixed")?.health?[Self.metric]?.numberOfFailures ?? 0) > 6
    }
    let told = swell.log.split(separator: "\n").filter { $0.contains("a trigger is unknown") }
    #expect(!told.isEmpty)
    for name in ["fixed", "without"] {
      // Of a cause that many have in common, the log tells of some.
      let told = told.filter { $0.contains("scaledObject=\(rig.namespace)/\(name) ") }
      #expect(told.count <= 3, "\(told)")
      #expect((1...3).contains(try rig.events("KEDAScalerFailed", of: name).count))
    }
    #expect(swell.log.contains("ScaledObject fallback is active"))
    // A failing source is no reason to move on from where the fallback has led.
    for entry in cases { #expect(try rig.replicas(of: entry.name) == entry.replicas, "\(entry.name)") }

    let again = try await RedisServer.start { $0.port = source.port }
    try await RedisStream(server: again, stream: "work").deliver(40)
    try await RedisStream(server: again, stream: "empty").deliver(1)
    try await RedisStream(server: again, stream: "empty").acknowledgeAll()
    for entry in cases where entry.name != "value" {
      try await rig.wait(swell, entry.name, "Fallback", is: "False NoFallbackFound")
      try await rig.wait(swell, entry.name, has: 4)
    }
    try await rig.wait(swell, "from-zero", has: 0)
    try await rig.wait(swell, "to-zero", has: 4)
    try await rig.waitUntilReady(swell, "without", "partly")
    try await rig.waitForEvent(swell, "ScaledObjectFallbackDeactivated", of: "fixed")
    #expect(swell.log.contains("a trigger is known again"))
    try await eventually("its health is well") {
      let health = try rig.status(of: "fixed")?.health?[Self.metric]
      return health?.status == "Happy" && (health?.numberOfFailures ?? 0) == 0
    }
    await swell.stop()
    await again.stop()
    await rig.stop()
  }

  /// An object that begins while its source is down: it falls back as one whose source went.
  @Test func aSourceThatWasNeverThere() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    let port = try FreePort.next()
    let trigger = rig.trigger("work", address: "127.0.0.1:\(port)")
    try await rig.add("begun", replicas: 0, Self.fallback("static", replicas: 3), triggers: [trigger])
    try await rig.wait(swell, "begun", has: 3)
    try await rig.wait(swell, "begun", "Fallback", is: "True FallbackExists")
    try await rig.waitUntilReady(swell, "begun")
    let source = try await RedisServer.start { $0.port = port }
    try await RedisStream(server: source, stream: "work").deliver(20)
    try await rig.wait(swell, "begun", has: 2)
    await swell.stop()
    await source.stop()
    await rig.stop()
  }
}
