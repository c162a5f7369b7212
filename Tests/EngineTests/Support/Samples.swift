import Engine
import KubernetesAPI
import Questions
import TestSupport

/// Objects for tests.
enum Samples {
  static let namespace = "shop"

  /// A trigger that counts the entries of a stream: `target` of them are what one replica handles.
  static func stream(
    _ name: String, host: String = "redis", target: Int = 10, activation: Int = 0, metricName: String? = nil,
    useCachedMetrics: Bool? = nil
  ) -> ScaleTriggerSpec {
    var metadata = [
      "address": "\(host):6379", "stream": name, "streamLength": "\(target)", "activationLagCount": "\(activation)",
    ]
    metadata["metricName"] = metricName
    return ScaleTriggerSpec(type: "redis-streams", useCachedMetrics: useCachedMetrics, metadata: metadata)
  }

  /// A trigger that counts what a group has not read, and takes a lag that does not move for none.
  static func topic(_ name: String, group: String = "workers", threshold: Int = 1) -> ScaleTriggerSpec {
    ScaleTriggerSpec(
      type: "kafka",
      metadata: [
        "bootstrapServers": "kafka:9092", "consumerGroup": group, "topic": name, "lagThreshold": "\(threshold)",
        "excludePersistentLag": "true", "allowIdleConsumers": "true",
      ])
  }

  static let cpu = ScaleTriggerSpec(type: "cpu", metricType: "Utilization", metadata: ["value": "60"])

  static func object(
    _ triggers: [ScaleTriggerSpec], name: String = "orders", interval: Int32 = 15, cooldown: Int32 = 180,
    initialCooldown: Int32? = nil, idle: Int32? = nil, min: Int32? = nil, max: Int32? = nil,
    fallback: FallbackSpec? = nil, annotations: [String: String]? = nil, target: String? = nil
  ) -> ScaledObject {
    ScaledObject(
      metadata: ObjectMeta(name: name, namespace: namespace, annotations: annotations),
      spec: ScaledObjectSpec(
        scaleTargetRef: ScaleTarget(name: target ?? name), pollingInterval: interval,
        initialCooldownPeriod: initialCooldown, cooldownPeriod: cooldown, idleReplicaCount: idle, minReplicaCount: min,
        maxReplicaCount: max, triggers: triggers, fallback: fallback))
  }

  static func key(_ name: String = "orders") -> ObjectKey { ObjectKey(namespace: namespace, name: name) }

  static func target(_ name: String = "orders") -> TargetReference {
    TargetReference(namespace: namespace, apiVersion: "apps/v1", kind: "Deployment", name: name)
  }

  struct Refused: Error { var errors: [FieldError] }

  static func plan(
    _ object: ScaledObject, objects: FakeObjects = FakeObjects(), now: Timestamp = ManualTime().now()
  ) throws -> ObjectPlan {
    let outcome = ObjectPlanner(objects: objects, version: "1", clusterNamespace: "swell").plan(object, now: now)
    guard let plan = outcome.plan else { throw Refused(errors: outcome.errors) }
    return plan
  }
}
