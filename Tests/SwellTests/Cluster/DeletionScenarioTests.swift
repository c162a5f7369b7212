internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 3: deletion restores what is to be restored, and never hangs.
@Suite(.serialized) struct DeletionScenarioTests {
  private static let restore: [String: JSONValue] = ["advanced": ["restoreToOriginalReplicaCount": true]]

  @Test func theOriginalReplicasAreRestored() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("work").deliver(40)
    try await rig.add("restored", replicas: 2, Self.restore, triggers: [rig.trigger("work")])
    try await rig.add("left", replicas: 2, triggers: [rig.trigger("work")])
    try await rig.wait(swell, "restored", has: 4)
    try await rig.wait(swell, "left", has: 4)
    for name in ["restored", "left"] {
      #expect(try rig.scaledObject(name)?["metadata", "finalizers"] == ["finalizer.keda.sh"])
      try await rig.delete(name)
      try await swell.waitUntil("\(name) is gone") { try rig.scaledObject(name) == nil && rig.hpa(of: name) == nil }
    }
    try await rig.wait(swell, "restored", has: 2)
    #expect(try rig.replicas(of: "left") == 4)
    try await rig.waitForEvent(swell, "ScaledObjectDeleted", of: "restored")
    try await swell.waitUntil("nothing is told of them any more") {
      let objects = try await CurlReply.get("\(swell.telemetry)/api/v1/scaledobjects")
      let metrics = try await CurlReply.get("\(swell.telemetry)/metrics")
      return !objects.body.contains("restored") && !metrics.body.contains(#"scaledObject="restored""#)
    }
    await swell.stop()
    await rig.stop()
  }

  @Test func finalizersOfOthersStay() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.makeStreams("held")
    try await rig.add("held", replicas: 1)
    try await rig.waitUntilReady(swell, "held")
    try await rig.patch(
      "held", ["metadata": ["finalizers": ["finalizer.keda.sh", "example.com/mine"]]])
    try await rig.delete("held")
    try await swell.waitUntil("only the other finalizer is left") {
      try rig.scaledObject("held")?["metadata", "finalizers"] == ["example.com/mine"]
    }
    try await rig.patch("held", ["metadata": ["finalizers": .null]])
    try await eventually("it is gone") { try rig.scaledObject("held") == nil }
    await swell.stop()
    await rig.stop()
  }

  /// Everything goes at once, in whatever order: broken objects, paused ones, the targets, the credentials.
  @Test func aNamespaceCanBeDeleted() async throws {
    let rig = try await ClusterRig.start()
    try rig.deployment("paused", replicas: 1)
    try rig.objects.put(
      rig.object("broken", ["triggers": [["type": "nonsense", "metadata": [:]]]]))
    let swell = try await rig.swell()
    try await rig.apply(rig.inNamespace(Manifest.password("x", as: "login")))
    try await rig.stream("work").deliver(30)
    for number in 1...5 {
      try await rig.add("w\(number)", replicas: 1, Self.restore, triggers: [rig.trigger("work")])
    }
    try await rig.apply(
      rig.object("paused", Self.restore, annotations: ["autoscaling.keda.sh/paused": "true"]))
    try await rig.apply(rig.object("orphan", Self.restore))
    for number in 1...5 { try await rig.wait(swell, "w\(number)", has: 3) }
    try await rig.wait(swell, "paused", "Paused", is: "True ScaledObjectPaused")
    try await rig.wait(swell, "orphan", "Ready", is: "False ScaledObjectCheckFailed")
    try await rig.wait(swell, "broken", "Ready", is: "False ScaledObjectCheckFailed")
    // KEDA has put its finalizer on these, too.
    try await rig.patch(
      "login", resource: "triggerauthentications", ["metadata": ["finalizers": ["finalizer.keda.sh"]]])

    try await rig.cluster.request("DELETE", "/api/v1/namespaces/\(rig.namespace)")
    try await swell.waitUntil("the namespace is gone", within: .seconds(60)) {
      try rig.objects.get("namespaces", rig.namespace) == nil
    }
    for kind in ["scaledobjects", "horizontalpodautoscalers", "triggerauthentications"] {
      #expect(try rig.objects.list(kind, in: rig.namespace).isEmpty, "\(kind)")
    }
    await swell.stop()
    await rig.stop()
  }
}
