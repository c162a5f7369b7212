internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 3: what is told of an object, and what happens to objects on unusual ways in and out.
@Suite(.serialized) struct LifecycleScenarioTests {
  @Test func eventsReadAsWithKEDA() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("told").deliver(20)
    try await rig.add("told", replicas: 0)
    try await rig.wait(swell, "told", has: 2)
    try await rig.stream("told").acknowledgeAll()
    try await rig.wait(swell, "told", has: 0)
    func note(_ reason: String, _ text: String) async throws {
      try await eventually("\(reason): \(text)", within: .seconds(20)) {
        try rig.events(reason, of: "told").contains(text)
      }
    }
    try await note("KEDAScalersStarted", "Scaler redis-streams is built")
    try await note("KEDAScalersStarted", "Started scalers watch")
    try await note("ScaledObjectReady", "ScaledObject is ready for scaling")
    try await note(
      "KEDAScaleTargetActivated",
      "Scaled apps/v1.Deployment \(rig.namespace)/told from 0 to 1, triggered by s0-redis-streams-told")
    try await rig.waitForEvent(swell, "KEDAScaleTargetDeactivated", of: "told")
    // The HPA may have been there first.
    let resting = try rig.events("KEDAScaleTargetDeactivated", of: "told")
    #expect(resting.allSatisfy { $0.contains(/^Deactivated apps\/v1.Deployment shop-[0-9a-f]+\/told from [12] to 0$/) })
    let description = try await rig.kubectl("describe", "so", "told")
    for words in ["KEDAScaleTargetActivated", "Started scalers watch", "ScalerNotActive", "Hpa Name:"] {
      #expect(description.contains(words), "\(words): \(description)")
    }
    // Each once: nothing is repeated with every poll.
    #expect(try rig.events("ScaledObjectReady", of: "told").count == 1)
    #expect(try rig.events("KEDAScalersStarted", of: "told").count == 2)
    await swell.stop()
    await rig.stop()
  }

  /// A trigger that cannot be read is no mistake in the object: neither its beginning nor its end makes it ready anew.
  @Test func anObjectIsToldToBeReadyOnce() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.redis.run("SET", "told-once", "no stream")
    try await rig.add("told-once", replicas: 2)
    try await rig.wait(swell, "told-once", "Ready", is: "False TriggerError")
    try await rig.waitForEvent(swell, "ScaledObjectReady", of: "told-once")
    try await rig.redis.run("DEL", "told-once")
    try await rig.stream("told-once").deliver(30)
    try await rig.waitUntilReady(swell, "told-once")
    // Later than the status, and in order: the next event is told after what may have come with it.
    try await rig.annotate("told-once", ["paused": "true"])
    try await rig.waitForEvent(swell, "ScaledObjectPaused", of: "told-once")
    #expect(try rig.events("ScaledObjectReady", of: "told-once").count == 1)
    await swell.stop()
    await rig.stop()
  }

  @Test func theTargetMayChange() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("moving").deliver(30)
    try rig.deployment("other", replicas: 1)
    try await rig.add("moving", replicas: 1)
    try await rig.wait(swell, "moving", has: 3)
    try await rig.patchSpec("moving", ["scaleTargetRef": ["name": "other"]])
    try await rig.wait(swell, "other", has: 3)
    #expect(try rig.hpa(of: "moving")?["spec", "scaleTargetRef", "name"] == "other")
    try await rig.stream("moving").acknowledgeAll()
    try await rig.wait(swell, "other", has: 0)
    #expect(try rig.replicas(of: "moving") == 3)
    await swell.stop()
    await rig.stop()
  }

  /// A poll an hour: without cached metrics an HPA's request reads anew, with them it gets what the poll has read.
  @Test func cachedMetricsAreThoseOfThePoll() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("cached").deliver(40)
    let hourly: [String: JSONValue] = ["pollingInterval": 3_600]
    try await rig.add(
      "cached", replicas: 3, hourly, triggers: [rig.trigger("cached", ["useCachedMetrics": true])])
    try await rig.add("live", replicas: 3, hourly, triggers: [rig.trigger("cached")])
    try await rig.wait(swell, "cached", has: 4)
    try await rig.wait(swell, "live", has: 4)
    try await rig.stream("cached").deliver(20)
    try await rig.wait(swell, "live", has: 6)
    #expect(try rig.replicas(of: "cached") == 4)
    await swell.stop()
    await rig.stop()
  }

  @Test func whatHappensWhileSwellIsDownIsCaughtUp() async throws {
    let rig = try await ClusterRig.start()
    let first = try await rig.swell()
    try await rig.stream("work").deliver(30)
    let triggers = [rig.trigger("work")]
    try await rig.add("gone", replicas: 2, ["advanced": ["restoreToOriginalReplicaCount": true]], triggers: triggers)
    try await rig.add("renamed", replicas: 2, triggers: triggers)
    try await rig.add("paused", replicas: 2, triggers: triggers)
    try await rig.add("freed", replicas: 2, triggers: triggers, annotations: ["autoscaling.keda.sh/paused": "true"])
    for name in ["gone", "renamed", "paused"] { try await rig.wait(first, name, has: 3) }
    try await rig.wait(first, "freed", "Paused", is: "True ScaledObjectPaused")
    #expect(try await first.terminate() == 0)

    try await rig.delete("gone")
    try await rig.patchSpec("renamed", ["advanced": ["horizontalPodAutoscalerConfig": ["name": "new-name"]]])
    try await rig.annotate("paused", ["paused-replicas": "1"])
    try await rig.annotate("freed", ["paused": .null])
    #expect(try rig.scaledObject("gone") != nil)

    let second = try await rig.swell()
    try await second.waitUntil("the deleted object is gone") { try rig.scaledObject("gone") == nil }
    try await rig.wait(second, "gone", has: 2)
    try await second.waitUntil("the HPA is renamed") {
      try rig.hpa("new-name") != nil && rig.hpa(of: "renamed") == nil
    }
    try await rig.wait(second, "paused", has: 1)
    try await rig.waitForHPA(second, of: "paused", exists: false)
    try await rig.wait(second, "freed", has: 3)
    #expect(try rig.replicas(of: "renamed") == 3)
    #expect(try rig.status(of: "renamed")?.originalReplicaCount == 2)
    await second.stop()
    await rig.stop()
  }

  @Test func whatOthersDoToAnObjectIsUndone() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("kept").deliver(20)
    try await rig.add("kept", replicas: 1)
    try await rig.wait(swell, "kept", has: 2)
    try await rig.waitUntilReady(swell, "kept")
    try await rig.wait(swell, "kept", "HPAActive", is: "True HPAActive")
    let before = try #require(try rig.status(of: "kept"))

    try await rig.patch(
      "kept", ["metadata": ["finalizers": .null, "labels": ["scaledobject.keda.sh/name": "somebody-else"]]])
    try await swell.waitUntil("finalizer and label are restored") {
      let metadata = try rig.scaledObject("kept")?["metadata"]
      return metadata?["finalizers"] == ["finalizer.keda.sh"]
        && metadata?["labels", "scaledobject.keda.sh/name"] == "kept"
    }
    try await rig.patch("kept", subresource: "status", ["status": ["conditions": .null, "hpaName": .null]])
    try await swell.waitUntil("the status is restored") {
      let status = try rig.status(of: "kept")
      return Set(status?.conditions ?? []) == Set(before.conditions ?? []) && status?.hpaName == before.hpaName
    }
    #expect(try rig.status(of: "kept")?.originalReplicaCount == before.originalReplicaCount)
    #expect(try rig.condition("Ready", of: "kept") == "True ScaledObjectReady")

    // Replicas set by hand are the HPA's affair above zero; at zero, work is waiting.
    try await rig.patch("kept", resource: "deployments", ["spec": ["replicas": 0]])
    try await rig.wait(swell, "kept", has: 2)
    await swell.stop()
    await rig.stop()
  }

  /// The webhook refuses it now, and it is there: it came in while nobody checked.
  @Test func whatCameInPastTheWebhookIsTakenCareOf() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await swell.waitUntilReady()
    let cpu: JSONValue = ["type": "cpu", "metricType": "Utilization", "metadata": ["value": "50"]]
    try rig.deployment("early", replicas: 2)
    try await swell.waitUntil("the webhook refuses such an object") {
      do {
        try await rig.apply(rig.object("early", triggers: [cpu]))
        try await rig.delete("early")
        return false
      } catch is RequestFailed {
        return true
      }
    }
    try await eventually("it is gone") { try rig.scaledObject("early") == nil }
    try rig.objects.put(rig.object("early", triggers: [cpu]))
    try await rig.waitUntilReady(swell, "early")
    let metadata = try rig.scaledObject("early")?["metadata"]
    #expect(metadata?["finalizers"] == ["finalizer.keda.sh"])
    #expect(metadata?["labels", "scaledobject.keda.sh/name"] == "early")
    #expect(try rig.hpa(of: "early") != nil)
    #expect(try rig.replicas(of: "early") == 2)
    await swell.stop()
    await rig.stop()
  }

  /// Somebody keeps Swell from marking an object: the object says so, and heals.
  @Test func aRefusedMarkIsTold() async throws {
    let rig = try await ClusterRig.start()
    try await rig.allow(["get", "list", "watch"], "scaledobjects")
    let swell = try await rig.swell()
    try await rig.stream("refused").deliver(20)
    try await rig.add("refused", replicas: 0)
    try await rig.wait(swell, "refused", "Ready", is: "False ScaledObjectCheckFailed")
    #expect(
      try rig.message("Ready", of: "refused")
        .hasPrefix("failed to update ScaledObject with scaledObjectName label"))
    #expect(try rig.hpa(of: "refused") == nil)
    try await rig.allow(["get", "list", "watch", "update", "patch"], "scaledobjects")
    try await rig.annotate("refused", ["force-activation": "false"])
    try await rig.wait(swell, "refused", has: 2)
    try await rig.waitUntilReady(swell, "refused")
    await swell.stop()
    await rig.stop()
  }

  /// The label cannot hold its name: that is said, the finalizer is there, and the object can go.
  @Test func aNameTooLongForTheLabelIsTold() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    let name = String(repeating: "n", count: 64)
    try rig.objects.put(rig.object(name, triggers: [rig.trigger("work")]))
    try await rig.wait(swell, name, "Ready", is: "False ScaledObjectCheckFailed")
    let message = try rig.message("Ready", of: name)
    #expect(message.hasPrefix("failed to update ScaledObject with scaledObjectName label: "), "\(message)")
    let metadata = try rig.scaledObject(name)?["metadata"]
    #expect(metadata?["finalizers"] == ["finalizer.keda.sh"])
    #expect(metadata?["labels", "scaledobject.keda.sh/name"] == nil)
    #expect(try rig.hpa(of: name) == nil)
    try await rig.delete(name)
    try await swell.waitUntil("it is gone") { try rig.scaledObject(name) == nil }
    await swell.stop()
    await rig.stop()
  }
}
