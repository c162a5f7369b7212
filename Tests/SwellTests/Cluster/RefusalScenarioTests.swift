internal import KubernetesAPI
internal import Testing

@testable internal import TestSupport

/// What the API forbids: the object says what and what to do about it, the others go on, nothing is written in vain, and
/// it heals by itself.
@Suite(.serialized) struct RefusalScenarioTests {
  private static let hpaVerbs = ["get", "list", "watch", "create", "update", "patch", "delete"]

  private func wait(
    _ rig: ClusterRig, _ swell: ClusterSwell, _ name: String, isRefused parts: String...
  ) async throws {
    try await rig.wait(swell, name, "Ready", is: "False ScaledObjectCheckFailed")
    let message = try rig.message("Ready", of: name)
    for part in parts + [rig.namespace, "give Swell's ServiceAccount this right"] {
      #expect(message.contains(part), "no \"\(part)\" in: \(message)")
    }
  }

  /// The different texts with which an object has ever said that it is refused something.
  private func texts(_ rig: ClusterRig, of name: String) async throws -> Set<String> {
    let writes = try await rig.writes().filter { $0.resource == "scaledobjects.keda.sh/status" && $0.name == name }
    return try writes.reduce(into: []) { texts, entry in
      let conditions = try JSONText.parse(Array(entry.body.utf8))["status", "conditions"]?.items ?? []
      if let ready = conditions.first(where: { $0["type"] == "Ready" && $0["status"] == "False" }) {
        texts.insert(ready["message"]?.text ?? "")
      }
    }
  }

  @Test func aLeaseThatMayNotBeWritten() async throws {
    let rig = try await ClusterRig.start()
    let rules = try rig.objects.get("roles", "swell", in: "swell-system")?["rules"]?.items ?? []
    try await rig.setOwnRules(rules.filter { $0["apiGroups"] != ["coordination.k8s.io"] }, mayLead: false)
    let swell = try await rig.swell(["--leader-elect", "true"])
    try await swell.waitUntil("it says why nobody leads") {
      swell.log.contains(/the Lease cannot be had.*cannot (get|create) resource "leases"/)
        || swell.log.contains(/the Lease cannot be had.*cannot (get|create) resource \\"leases\\"/)
    }
    try await rig.setOwnRules(rules, mayLead: true)
    try await swell.waitUntil("it leads") { swell.log.contains("this replica leads") }
    await swell.stop()
    await rig.stop()
  }

  @Test func anHPAThatMayNotBeCreated() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("healthy").deliver(20)
    try await rig.stream("refused").deliver(20)
    try await rig.add("healthy", replicas: 0)
    try await rig.wait(swell, "healthy", has: 2)

    try await rig.allow(Self.hpaVerbs.filter { $0 != "create" }, "horizontalpodautoscalers")
    try await rig.add("refused", replicas: 1)
    try await wait(
      rig, swell, "refused", isRefused: "failed to ensure HPA is correctly created for ScaledObject: ", "create",
      "horizontalpodautoscalers")
    try await rig.waitForEvent(swell, "ScaledObjectCheckFailed", of: "refused")
    #expect(try rig.condition("Active", of: "refused") == "Unknown UnknownState")
    try await rig.stream("healthy").deliver(10)
    try await rig.wait(swell, "healthy", has: 3)
    try await rig.waitUntilReady(swell, "healthy")
    // It is tried again and again, and nothing else is written for it.
    if let requests = rig.server?.requests {
      let start = requests.count
      try await swell.waitUntil("it is tried again", within: .seconds(60)) {
        requests.entries(from: start).count {
          $0.verb == "create" && $0.resource.hasPrefix("horizontalpodautoscalers") && $0.status == 403
        } >= 2
      }
      #expect(try await rig.writes(from: start).filter { $0.name.contains("refused") }.map(\.line) == [])
      let texts = try await texts(rig, of: "refused")
      #expect(texts.count == 1, "\(texts)")
      #expect(try rig.events("ScaledObjectCheckFailed", of: "refused").count == 1)
    }

    try await rig.allow(Self.hpaVerbs, "horizontalpodautoscalers")
    try await rig.waitForHPA(swell, of: "refused", exists: true)
    try await rig.waitUntilReady(swell, "refused")
    try await rig.wait(swell, "refused", has: 2)
    await swell.stop()
    await rig.stop()
  }

  /// A change that cannot be carried out stops nothing of what worked before.
  @Test func anHPAThatMayNotBeChangedGoesOn() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("kept").deliver(20)
    try await rig.add("kept", replicas: 0)
    try await rig.wait(swell, "kept", has: 2)
    try await rig.waitUntilReady(swell, "kept")

    try await rig.allow(["get", "list", "watch"], "horizontalpodautoscalers")
    try await rig.patchSpec("kept", ["maxReplicaCount": 4])
    try await wait(rig, swell, "kept", isRefused: "update", "horizontalpodautoscalers")
    try await rig.stream("kept").deliver(40)
    try await rig.wait(swell, "kept", has: 6)

    try await rig.allow(Self.hpaVerbs, "horizontalpodautoscalers")
    try await rig.wait(swell, "kept", has: 4)
    try await rig.waitUntilReady(swell, "kept")
    try await rig.wait(swell, "kept", "Active", is: "True ScalerActive")
    await swell.stop()
    await rig.stop()
  }

  @Test func aTargetThatMayNotBeScaled() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.makeStreams("resting")
    try await rig.add("resting", replicas: 0)
    try await rig.waitUntilReady(swell, "resting")

    try await rig.allow(["get"], "*/scale")
    try await rig.stream("resting").deliver(20)
    try await wait(rig, swell, "resting", isRefused: "update", "deployments.apps/scale")
    try await rig.waitForEvent(swell, "KEDAScaleTargetActivationFailed", of: "resting")
    // Polled each second, tried each second, told once.
    if let requests = rig.server?.requests {
      // The HPA's own condition comes when it looks for the first time, and then stays.
      try await rig.wait(swell, "resting", "HPAActive", is: "True ScalingDisabled")
      let start = requests.count
      try await swell.waitUntil("it is tried again") {
        requests.entries(from: start).count { $0.resource.hasSuffix("/scale") && $0.status == 403 } >= 4
      }
      #expect(try await rig.writes(from: start).filter { $0.resource.hasPrefix("scaledobjects") }.map(\.line) == [])
      let texts = try await texts(rig, of: "resting")
      #expect(texts.count == 1, "\(texts)")
    }

    try await rig.allow(["get", "update", "patch"], "*/scale")
    try await rig.wait(swell, "resting", has: 2)
    try await rig.waitUntilReady(swell, "resting")
    await swell.stop()
    await rig.stop()
  }

  @Test func aPauseThatMayNotDeleteTheHPA() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("held").deliver(20)
    try await rig.add("held", replicas: 0)
    try await rig.wait(swell, "held", has: 2)
    try await rig.wait(swell, "held", "HPAActive", is: "True HPAActive")

    try await rig.allow(Self.hpaVerbs.filter { $0 != "delete" }, "horizontalpodautoscalers")
    try await rig.annotate("held", ["paused": "true"])
    try await wait(
      rig, swell, "held", isRefused: "failed to delete HPA for paused ScaledObject: ", "delete",
      "horizontalpodautoscalers")
    #expect(try rig.condition("Paused", of: "held") == "True ScaledObjectPaused")
    if let requests = rig.server?.requests {
      // The HPA's own condition follows for a moment: it gets no metrics any more.
      try await rig.wait(swell, "held", "HPAActive", is: "False FailedGetExternalMetric")
      let start = requests.count
      try await swell.waitUntil("it is tried again", within: .seconds(60)) {
        requests.entries(from: start).count {
          $0.verb == "delete" && $0.resource.hasPrefix("horizontalpodautoscalers") && $0.status == 403
        } >= 2
      }
      #expect(try await rig.writes(from: start).filter { $0.resource.hasPrefix("scaledobjects") }.map(\.line) == [])
      let texts = try await texts(rig, of: "held")
      #expect(texts.count == 1, "\(texts)")
    }

    try await rig.allow(Self.hpaVerbs, "horizontalpodautoscalers")
    try await rig.waitForHPA(swell, of: "held", exists: false)
    try await rig.waitUntilReady(swell, "held")
    #expect(try rig.message("Ready", of: "held") == "ScaledObject is paused")
    // Of an HPA that is gone nothing is told.
    try await swell.waitUntil("the HPA's condition goes with it") {
      try rig.condition("HPAActive", of: "held") == nil
    }
    await swell.stop()
    await rig.stop()
  }

  /// A status that may not be written cannot say so: an event does.
  @Test func aStatusThatMayNotBeWritten() async throws {
    let rig = try await ClusterRig.start()
    try await rig.allow(["get"], "scaledobjects/status")
    let swell = try await rig.swell()
    try await rig.stream("silent").deliver(20)
    try await rig.add("silent", replicas: 1)
    try await rig.waitForEvent(swell, "ScaledObjectUpdateFailed", of: "silent")
    let told = try rig.events("ScaledObjectUpdateFailed", of: "silent")
    #expect(told.count == 1 && told[0].contains("patch scaledobjects.keda.sh/status"), "\(told)")
    try await rig.allow(["get", "update", "patch"], "scaledobjects/status")
    try await rig.waitUntilReady(swell, "silent")
    try await rig.wait(swell, "silent", has: 2)
    await swell.stop()
    await rig.stop()
  }

  /// As KEDA's webhook tells it: when the object comes and when it is changed.
  @Test func settingsWithoutEffectAreTold() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.makeStreams("idle")
    try await rig.add("idle", replicas: 1, ["minReplicaCount": 1, "cooldownPeriod": .null])
    try await rig.waitForEvent(swell, "KEDAScalerInfo", of: "idle")
    try await rig.patchSpec("idle", ["cooldownPeriod": 30])
    try await swell.waitUntil("the other one is told, too") {
      try Set(rig.events("KEDAScalerInfo", of: "idle").map { $0.prefix(14) }) == ["PollingInterva", "CooldownPeriod"]
    }
    await swell.stop()
    await rig.stop()
  }
}
