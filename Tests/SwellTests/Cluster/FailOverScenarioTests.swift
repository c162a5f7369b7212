internal import Foundation
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 4: one of two replicas goes, and the other takes over.
@Suite(.serialized) struct FailOverScenarioTests {
  /// Two replicas, the first of which leads. HPAs ask the second.
  private func pair(_ rig: ClusterRig) async throws -> (ClusterSwell, ClusterSwell) {
    let first = try await rig.replica("first")
    try await first.waitUntilItLeads()
    // The certificate is made by whoever comes first.
    try await first.waitUntilReady()
    let second = try await rig.replica("second")
    try await second.waitUntilReady()
    try rig.serve(from: second)
    return (first, second)
  }

  @Test func aKilledLeaderIsFollowedWithinTenSeconds() async throws {
    let rig = try await ClusterRig.start()
    let history = try await ReplicaHistory(rig)
    let metric = rig.metricPath("s0-redis-streams-inference", of: "inference")
    let (first, second) = try await pair(rig)
    try rig.deployment("leaving", replicas: 1)
    try await rig.makeStreams("leaving")
    try await rig.apply(rig.manifest("leaving", minimum: "1"))
    try rig.deployment("inference", replicas: 0)
    try await rig.stream("inference").deliver(500)
    try await first.waitUntil("the small one is ready") {
      try rig.condition("Ready", of: "leaving") == "True ScaledObjectReady" && rig.hpa("keda-hpa-leaving") != nil
    }
    try await rig.apply(rig.manifest("inference", spec: ["cooldownPeriod: 2"]))
    let proxy = try await MetricsCaller(of: rig)
    try await first.waitUntil("the follower answers") { try await proxy.get(second, metric).status == 200 }
    let reader = MetricReader(proxy, second, metric)
    // The leader dies in the middle of scaling out, with an object to be let go.
    try await first.waitUntil("it has scaled from zero") { try rig.replicas(of: "inference") ?? 0 > 0 }
    first.kill()
    let killed = Timestamp.now
    #expect(try await rig.writes(of: "second", withLeases: true).map(\.line) == [], "a follower writes nothing")
    try rig.delete(scaledObject: "leaving")
    #expect(try rig.scaledObject("leaving") != nil, "its finalizer holds it")

    try await second.waitUntilItLeads()
    let gap = try #require(rig.leadingSince) - killed
    print("taken over \(gap) after the leader was killed")
    #expect(gap < .seconds(10))
    try await second.waitUntil("the deleted one is gone, with its HPA") {
      try rig.scaledObject("leaving") == nil && rig.hpa("keda-hpa-leaving") == nil
    }
    try await second.waitUntil("the workload has 50 replicas") { try rig.replicas(of: "inference") == 50 }
    try await second.waitUntil("the status says so") {
      try rig.condition("Ready", of: "inference") == "True ScaledObjectReady"
        && rig.condition("Active", of: "inference") == "True ScalerActive"
        && rig.condition("HPAActive", of: "inference") == "True HPAActive"
    }
    #expect(try rig.status(of: "inference")?.originalReplicaCount == 0)
    let steps = history.of("inference")
    #expect(steps == steps.sorted(), "only upwards while there is work: \(steps)")
    reader.stop()
    #expect(Set(reader.counts.keys) == ["200 500"], "\(reader.counts)")

    try await rig.stream("inference").acknowledgeAll()
    try await second.waitUntil("the workload is at rest") { try rig.replicas(of: "inference") == 0 }
    let down = Array(history.of("inference").dropFirst(steps.count))
    #expect(down == down.sorted(by: >), "only downwards when it is done: \(down)")
    if rig.requests != nil { #expect(try await rig.scalings() == ["first: inference 1", "second: inference 0"]) }
    #expect(history.of("leaving") == [1])
    try rig.delete(scaledObject: "inference")
    try await second.waitUntil("nothing is left") {
      try rig.scaledObject("inference") == nil && rig.hpa("keda-hpa-inference") == nil
    }
    await second.stop()
    await rig.stop()
  }

  @Test func aLeaderThatIsToldToStopHandsOverInUnderASecond() async throws {
    let rig = try await ClusterRig.start()
    let history = try await ReplicaHistory(rig)
    var (leading, following) = try await pair(rig)
    var follower = "second"
    var leader = "first"
    for (name, count, replicas) in [("busy", 25, 3), ("resting", 0, 0)] {
      try rig.deployment(name, replicas: Int32(replicas))
      try await rig.makeStreams(name)
      if count > 0 { try await rig.stream(name).deliver(count) }
      try await rig.apply(rig.manifest(name))
    }
    try await leading.waitUntil("all is settled") {
      try rig.condition("HPAActive", of: "busy") == "True HPAActive"
        && rig.condition("Active", of: "resting") == "False ScalerNotActive"
        && rig.condition("Ready", of: "resting") == "True ScaledObjectReady"
        && rig.condition("HPAActive", of: "resting") == "True ScalingDisabled"
    }
    try await waitUntilQuiet(rig)
    let (settled, before) = (rig.requests?.count ?? 0, try rig.footprint())
    for _ in 0..<3 {
      try rig.serve(from: following)
      let start = Timestamp.now
      #expect(try await leading.terminate() == 0)
      try await following.waitUntilItLeads()
      #expect(rig.leader == follower)
      let gap = try #require(rig.leadingSince) - start
      print("handed over in \(gap)")
      #expect(gap < .seconds(1))
      (leading, leader, follower) = (following, follower, leader)
      following = try await rig.replica(follower)
      try await following.waitUntilReady()
    }
    try await waitUntilQuiet(rig)
    #expect(try await rig.writes(from: settled).map(\.line) == [], "handing over writes nothing")
    #expect(try rig.footprint() == before)
    #expect(history.of("busy") == [3] && history.of("resting") == [0])
    await leading.stop()
    await following.stop()
    await rig.stop()
  }
}

/// Returns when Swell has written nothing for a second and a half, which is longer than anything here waits to write.
func waitUntilQuiet(_ rig: ClusterRig) async throws {
  var (seen, since) = (try rig.footprint(), ContinuousClock.now)
  var count = try await rig.writes().count
  try await eventually("Swell writes nothing any more", within: .seconds(40), every: .milliseconds(50)) {
    let now = (try await rig.writes().count, try rig.footprint())
    if now.0 != count || now.1 != seen { (count, seen, since) = (now.0, now.1, .now) }
    return since.duration(to: .now) > .milliseconds(1_500)
  }
}
