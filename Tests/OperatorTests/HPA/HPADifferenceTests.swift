import Autoscaling
import Foundation
import KubernetesAPI
import Testing

@testable import Operator

@Suite struct HPADifferenceTests {
  private var object: ScaledObject {
    var object = ScaledObject(
      metadata: ObjectMeta(
        name: "orders", namespace: "shop", uid: "u1", labels: ["team": "a"], annotations: ["note": "x"]),
      spec: ScaledObjectSpec(scaleTargetRef: ScaleTarget(name: "orders"), triggers: []))
    object.spec.advanced = AdvancedConfig(
      horizontalPodAutoscalerConfig: HorizontalPodAutoscalerConfig(
        behavior: HPABehavior(scaleUp: HPAScalingRules(stabilizationWindowSeconds: 30))))
    return object
  }

  private func desired(_ object: ScaledObject, version: String = "1") throws -> HorizontalPodAutoscaler {
    let metric = HPAMetricSpec.external(
      HPAExternalMetricSource(
        metric: HPAMetricIdentifier(name: "s0-x", selector: nil),
        target: HPAMetricTarget(type: "AverageValue", averageValue: try Quantity(parsing: "10"))))
    return try HPABuilder(version: version).build(
      for: object, target: GroupVersionKindResource(group: "apps", version: "v1", kind: "Deployment", resource: ""),
      metrics: [metric]
    ).hpa
  }

  private func record(_ hpa: HorizontalPodAutoscaler) throws -> HPARecord {
    try JSONDecoder().decode(HPARecord.self, from: JSONEncoder().encode(hpa))
  }

  @Test func whatTheAPIServerFillsInIsNoDifference() throws {
    var stored = try desired(object)
    stored.spec.behavior = HPAAlgorithm(HPAConfiguration(stored.spec)).effectiveBehavior
    #expect(stored.spec.behavior != (try desired(object)).spec.behavior)
    #expect(try !record(stored).differs(from: desired(object)))
  }

  @Test func whatOthersAddStaysAndTheVersionIsNotCompared() throws {
    var stored = try desired(object, version: "2.20.2")
    stored.metadata.labels?["added-by"] = "somebody"
    stored.metadata.annotations?["added-by"] = "somebody"
    #expect(try !record(stored).differs(from: desired(object)))
  }

  @Test(arguments: [
    "label", "annotation", "minReplicas", "maxReplicas", "target", "metric", "behavior", "owner", "noAnnotations",
  ])
  func aDifferenceIsSeen(_ change: String) throws {
    var wanted = object
    var stored = try desired(object)
    switch change {
    case "label": stored.metadata.labels?["team"] = "b"
    case "annotation": stored.metadata.annotations?["note"] = "y"
    case "minReplicas": stored.spec.minReplicas = 2
    case "maxReplicas": stored.spec.maxReplicas = 3
    case "target": stored.spec.scaleTargetRef.name = "other"
    case "metric": stored.spec.metrics[0].external?.target.averageValue = try Quantity(parsing: "11")
    case "behavior": stored.spec.behavior?.scaleUp?.stabilizationWindowSeconds = 31
    case "owner": stored.metadata.ownerReferences?[0].uid = "u0"
    default: wanted.metadata.annotations = nil
    }
    #expect(try record(stored).differs(from: desired(wanted)))
  }
}
