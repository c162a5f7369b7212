internal import KubernetesAPI

@testable internal import TestSupport

/// Objects as JSON, and changes of them by the API's rules.
extension ClusterRig {
  /// A redis-streams trigger on a stream of this rig's Redis.
  func trigger(
    _ stream: String, target: String = "10", address: String? = nil, _ more: [String: JSONValue] = [:]
  ) -> JSONValue {
    var trigger: [String: JSONValue] = [
      "type": "redis-streams",
      "metadata": [
        "address": .string(address ?? redis.address), "stream": .string(stream), "consumerGroup": "workers",
        "pendingEntriesCount": .string(target),
      ],
    ]
    trigger.merge(more) { $1 }
    return .object(trigger)
  }

  /// A ScaledObject, polled each second, whose workload rests a second after its work is done.
  func object(
    _ name: String, _ spec: [String: JSONValue] = [:], triggers: [JSONValue]? = nil,
    annotations: [String: JSONValue] = [:], labels: [String: JSONValue] = [:]
  ) -> JSONValue {
    let fields: [String: JSONValue] = [
      "scaleTargetRef": ["name": .string(name)], "pollingInterval": 1, "cooldownPeriod": 1, "minReplicaCount": 0,
      "maxReplicaCount": 10, "triggers": .array(triggers ?? [trigger(name)]),
      // Kubernetes' default is five minutes.
      "advanced": [
        "horizontalPodAutoscalerConfig": ["behavior": ["scaleDown": ["stabilizationWindowSeconds": 0]]]
      ],
    ]
    return [
      "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
      "metadata": [
        "name": .string(name), "namespace": .string(namespace), "annotations": .object(annotations),
        "labels": .object(labels),
      ],
      "spec": MergePatch.apply(.object(spec), to: .object(fields)),
    ]
  }

  /// A workload and the ScaledObject of the same name.
  func add(
    _ name: String, replicas: Int32, _ spec: [String: JSONValue] = [:], triggers: [JSONValue]? = nil,
    annotations: [String: JSONValue] = [:], labels: [String: JSONValue] = [:]
  ) async throws {
    try deployment(name, replicas: replicas)
    try await apply(object(name, spec, triggers: triggers, annotations: annotations, labels: labels))
  }

  /// Streams without entries, with their groups.
  func makeStreams(_ names: String...) async throws {
    for name in names { try await redis.run("XGROUP", "CREATE", name, "workers", "0", "MKSTREAM") }
  }

  /// A merge patch.
  func patch(
    _ name: String, resource: String = "scaledobjects", subresource: String? = nil, _ patch: JSONValue
  ) async throws {
    try await cluster.patch(resource, name, in: namespace, subresource: subresource, patch)
  }

  func patchSpec(_ name: String, _ fields: [String: JSONValue]) async throws {
    try await patch(name, ["spec": .object(fields)])
  }

  /// Sets annotations of a ScaledObject by the last part of their names; null removes.
  func annotate(_ name: String, _ annotations: [String: JSONValue]) async throws {
    var keys: [String: JSONValue] = [:]
    for (key, value) in annotations { keys["autoscaling.keda.sh/\(key)"] = value }
    try await patch(name, ["metadata": ["annotations": .object(keys)]])
  }

  func delete(_ name: String, resource: String = "scaledobjects") async throws {
    try await cluster.request("DELETE", objects.path(resource, name, in: namespace, subresource: nil))
  }

  func hpa(of name: String) throws -> JSONValue? { try hpa("keda-hpa-\(name)") }

  /// The message of a condition.
  func message(_ type: String, of name: String) throws -> String {
    try status(of: name)?.conditions?.first { $0.type == type }?.message ?? ""
  }

  /// The texts of the events about an object with this reason.
  func events(_ reason: String, of name: String) throws -> [String] {
    try objects.list("events.events.k8s.io", in: namespace)
      .filter { $0["regarding", "name"]?.text == name && $0["reason"]?.text == reason }
      .compactMap { $0["note"]?.text }
  }
}

/// Waiting for what a scenario is about.
extension ClusterRig {
  func wait(
    _ swell: ClusterSwell, _ name: String, has replicas: Int64, kind: String = "deployments",
    within limit: Duration = .seconds(45)
  ) async throws {
    do {
      try await swell.waitUntil("\(name) has \(replicas) replicas", within: limit) {
        try self.replicas(of: name, kind: kind) == replicas
      }
    } catch {
      throw Unexpected(
        "\(try self.replicas(of: name, kind: kind) ?? -1) replicas; \(try status(of: name) as Any)\n\(error)")
    }
  }

  func wait(
    _ swell: ClusterSwell, _ name: String, _ type: String, is condition: String, within limit: Duration = .seconds(45)
  ) async throws {
    do {
      try await swell.waitUntil("\(type) of \(name) is \(condition)", within: limit) {
        try self.condition(type, of: name) == condition
      }
    } catch {
      throw Unexpected("\(try status(of: name) as Any)\n\(error)")
    }
  }

  func waitUntilReady(_ swell: ClusterSwell, _ names: String...) async throws {
    for name in names { try await wait(swell, name, "Ready", is: "True ScaledObjectReady") }
  }

  func waitForHPA(_ swell: ClusterSwell, of name: String, exists: Bool) async throws {
    try await swell.waitUntil("\(name) \(exists ? "has an" : "has no") HPA", within: .seconds(30)) {
      try (hpa(of: name) != nil) == exists
    }
  }

  func waitForEvent(_ swell: ClusterSwell, _ reason: String, of name: String) async throws {
    try await swell.waitUntil("an event \(reason) of \(name)", within: .seconds(20)) {
      try eventReasons(of: name).contains(reason)
    }
  }
}
