internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 3: the HPA as Swell makes, keeps, renames and takes it over.
@Suite(.serialized) struct HPAScenarioTests {
  @Test func itsNameMayChangeBothWays() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("renamed").deliver(20)
    try await rig.add("renamed", replicas: 2)
    try await rig.waitUntilReady(swell, "renamed")
    #expect(try rig.status(of: "renamed")?.hpaName == "keda-hpa-renamed")

    try await rig.patchSpec("renamed", ["advanced": ["horizontalPodAutoscalerConfig": ["name": "my-own"]]])
    try await swell.waitUntil("the HPA has the new name") {
      try rig.hpa("my-own") != nil && rig.hpa(of: "renamed") == nil
        && rig.status(of: "renamed")?.hpaName == "my-own"
    }
    #expect(try rig.hpa("my-own")?["metadata", "labels", "app.kubernetes.io/name"] == "my-own")
    try await rig.patchSpec("renamed", ["advanced": .null])
    try await swell.waitUntil("the HPA has the old name again") {
      try rig.hpa("my-own") == nil && rig.hpa(of: "renamed") != nil
        && rig.status(of: "renamed")?.hpaName == "keda-hpa-renamed"
    }
    #expect(try rig.replicas(of: "renamed") == 2)
    await swell.stop()
    await rig.stop()
  }

  @Test func whatOthersDoToItIsUndone() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("kept").deliver(20)
    try await rig.add("kept", replicas: 2)
    try await rig.waitUntilReady(swell, "kept")
    let first = try #require(try rig.hpa(of: "kept"))

    try await rig.delete("keda-hpa-kept", resource: "horizontalpodautoscalers")
    try await swell.waitUntil("there is a new HPA") {
      let uid = try rig.hpa(of: "kept")?["metadata", "uid"]
      return uid != nil && uid != first["metadata", "uid"]
    }
    let second = try #require(try rig.hpa(of: "kept"))
    #expect(second["spec"] == first["spec"])

    try await rig.patch(
      "keda-hpa-kept", resource: "horizontalpodautoscalers", ["metadata": ["ownerReferences": .null]])
    try await swell.waitUntil("it has its owner again") {
      try rig.hpa(of: "kept")?["metadata", "ownerReferences"]?[0]?["name"] == "kept"
    }
    try await rig.patch("keda-hpa-kept", resource: "horizontalpodautoscalers", ["spec": ["maxReplicas": 77]])
    try await swell.waitUntil("its maximum is restored") {
      try rig.hpa(of: "kept")?["spec", "maxReplicas"] == 10
    }
    try await rig.patch(
      "keda-hpa-kept", resource: "horizontalpodautoscalers",
      ["metadata": ["labels": ["app.kubernetes.io/managed-by": "somebody"], "annotations": ["note": "mine"]]])
    try await swell.waitUntil("its label is restored") {
      try rig.hpa(of: "kept")?["metadata", "labels", "app.kubernetes.io/managed-by"] == "keda-operator"
    }
    #expect(try rig.hpa(of: "kept")?["metadata", "uid"] == second["metadata", "uid"])
    // The loop has been running all the time: as with KEDA, nothing is said to have started. An event comes later than
    // what it tells of, and in order: the pause's comes after any of the new HPA.
    try await rig.annotate("kept", ["paused-scale-in": "true"])
    try await rig.waitForEvent(swell, "ScaledObjectPaused", of: "kept")
    #expect(
      try rig.events("KEDAScalersStarted", of: "kept").sorted() == [
        "Scaler redis-streams is built", "Started scalers watch",
      ])
    // An end before the beginning has been written would be no change.
    try await rig.wait(swell, "kept", "Paused", is: "True ScaledObjectPaused")
    try await rig.annotate("kept", ["paused-scale-in": .null])
    try await rig.wait(swell, "kept", "Paused", is: "False ScaledObjectUnpaused")

    // What others add is no reason to write, as with KEDA. (A write is in the log when it has been answered.)
    try await waitUntilQuiet(rig)
    let before = rig.requests?.count ?? 0
    try await rig.patch(
      "keda-hpa-kept", resource: "horizontalpodautoscalers", ["metadata": ["labels": ["cost-center": "7"]]])
    try await rig.annotate("kept", ["force-activation": "false"])
    try await swell.waitUntil("the annotation has reached the HPA") {
      try rig.hpa(of: "kept")?["metadata", "annotations", "autoscaling.keda.sh/force-activation"] == "false"
    }
    try await waitUntilQuiet(rig)
    if rig.requests != nil {
      let writes = try await rig.writes(from: before).filter { $0.resource.hasPrefix("horizontalpodautoscalers") }
      #expect(writes.count == 1, "\(writes.map(\.line))")
    }
    await swell.stop()
    await rig.stop()
  }

  @Test func itCarriesTheLabelsAndAnnotations() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.makeStreams("marked")
    try await rig.add(
      "marked", replicas: 1,
      annotations: [
        "team": "orders", "scaledobject.keda.sh/hpa-excluded-labels": "argocd.argoproj.io/instance,private",
      ],
      labels: ["tier": "gold", "private": "yes", "argocd.argoproj.io/instance": "app"])
    try await rig.waitUntilReady(swell, "marked")
    let hpa = try #require(try rig.hpa(of: "marked"))
    var labels = hpa["metadata", "labels"]?.strings ?? [:]
    #expect(labels.removeValue(forKey: "app.kubernetes.io/version") != nil)
    #expect(
      labels == [
        "app.kubernetes.io/name": "keda-hpa-marked", "app.kubernetes.io/part-of": "marked",
        "app.kubernetes.io/managed-by": "keda-operator", "scaledobject.keda.sh/name": "marked", "tier": "gold",
      ])
    #expect(
      hpa["metadata", "annotations"]
        == [
          "team": "orders", "scaledobject.keda.sh/hpa-excluded-labels": "argocd.argoproj.io/instance,private",
        ])
    let owner = try #require(hpa["metadata", "ownerReferences"]?[0])
    #expect(owner["uid"] == (try rig.scaledObject("marked")?["metadata", "uid"]))
    #expect(owner["controller"] == true && owner["kind"] == "ScaledObject")

    try await rig.patch("marked", ["metadata": ["labels": ["tier": "silver"], "annotations": ["team": "billing"]]])
    try await swell.waitUntil("both follow") {
      let metadata = try rig.hpa(of: "marked")?["metadata"]
      return metadata?["labels", "tier"] == "silver" && metadata?["annotations", "team"] == "billing"
    }
    #expect(try rig.scaledObject("marked")?["metadata", "labels", "scaledobject.keda.sh/name"] == "marked")
    // The last annotation gone, the HPA has none either.
    try await rig.patch("marked", ["metadata": ["annotations": .null]])
    try await swell.waitUntil("the HPA's are gone, too") {
      (try rig.hpa(of: "marked")?["metadata", "annotations"]?.strings ?? [:]).isEmpty
    }
    await swell.stop()
    await rig.stop()
  }

  @Test func anExistingOneIsTakenOver() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await swell.waitUntilReady()
    try await rig.stream("taken").deliver(20)
    try rig.deployment("taken", replicas: 2)
    try await rig.apply(
      """
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata: {name: by-hand, namespace: \(rig.namespace)}
      spec:
        scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: taken}
        minReplicas: 2
        maxReplicas: 3
        metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
      """)
    let uid = try rig.hpa("by-hand")?["metadata", "uid"]
    let advanced: JSONValue = ["horizontalPodAutoscalerConfig": ["name": "by-hand"]]
    // The webhook says who owns the workload, as soon as it is served.
    try await swell.waitUntil("the takeover is refused without the annotation") {
      do {
        try await rig.apply(rig.object("taken", ["advanced": advanced]))
        try await rig.delete("taken")
        return false
      } catch let error as RequestFailed {
        return error.description.contains(
          "the workload 'taken' of type 'apps/v1.Deployment' is already managed by the hpa 'by-hand'")
      }
    }
    try await eventually("it is gone again") { try rig.scaledObject("taken") == nil }
    try await rig.apply(
      rig.object(
        "taken", ["advanced": advanced], annotations: ["scaledobject.keda.sh/transfer-hpa-ownership": "true"]))
    try await rig.waitUntilReady(swell, "taken")
    let hpa = try #require(try rig.hpa("by-hand"))
    #expect(hpa["metadata", "uid"] == uid)
    #expect(hpa["metadata", "ownerReferences"]?[0]?["name"] == "taken")
    #expect(hpa["spec", "maxReplicas"] == 10)
    #expect(hpa["spec", "metrics"]?[0]?["type"] == "External")
    #expect(try rig.status(of: "taken")?.hpaName == "by-hand")
    #expect(try rig.replicas(of: "taken") == 2)
    try await rig.waitForEvent(swell, "KEDAScalersStarted", of: "taken")
    await swell.stop()
    await rig.stop()
  }

  /// 8 entries, target 2, 8 replicas: an average asks for 4, a value for four times as many.
  @Test func aValueIsNotAnAverage() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("work").deliver(8)
    try await rig.add("average", replicas: 8, triggers: [rig.trigger("work", target: "2")])
    try await rig.add(
      "value", replicas: 8, triggers: [rig.trigger("work", target: "2", ["metricType": "Value"])])
    try await rig.wait(swell, "average", has: 4)
    try await rig.wait(swell, "value", has: 10)
    #expect(
      try rig.hpa(of: "value")?["spec", "metrics"]?[0]?["external", "target"] == ["type": "Value", "value": "2"])
    await swell.stop()
    await rig.stop()
  }
}
