internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 3: minimum, maximum, idle, cooldowns, and changes of them on a running object.
@Suite(.serialized) struct ReplicaBoundsScenarioTests {
  @Test func idleIsBelowTheMinimum() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    let stream = rig.stream("idle")
    try await rig.makeStreams("idle")
    try await rig.add("idle", replicas: 2, ["idleReplicaCount": 0, "minReplicaCount": 2, "maxReplicaCount": 4])
    try await rig.wait(swell, "idle", has: 0)
    try await stream.deliver(5)
    try await rig.wait(swell, "idle", has: 2)
    try await rig.wait(swell, "idle", "Active", is: "True ScalerActive")
    #expect(try rig.hpa(of: "idle")?["spec", "minReplicas"] == 2)
    try await stream.deliver(60)
    try await rig.wait(swell, "idle", has: 4)
    try await stream.acknowledgeAll()
    try await rig.wait(swell, "idle", has: 0)
    await swell.stop()
    await rig.stop()
  }

  @Test func cooldownsAreWaitedFor() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.makeStreams("initial", "long", "slow")
    // An object's creation is recorded in whole seconds, so up to one is missing.
    let start = ContinuousClock.now
    try await rig.add("initial", replicas: 1, ["initialCooldownPeriod": 6])
    try await rig.wait(swell, "initial", "Active", is: "False ScalerCooldown")
    #expect(try rig.replicas(of: "initial") == 1)
    try await rig.wait(swell, "initial", has: 0)
    #expect(start.duration(to: .now) > .seconds(4.9))
    try await rig.add("long", replicas: 0, ["cooldownPeriod": 3_600])
    try await rig.add("slow", replicas: 0, ["pollingInterval": 3_600])
    try await rig.stream("long").deliver(5)
    try await rig.wait(swell, "long", has: 1)
    try await rig.stream("long").acknowledgeAll()
    try await rig.wait(swell, "long", "Active", is: "False ScalerCooldown")
    #expect(try rig.replicas(of: "long") == 1)

    // Both follow a change of a running object.
    try await rig.patchSpec("long", ["cooldownPeriod": 1])
    try await rig.wait(swell, "long", has: 0)
    try await rig.patchSpec("slow", ["pollingInterval": 1])
    try await swell.waitUntil("it is polled each second") {
      let reply = try await CurlReply.get("\(swell.telemetry)/metrics")
      return reply.body.contains(
        #"swell_polling_interval_seconds{namespace="\#(rig.namespace)",scaledObject="slow"} 1"#)
    }
    try await rig.stream("slow").deliver(5)
    try await rig.wait(swell, "slow", has: 1)
    await swell.stop()
    await rig.stop()
  }

  @Test func boundsFollowChanges() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    let stream = rig.stream("bounds")
    try await stream.deliver(200)
    try await rig.add("bounds", replicas: 4, ["maxReplicaCount": 4])
    try await rig.waitUntilReady(swell, "bounds")
    let uid = try rig.hpa(of: "bounds")?["metadata", "uid"]
    #expect(uid != nil)
    try await rig.patchSpec("bounds", ["maxReplicaCount": 6])
    try await rig.wait(swell, "bounds", has: 6)
    try await rig.patchSpec("bounds", ["maxReplicaCount": 3])
    try await rig.wait(swell, "bounds", has: 3)
    try await stream.acknowledgeAll()
    try await rig.wait(swell, "bounds", has: 0)
    try await rig.patchSpec("bounds", ["minReplicaCount": 2])
    try await rig.wait(swell, "bounds", has: 2)
    try await rig.patchSpec("bounds", ["minReplicaCount": 0])
    try await rig.wait(swell, "bounds", has: 0)
    let hpa = try #require(try rig.hpa(of: "bounds"))
    #expect(hpa["metadata", "uid"] == uid)
    #expect(hpa["spec", "minReplicas"] == 1 && hpa["spec", "maxReplicas"] == 3)
    #expect(try rig.status(of: "bounds")?.originalReplicaCount == 4)
    await swell.stop()
    await rig.stop()
  }

  @Test func triggersFollowChanges() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("one").deliver(20)
    try await rig.stream("two").deliver(30)
    try await rig.add("edited", replicas: 2, triggers: [rig.trigger("one")])
    try await rig.waitUntilReady(swell, "edited")
    func metrics() throws -> [JSONValue] { try rig.hpa(of: "edited")?["spec", "metrics"]?.items ?? [] }
    func names() throws -> [String] { try rig.status(of: "edited")?.externalMetricNames ?? [] }

    try await rig.patchSpec("edited", ["triggers": [rig.trigger("one", target: "5")]])
    try await rig.wait(swell, "edited", has: 4)
    #expect(try metrics().first?["external", "target", "averageValue"] == "5")

    // A second one, which asks for more; then only that one, which asks for fewer.
    try await rig.patchSpec("edited", ["triggers": [rig.trigger("one", target: "5"), rig.trigger("two", target: "5")]])
    try await rig.wait(swell, "edited", has: 6)
    try await eventually("the status has both") {
      try names() == ["s0-redis-streams-one", "s1-redis-streams-two"]
    }
    try await rig.patchSpec("edited", ["triggers": [rig.trigger("two")]])
    try await rig.wait(swell, "edited", has: 3)
    try await eventually("the status has the one that is left") {
      try names() == ["s0-redis-streams-two"]
        && Set(rig.status(of: "edited")?.triggersActivity?.keys.map { $0 } ?? []) == ["s0-redis-streams-two"]
    }
    #expect(try metrics().count == 1)

    // cpu needs requests.
    var container = WorkloadSpec.container
    container["resources"] = ["requests": ["cpu": "1"]]
    try await rig.patch(
      "edited", resource: "deployments",
      [
        "spec": [
          "template": [
            "spec": ["containers": [container]]
          ]
        ]
      ])
    let cpu: JSONValue = ["type": "cpu", "metricType": "Utilization", "metadata": ["value": "50"]]
    try await swell.waitUntil("the webhook knows of the requests") {
      (try? await rig.patchSpec("edited", ["triggers": [rig.trigger("two"), cpu]])) != nil
    }
    try await swell.waitUntil("the HPA has both") {
      try metrics().compactMap { $0["type"]?.text } == ["External", "Resource"]
    }
    try await eventually("the status has both types") {
      let status = try rig.status(of: "edited")
      return status?.triggersTypes == "redis-streams,cpu" && status?.resourceMetricNames == ["cpu"]
    }
    await swell.stop()
    await rig.stop()
  }

  /// The loop does not talk a mistake away, and nothing moves until it is mended.
  @Test func aMistakeInAChangeStaysInTheStatus() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("mistaken").deliver(20)
    try await rig.add("mistaken", replicas: 2)
    try await rig.add("witness", replicas: 2, triggers: [rig.trigger("mistaken")])
    try await rig.waitUntilReady(swell, "mistaken", "witness")
    let uid = try rig.hpa(of: "mistaken")?["metadata", "uid"]
    let wrong = rig.trigger("mistaken", ["authenticationRef": ["name": "nowhere"]])
    try await rig.patchSpec("mistaken", ["triggers": [wrong]])
    try await rig.wait(swell, "mistaken", "Ready", is: "False ScaledObjectCheckFailed")
    try await rig.wait(swell, "mistaken", "Active", is: "Unknown UnknownState")
    try await rig.stream("mistaken").acknowledgeAll()
    // Several polls later.
    try await rig.wait(swell, "witness", has: 0)
    #expect(try rig.condition("Ready", of: "mistaken") == "False ScaledObjectCheckFailed")
    #expect(try rig.hpa(of: "mistaken")?["metadata", "uid"] == uid)
    #expect(try rig.replicas(of: "mistaken") == 2)
    try await rig.patchSpec("mistaken", ["triggers": [rig.trigger("mistaken")]])
    try await rig.wait(swell, "mistaken", has: 0)
    try await rig.waitUntilReady(swell, "mistaken")
    await swell.stop()
    await rig.stop()
  }

  @Test func activationIsForced() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.makeStreams("forced")
    try await rig.add("forced", replicas: 0)
    try await rig.wait(swell, "forced", "Active", is: "False ScalerNotActive")
    try await rig.annotate("forced", ["force-activation": "true"])
    try await rig.wait(swell, "forced", has: 1)
    try await rig.wait(swell, "forced", "Active", is: "True ScalerActive")
    #expect(
      try rig.message("Active", of: "forced")
        == "Scaling is performed because activation is being forced by annotation")
    try await rig.waitForEvent(swell, "KEDAScaleTargetActivated", of: "forced")
    #expect(
      try rig.events("KEDAScaleTargetActivated", of: "forced")
        == ["Scaled apps/v1.Deployment \(rig.namespace)/forced from 0 to 1, caused by forced activation annotation"])
    try await rig.annotate("forced", ["force-activation": .null])
    try await rig.wait(swell, "forced", has: 0)
    await swell.stop()
    await rig.stop()
  }
}
