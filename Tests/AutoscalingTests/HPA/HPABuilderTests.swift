internal import Autoscaling
internal import KubernetesAPI
internal import Testing

/// What the recorded objects (`keda/hpa.json`) do not show.
@Suite("HPA builder")
struct HPABuilderTests {
  static let builder = HPABuilder(version: "1.0")
  static let deployment = GroupVersionKindResource(
    group: "apps", version: "v1", kind: "Deployment", resource: "deployments")

  private func object(
    annotations: [String: String]? = nil, name: String = "orders", advanced: AdvancedConfig? = nil
  ) -> ScaledObject {
    ScaledObject(
      metadata: ObjectMeta(name: name, namespace: "prod", uid: "u", annotations: annotations),
      spec: ScaledObjectSpec(scaleTargetRef: ScaleTarget(name: "api"), advanced: advanced, triggers: []))
  }

  private func external(_ name: String) -> HPAMetricSpec {
    .external(
      HPAExternalMetricSource(
        metric: HPAMetricIdentifier(name: name, selector: nil),
        target: HPAMetricTarget(type: "AverageValue", averageValue: Quantity(5))))
  }

  @Test func twoMetricsOfOneNameAreAnError() {
    #expect(throws: HPABuildError.duplicateMetric("s0-a", scaledObject: "orders")) {
      try Self.builder.build(for: object(), target: Self.deployment, metrics: [external("s0-a"), external("s0-a")])
    }
    #expect(
      HPABuildError.duplicateMetric("s0-a", scaledObject: "orders").description
        == "metricName s0-a defined multiple times in ScaledObject orders")
  }

  @Test func noMetricIsAnError() {
    #expect(throws: HPABuildError.noMetrics(scaledObject: "orders", namespace: "prod")) {
      try Self.builder.build(for: object(), target: Self.deployment, metrics: [])
    }
  }

  @Test func bothDirectionsCanBePaused() throws {
    let paused = object(annotations: [
      ScaledObject.AnnotationKey.pausedScaleIn: "true", ScaledObject.AnnotationKey.pausedScaleOut: "true",
    ])
    let hpa = try Self.builder.build(for: paused, target: Self.deployment, metrics: [external("s0-a")]).hpa
    #expect(
      hpa.spec.behavior
        == HPABehavior(
          scaleUp: HPAScalingRules(selectPolicy: "Disabled"), scaleDown: HPAScalingRules(selectPolicy: "Disabled")))
    #expect(hpa.metadata.annotations == paused.metadata.annotations)
    // What the user wrote is not changed.
    #expect(paused.spec.advanced == nil)
  }

  /// The API server refuses an empty list of policies, and fills a missing one in.
  @Test func anEmptyListOfPoliciesIsNone() throws {
    let written = HPABehavior(
      scaleUp: HPAScalingRules(stabilizationWindowSeconds: 5, policies: []), scaleDown: HPAScalingRules(policies: []))
    let behaving = AdvancedConfig(horizontalPodAutoscalerConfig: HorizontalPodAutoscalerConfig(behavior: written))
    for annotations in [nil, [ScaledObject.AnnotationKey.pausedScaleIn: "true"]] {
      let object = object(annotations: annotations, advanced: behaving)
      let hpa = try Self.builder.build(for: object, target: Self.deployment, metrics: [external("s0-a")]).hpa
      #expect(hpa.spec.behavior?.scaleUp == HPAScalingRules(stabilizationWindowSeconds: 5))
      #expect(
        hpa.spec.behavior?.scaleDown == HPAScalingRules(selectPolicy: annotations == nil ? nil : "Disabled"))
    }
  }

  @Test func metricsOfOneTypeKeepTheirOrder() throws {
    let cpu = HPAMetricSpec.resource(
      HPAResourceMetricSource(name: "cpu", target: HPAMetricTarget(type: "Utilization", averageUtilization: 60)))
    let names = (0..<20).map { "s\($0)-m" }
    let built = try Self.builder.build(for: object(), target: Self.deployment, metrics: [cpu] + names.map(external))
    #expect(built.hpa.spec.metrics.compactMap(\.external?.metric.name) == names)
    #expect(built.hpa.spec.metrics.last == cpu)
    #expect(built.externalMetricNames == names)
    #expect(built.resourceMetricNames == ["cpu"])
  }

  @Test func aTargetOfTheCoreGroupHasNoSlash() throws {
    let core = GroupVersionKindResource(
      group: "", version: "v1", kind: "ReplicationController", resource: "replicationcontrollers")
    let hpa = try Self.builder.build(for: object(), target: core, metrics: [external("s0-a")]).hpa
    #expect(hpa.spec.scaleTargetRef.apiVersion == "v1")
    #expect(hpa.spec.scaleTargetRef.kind == "ReplicationController")
  }

  @Test(arguments: [("2.5", "2500m"), ("0.0019", "1m"), ("7", "7"), (".5", "500m"), ("1_000", "1k"), ("0x1p4", "16")])
  func aCompositeTargetIsCutToThousandths(_ row: (text: String, quantity: String)) throws {
    let advanced = AdvancedConfig(scalingModifiers: ScalingModifiers(formula: "a", target: row.text))
    let built = try Self.builder.build(
      for: object(advanced: advanced), target: Self.deployment, metrics: [external("s0-a")])
    #expect(built.compositeScalerName == "composite-metric")
    #expect(built.hpa.spec.metrics.map(\.external?.metric.name) == ["composite-metric"])
    #expect(built.hpa.spec.metrics.first?.external?.target.averageValue?.canonical == row.quantity)
  }

  /// Go reads hexadecimal numbers only with an exponent.
  @Test(arguments: ["0x10", "ten", "1__0", "0", "nan"])
  func aCompositeTargetThatIsNoneLeavesTheTriggersMetrics(_ text: String) throws {
    let advanced = AdvancedConfig(scalingModifiers: ScalingModifiers(formula: "a", target: text))
    let built = try Self.builder.build(
      for: object(advanced: advanced), target: Self.deployment, metrics: [external("s0-a")])
    #expect(built.hpa.spec.metrics.map(\.external?.metric.name) == ["s0-a"])
  }

  @Test(arguments: ["inf", "1e400", "9223372036854776"])
  func aCompositeTargetThatDoesNotFitIsAnError(_ text: String) {
    let advanced = AdvancedConfig(scalingModifiers: ScalingModifiers(formula: "a", target: text))
    #expect(throws: HPABuildError.targetTooLarge(text)) {
      try Self.builder.build(for: object(advanced: advanced), target: Self.deployment, metrics: [external("s0-a")])
    }
  }

  @Test(arguments: [
    (String(repeating: "a", count: 54), 63), (String(repeating: "a", count: 80), 63),
    (String(repeating: "a", count: 53) + ".b", 62), (String(repeating: ".", count: 80), 8),
  ])
  func theNameLabelFits(_ row: (name: String, length: Int)) throws {
    let hpa = try Self.builder.build(for: object(name: row.name), target: Self.deployment, metrics: [external("s0-a")])
      .hpa
    let label = try #require(hpa.metadata.labels?["app.kubernetes.io/name"])
    #expect(label.utf8.count == row.length)
    #expect(label.last?.isLetter == true)
    #expect(hpa.metadata.name == "keda-hpa-" + row.name)
  }
}
