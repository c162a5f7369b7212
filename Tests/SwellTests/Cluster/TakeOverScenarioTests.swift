internal import Foundation
internal import KubernetesAPI
internal import Testing

@testable internal import TestSupport

/// Scenario 8: a cluster with everything as KEDA 2.20.2 leaves it (recorded in `hpa-golden.json`), taken over by Swell and
/// given back.
@Suite(.serialized) struct TakeOverScenarioTests {
  private static let version = "app.kubernetes.io/version"

  /// One recorded ScaledObject with its HPA, once they are in this cluster.
  private struct Recorded {
    var name: String
    var target: (kind: String, name: String)
    var replicas: Int64
    /// Without the time of the last activity.
    var status: JSONValue
    var object: JSONValue
    var hpa: JSONValue?
  }

  @Test func nothingChangesOnTheWayThereAndBack() async throws {
    let rig = try await ClusterRig.start()
    let locked = try await RedisServer.start { $0.password = "open-sesame" }
    let history = try await ReplicaHistory(rig)
    for (server, stream) in [(rig.redis, "inference-requests"), (locked, "inference-requests")] {
      try await RedisStream(server: server, stream: stream).deliver(500)
    }
    var recorded: [Recorded] = []
    for one in try cases(rig) { if let one = try await put(one, rig) { recorded.append(one) } }
    #expect(recorded.count >= 10)
    let credentials = try await putCredentials(rig, locked)
    let all = recorded + credentials.objects
    let start = rig.requests?.count ?? 0

    for round in 1...2 {
      let swell = try await rig.swell([])
      try await swell.waitUntil("metrics are served, and HPAs have looked") {
        try all.allSatisfy { try $0.hpa == nil || status(of: $0.name, rig) == $0.status }
      }
      try await waitUntilQuiet(rig)
      for one in all { try check(one, rig, "round \(round)") }
      #expect(try await rig.scalings() == [])
      // Statuses follow the HPAs' own condition while the metrics API changes hands; nothing else is written.
      let writes = try await rig.writes(from: start).filter { entry in
        entry.namespace != "swell-system" && !entry.resource.hasPrefix("apiservices.")
          && !entry.resource.hasPrefix("validatingwebhookconfigurations.")
          && !(entry.resource == "scaledobjects.keda.sh/status" && entry.body.contains("\"HPAActive\""))
      }
      #expect(writes.map(\.line) == [])
      for object in credentials.authentications {
        let kind =
          object["kind"] == "TriggerAuthentication" ? "triggerauthentications" : "clustertriggerauthentications"
        #expect(try rig.objects.get(kind, object.name, in: rig.namespace) == object)
      }
      // Back to KEDA: what is left is what it left.
      #expect(try await swell.terminate() == 0)
      for one in all { try check(one, rig, "after round \(round)") }
    }
    for one in all where one.target.kind == "Deployment" {
      #expect(history.of(one.target.name) == [one.replicas], "\(one.name)")
    }
    await rig.stop()
    await locked.stop()
  }

  private func check(_ one: Recorded, _ rig: ClusterRig, _ when: String) throws {
    let object = try #require(try rig.scaledObject(one.name))
    for field in ["uid", "labels", "annotations", "finalizers", "generation", "creationTimestamp"] {
      #expect(object["metadata", field] == one.object["metadata", field], "\(one.name) \(field) \(when)")
    }
    #expect(object["spec"] == one.object["spec"], "\(one.name) \(when)")
    let resource = one.target.kind == "StatefulSet" ? "statefulsets" : "deployments"
    #expect(try rig.replicas(of: one.target.name, kind: resource) == one.replicas, "\(one.name) \(when)")
    let names = Set(object["status"]?.fields?.keys ?? [:].keys)
    #expect(names.subtracting(Self.statusFields) == [], "\(one.name) \(when)")
    guard let hpa = one.hpa else {
      #expect(
        try rig.objects.list("horizontalpodautoscalers", in: rig.namespace).allSatisfy { !$0.name.hasSuffix(one.name) })
      return
    }
    let now = try #require(try rig.hpa(hpa.name))
    for field in ["uid", "labels", "annotations", "ownerReferences", "creationTimestamp"] {
      #expect(now["metadata", field] == hpa["metadata", field], "\(one.name): HPA \(field) \(when)")
    }
    #expect(now["spec"] == hpa["spec"], "\(one.name) \(when)")
  }

  /// KEDA's, all of them.
  private static let statusFields: Set<String> = [
    "scaleTargetKind", "scaleTargetGVKR", "originalReplicaCount", "lastActiveTime", "externalMetricNames",
    "resourceMetricNames", "compositeScalerName", "conditions", "health", "triggersActivity", "pausedReplicaCount",
    "hpaName", "triggersTypes", "authenticationsTypes",
  ]

  private func status(of name: String, _ rig: ClusterRig) throws -> JSONValue {
    var status = try rig.scaledObject(name)?["status"] ?? [:]
    status["lastActiveTime"] = nil
    return status
  }

  // MARK: what KEDA left

  /// Of redis-streams alone, and right: the others need servers that this test does not have.
  private func cases(_ rig: ClusterRig) throws -> [JSONValue] {
    let file = Repository.folder("Tests/ConformanceData/hpa-golden.json")
    let text = try String(contentsOfFile: file, encoding: .utf8)
      .replacing("127.0.0.1:6390", with: rig.redis.address).replacing("\"golden\"", with: "\"\(rig.namespace)\"")
    return (try JSONText.parse(Array(text.utf8))["cases"]?.items ?? []).filter { one in
      let isReady = one["expect", "status", "conditions"]?.items?.contains {
        $0["type"] == "Ready" && $0["status"] == "True"
      }
      return isReady ?? false && one["expect", "apiError"] == .null
        && one["input", "spec", "triggers"]?.items?.allSatisfy { $0["type"] == "redis-streams" } ?? false
        && one["input", "spec", "advanced", "scalingModifiers"] == nil
    }
  }

  private func put(_ one: JSONValue, _ rig: ClusterRig) async throws -> Recorded? {
    guard var object = one["input"], let expected = one["expect"] else { return nil }
    let meta = expected["scaledObjectMeta"] ?? [:]
    object["metadata", "finalizers"] = meta["finalizers"]
    object["metadata", "labels"] = meta["labels"]?.isNull ?? true ? nil : meta["labels"]
    object["status"] = expected["status"]
    if object["spec", "fallback"] != nil {
      // KEDA keeps count where there is a fallback; the recording leaves that out.
      for name in expected["status", "externalMetricNames"]?.items?.compactMap(\.text) ?? [] {
        object["status", "health", name] = ["numberOfFailures": 0, "status": "Happy"]
      }
    }
    // Some were still on their way when they were recorded.
    let replicas = expected["targetReplicasAfter100s"]?.int.map { $0 == 48 ? 50 : $0 } ?? 2
    return try await put(object, hpa: expected["hpa"] ?? .null, replicas: replicas, rig)
  }

  private func put(
    _ object: JSONValue, hpa: JSONValue, replicas: Int64, _ rig: ClusterRig
  ) async throws -> Recorded {
    let target = object["spec", "scaleTargetRef", "name"]?.text ?? ""
    let kind = object["spec", "scaleTargetRef", "kind"]?.text ?? "Deployment"
    try rig.deployment(target, replicas: Int32(replicas), kind: kind)
    let status = object["status"] ?? [:]
    try await rig.apply(object)
    let stored = try rig.objects.change("scaledobjects", object.name, in: rig.namespace) { stored in
      stored["status"] = status
      if replicas > 0, !hpa.isNull { stored["status", "lastActiveTime"] = "2026-01-02T03:04:05Z" }
    }
    guard !hpa.isNull else {
      return Recorded(
        name: stored.name, target: (kind, target), replicas: replicas, status: status, object: stored, hpa: nil)
    }
    var owner = hpa["metadata", "ownerReference"] ?? [:]
    owner["uid"] = .string(stored.uid)
    var metadata: JSONValue = [
      "name": hpa["metadata", "name"] ?? "", "namespace": .string(rig.namespace),
      "labels": hpa["metadata", "labels"] ?? [:], "ownerReferences": [owner],
    ]
    metadata["labels", Self.version] = "2.20.2"
    if let annotations = hpa["metadata", "annotations"], !annotations.isNull { metadata["annotations"] = annotations }
    let autoscaler = try rig.objects.put([
      "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata,
      "spec": hpa["spec"] ?? [:],
      "status": [
        "currentReplicas": .integer(replicas), "desiredReplicas": .integer(replicas), "currentMetrics": .null,
      ],
    ])
    return Recorded(
      name: stored.name, target: (kind, target), replicas: replicas, status: status, object: stored, hpa: autoscaler)
  }

  /// Copies of the first recorded object whose password comes from a TriggerAuthentication and a ClusterTriggerAuthentication,
  /// which KEDA has marked with its finalizer and with their users.
  private func putCredentials(
    _ rig: ClusterRig, _ locked: RedisServer
  ) async throws -> (objects: [Recorded], authentications: [JSONValue]) {
    var objects: [Recorded] = []
    var authentications: [JSONValue] = []
    let model = try #require(try cases(rig).first { $0["id"] == "example-basic" })
    for (kind, namespace) in [
      ("TriggerAuthentication", rig.namespace), ("ClusterTriggerAuthentication", "swell-system"),
    ] {
      let name = "with-\(kind.lowercased())"
      try rig.objects.put([
        "apiVersion": "v1", "kind": "Secret", "metadata": ["name": .string(name), "namespace": .string(namespace)],
        "data": ["password": .string(Base64Text.text(Array("open-sesame".utf8)))],
      ])
      authentications.append(
        try rig.objects.put([
          "apiVersion": "keda.sh/v1alpha1", "kind": .string(kind),
          "metadata": [
            "name": .string(name), "namespace": .string(rig.namespace), "finalizers": ["finalizer.keda.sh"],
          ],
          "spec": ["secretTargetRef": [["parameter": "password", "name": .string(name), "key": "password"]]],
          "status": ["scaledobjects": .string(name)],
        ]))
      let text = JSONText.text(model).replacing("example-basic", with: name)
        .replacing(rig.redis.address, with: locked.address)
      var one = try JSONText.parse(Array(text.utf8))
      var trigger = one["input", "spec", "triggers"]?[0] ?? [:]
      trigger["authenticationRef"] = ["name": .string(name), "kind": .string(kind)]
      one["input", "spec", "triggers"] = [trigger]
      one["expect", "status", "authenticationsTypes"] = .string(name)
      if let recorded = try await put(one, rig) { objects.append(recorded) }
    }
    return (objects, authentications)
  }
}
