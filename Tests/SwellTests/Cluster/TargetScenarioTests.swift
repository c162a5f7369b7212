internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 3: everything that has a `/scale`, and what has none, or is not there.
@Suite(.serialized) struct TargetScenarioTests {
  /// Without a selector, an HPA does nothing.
  private static let scale =
    "scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size, labelSelectorPath: .status.selector}"

  /// A kind of the test's own, with or without a scale subresource.
  static func customResource(_ kind: String, isScalable: Bool) -> String {
    """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: \(kind.lowercased())s.example.com}
    spec:
      group: example.com
      scope: Namespaced
      names: {kind: \(kind), plural: \(kind.lowercased())s, singular: \(kind.lowercased())}
      versions:
        - name: v1
          served: true
          storage: true
          subresources:
            status: {}
            \(isScalable ? scale : "")
          schema:
            openAPIV3Schema:
              type: object
              x-kubernetes-preserve-unknown-fields: true

    """
  }

  /// As the controller of such a kind would write it.
  private static let status: JSONValue = ["size": 0, "selector": "app=custom"]

  @Test func everyKindWithScaleIsScaled() async throws {
    let rig = try await ClusterRig.start()
    try await rig.apply(Self.customResource("Farm", isScalable: true))
    let swell = try await rig.swell()
    let stream = rig.stream("work")
    try await stream.deliver(30)
    try rig.deployment("set", replicas: 0, kind: "ReplicaSet")
    try rig.deployment("stateful", replicas: 0, kind: "StatefulSet")
    try rig.objects.put([
      "apiVersion": "example.com/v1", "kind": "Farm",
      "metadata": ["name": "farm", "namespace": .string(rig.namespace)],
      "spec": ["size": 0], "status": Self.status,
    ])
    for (name, version, kind) in [
      ("set", "apps/v1", "ReplicaSet"), ("stateful", "apps/v1", "StatefulSet"), ("farm", "example.com/v1", "Farm"),
    ] {
      let target: JSONValue = ["apiVersion": .string(version), "kind": .string(kind), "name": .string(name)]
      try await rig.apply(rig.object(name, ["scaleTargetRef": target], triggers: [rig.trigger("work")]))
    }
    func size() throws -> Int64? { try rig.objects.get("farms", "farm", in: rig.namespace)?["spec", "size"]?.int }
    try await rig.wait(swell, "set", has: 3, kind: "replicasets")
    try await rig.wait(swell, "stateful", has: 3, kind: "statefulsets")
    try await swell.waitUntil("the custom resource has 3") { try size() == 3 }
    try await eventually("the status tells of it") {
      let status = try rig.status(of: "farm")
      return status?.scaleTargetKind == "example.com/v1.Farm"
        && status?.scaleTargetGVKR
          == GroupVersionKindResource(group: "example.com", version: "v1", kind: "Farm", resource: "farms")
    }
    #expect(
      try rig.hpa(of: "farm")?["spec", "scaleTargetRef"]
        == ["apiVersion": "example.com/v1", "kind": "Farm", "name": "farm"])
    try await stream.acknowledgeAll()
    try await rig.wait(swell, "set", has: 0, kind: "replicasets")
    try await rig.wait(swell, "stateful", has: 0, kind: "statefulsets")
    try await swell.waitUntil("the custom resource has none") { try size() == 0 }
    await swell.stop()
    await rig.stop()
  }

  /// Of such a resource the API server answers `/scale` with a 500.
  @Test func aCustomResourceWithoutReplicasIsTold() async throws {
    let rig = try await ClusterRig.start()
    try await rig.apply(Self.customResource("Farm", isScalable: true))
    let farm: JSONValue = [
      "apiVersion": "example.com/v1", "kind": "Farm", "spec": [:],
      "metadata": ["name": "farm", "namespace": .string(rig.namespace)],
    ]
    try rig.objects.put(farm)
    let swell = try await rig.swell()
    try await rig.stream("work").deliver(20)
    let target: JSONValue = ["apiVersion": "example.com/v1", "kind": "Farm", "name": "farm"]
    try await rig.apply(rig.object("farm", ["scaleTargetRef": target], triggers: [rig.trigger("work")]))
    try await rig.wait(swell, "farm", "Ready", is: "False ScaledObjectCheckFailed")
    let message = try rig.message("Ready", of: "farm")
    #expect(message.hasPrefix("ScaledObject doesn't have correct scaleTargetRef specification: "), "\(message)")
    #expect(message.contains("does not say how many replicas it has: set the field in it"), "\(message)")
    #expect(message.contains("specReplicasPath"), "\(message)")
    try await rig.waitForEvent(swell, "ScaledObjectCheckFailed", of: "farm")
    var sized = farm
    sized["spec"] = ["size": 0]
    try rig.objects.put(sized)
    try await swell.waitUntil("it has 2", within: .seconds(60)) {
      try rig.objects.get("farms", "farm", in: rig.namespace)?["spec", "size"]?.int == 2
    }
    try await rig.waitUntilReady(swell, "farm")
    await swell.stop()
    await rig.stop()
  }

  @Test func aMissingTargetHealsWhenItComes() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("late").deliver(20)
    try await rig.apply(rig.object("late"))
    try await rig.wait(swell, "late", "Ready", is: "False ScaledObjectCheckFailed")
    try await rig.wait(swell, "late", "Active", is: "Unknown UnknownState")
    let message = try rig.message("Ready", of: "late")
    #expect(message.hasPrefix("ScaledObject doesn't have correct scaleTargetRef specification"), "\(message)")
    #expect(message.contains("late") && message.contains("does not exist"), "\(message)")
    try await rig.waitForEvent(swell, "ScaledObjectCheckFailed", of: "late")
    try await eventually("both events are told") {
      try Set(rig.events("ScaledObjectCheckFailed", of: "late")) == [
        "Target resource doesn't exist", "ScaledObject doesn't have correct scaleTargetRef specification",
      ]
    }
    try rig.deployment("late", replicas: 0)
    try await rig.wait(swell, "late", has: 2)
    try await rig.waitUntilReady(swell, "late")

    // It goes, and comes back. As in KEDA, that is for the loop to tell, and nothing else changes meanwhile.
    try await rig.delete("late", resource: "deployments")
    try await rig.wait(swell, "late", "Ready", is: "False ErrorGettingCurrentReplicas")
    #expect(try rig.message("Ready", of: "late").hasPrefix("Error getting current replicas count for ScaleTarget: "))
    #expect(try rig.condition("Active", of: "late") == "True ScalerActive")
    #expect(try rig.hpa(of: "late") != nil)
    try rig.deployment("late", replicas: 0)
    try await rig.wait(swell, "late", has: 2)
    try await rig.waitUntilReady(swell, "late")
    await swell.stop()
    await rig.stop()
  }

  /// Of kinds that Swell does not watch: the object first, or even its definition.
  @Test func aMissingCustomResourceHealsWhenItComes() async throws {
    let rig = try await ClusterRig.start()
    try await rig.apply(Self.customResource("Farm", isScalable: true))
    try await rig.stream("work").deliver(20)
    // Before the webhook is there, which knows no such kind.
    for (name, kind) in [("farm", "Farm"), ("mill", "Mill")] {
      let target: JSONValue = ["apiVersion": "example.com/v1", "kind": .string(kind), "name": .string(name)]
      try await rig.apply(rig.object(name, ["scaleTargetRef": target], triggers: [rig.trigger("work")]))
    }
    let swell = try await rig.swell()
    for name in ["farm", "mill"] { try await rig.wait(swell, name, "Ready", is: "False ScaledObjectCheckFailed") }
    try await rig.apply(Self.customResource("Mill", isScalable: true))
    for (name, kind) in [("farm", "Farm"), ("mill", "Mill")] {
      try rig.objects.put([
        "apiVersion": "example.com/v1", "kind": .string(kind), "spec": ["size": 0], "status": Self.status,
        "metadata": ["name": .string(name), "namespace": .string(rig.namespace)],
      ])
    }
    for name in ["farm", "mill"] {
      try await swell.waitUntil("\(name) has 2", within: .seconds(60)) {
        try rig.objects.get("\(name)s", name, in: rig.namespace)?["spec", "size"] == 2
      }
      try await rig.waitUntilReady(swell, name)
    }
    await swell.stop()
    await rig.stop()
  }

  @Test func brokenObjectsHarmNobody() async throws {
    let rig = try await ClusterRig.start()
    try await rig.apply(Self.customResource("Stone", isScalable: false))
    let stream = rig.stream("work")
    let trigger = rig.trigger("work")
    try rig.objects.put([
      "apiVersion": "example.com/v1", "kind": "Stone",
      "metadata": ["name": "stone", "namespace": .string(rig.namespace)],
    ])
    let unknownType: JSONValue = ["type": "nonsense", "metadata": ["a": "b"]]
    let unanswered: JSONValue = rig.trigger("work", address: "127.0.0.1:1")
    let stone: JSONValue = ["apiVersion": "example.com/v1", "kind": "Stone", "name": "stone"]
    let ghost: JSONValue = ["apiVersion": "example.org/v1", "kind": "Ghost", "name": "ghost"]
    let broken: [(name: String, spec: [String: JSONValue], words: String)] = [
      ("unknown-type", ["triggers": [unknownType]], "no scaler found for type: nonsense"),
      ("wrong-value", ["triggers": [rig.trigger("work", target: "ten")]], "pendingEntriesCount"),
      ("wrong-idle", ["idleReplicaCount": 5, "minReplicaCount": 2], "idleReplicaCount"),
      ("no-login", ["triggers": [rig.trigger("work", ["authenticationRef": ["name": "nowhere"]])]], "nowhere"),
      ("unscalable", ["scaleTargetRef": stone], "scaleTargetRef"),
      ("unknown-kind", ["scaleTargetRef": ghost], "Ghost"),
      ("same-name", ["triggers": [rig.trigger("work", ["name": "a"]), rig.trigger("b", ["name": "a"])]], "\"a\""),
    ]
    // Past the webhook, as those came that were there before it.
    for entry in broken {
      try rig.deployment(entry.name, replicas: 1)
      try rig.objects.put(rig.object(entry.name, entry.spec, triggers: [trigger]))
    }
    for (name, replicas, trigger) in [("unanswered", Int32(1), unanswered), ("healthy", 0, trigger)] {
      try rig.deployment(name, replicas: replicas)
      try rig.objects.put(rig.object(name, triggers: [trigger]))
    }
    let swell = try await rig.swell()
    try await stream.deliver(30)
    try await rig.wait(swell, "healthy", has: 3)
    try await rig.waitUntilReady(swell, "healthy")
    for entry in broken {
      try await rig.wait(swell, entry.name, "Ready", is: "False ScaledObjectCheckFailed")
      let message = try rig.message("Ready", of: entry.name)
      #expect(message.contains(entry.words), "\(entry.name): \(message)")
      try await rig.waitForEvent(swell, "ScaledObjectCheckFailed", of: entry.name)
    }
    try await eventually("both events are told") {
      try Set(rig.events("ScaledObjectCheckFailed", of: "unscalable")) == [
        "Target resource doesn't expose /scale subresource",
        "ScaledObject doesn't have correct scaleTargetRef specification",
      ]
    }
    try await rig.wait(swell, "unanswered", "Ready", is: "False TriggerError")
    try await stream.acknowledgeAll()
    try await rig.wait(swell, "healthy", has: 0)
    for entry in broken { #expect(try rig.replicas(of: entry.name) == 1, "\(entry.name)") }
    #expect(try rig.replicas(of: "unanswered") == 1)

    // Corrected, they work. (As with KEDA, the webhook cannot compare anything with a target of unknown kind.)
    try await rig.delete("unknown-kind")
    try await eventually("it is gone") { try rig.scaledObject("unknown-kind") == nil }
    try await rig.patchSpec("wrong-value", ["triggers": [trigger]])
    try await rig.patchSpec("wrong-idle", ["idleReplicaCount": .null])
    try await rig.wait(swell, "wrong-value", has: 0)
    try await rig.wait(swell, "wrong-idle", has: 2)
    try await rig.waitUntilReady(swell, "wrong-value", "wrong-idle")
    await swell.stop()
    await rig.stop()
  }
}
