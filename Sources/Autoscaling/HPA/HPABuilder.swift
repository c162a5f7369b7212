public import KubernetesAPI

/// The HorizontalPodAutoscaler that a ScaledObject owns, as KEDA 2.20 builds it (`controllers/keda/hpa.go`). Pure: what
/// the triggers measure and what the scale target resolved to come from outside.
public struct HPABuilder: Hashable, Sendable {
  /// The name of the one metric that stands for all external ones when a formula combines them.
  public static let compositeMetricName = "composite-metric"
  /// The value of the label `app.kubernetes.io/managed-by`, which other tools select by.
  public static let managedBy = "keda-operator"

  /// The value of the label `app.kubernetes.io/version`.
  public var version: String

  public init(version: String) {
    self.version = version
  }

  /// - Parameters:
  ///   - target: what `spec.scaleTargetRef` resolved to.
  ///   - metrics: of all triggers, in their order; selectors are filled in here.
  /// - Throws: when there is no metric, two external metrics have one name, or the formula's metric type does not fit.
  public func build(
    for object: ScaledObject, target: GroupVersionKindResource, metrics: [HPAMetricSpec]
  ) throws(HPABuildError) -> HPABlueprint {
    let selector = LabelSelector(matchLabels: [ScaledObject.nameLabel: object.metadata.name])
    var blueprint = HPABlueprint(hpa: frame(for: object, target: target))
    for metric in metrics {
      if let name = metric.external?.metric.name {
        if blueprint.externalMetricNames.contains(name) {
          throw .duplicateMetric(name, scaledObject: object.metadata.name)
        }
        blueprint.externalMetricNames.append(name)
      } else if let name = metric.resource?.name {
        blueprint.resourceMetricNames.append(name)
      }
    }
    guard !metrics.isEmpty else {
      throw .noMetrics(scaledObject: object.metadata.name, namespace: object.metadata.namespace ?? "")
    }
    var specs = Self.sortedByType(metrics.map { $0.selecting(selector) })
    if let composite = try Self.compositeTarget(of: object) {
      blueprint.compositeScalerName = Self.compositeMetricName
      let identifier = HPAMetricIdentifier(name: Self.compositeMetricName, selector: selector)
      // Resource metrics stay, before the composite; ContainerResource metrics are dropped, as in KEDA.
      specs = specs.filter { $0.resource != nil }
      specs.append(.external(HPAExternalMetricSource(metric: identifier, target: composite)))
    }
    blueprint.hpa.spec.metrics = specs
    return blueprint
  }

  private func frame(for object: ScaledObject, target: GroupVersionKindResource) -> HorizontalPodAutoscaler {
    let owner = OwnerReference(
      apiVersion: ScaledObject.apiVersion, kind: ScaledObject.kind, name: object.metadata.name,
      uid: object.metadata.uid ?? "", controller: true, blockOwnerDeletion: true)
    let metadata = ObjectMeta(
      name: object.hpaName, namespace: object.metadata.namespace, labels: labels(for: object),
      annotations: object.metadata.annotations, ownerReferences: [owner])
    return HorizontalPodAutoscaler(
      metadata: metadata,
      spec: HPASpec(
        scaleTargetRef: CrossVersionObjectReference(
          apiVersion: target.apiVersion, kind: target.kind, name: object.spec.scaleTargetRef.name),
        minReplicas: object.spec.hpaMinReplicas, maxReplicas: object.spec.hpaMaxReplicas, metrics: [],
        behavior: Self.behavior(of: object)))
  }

  /// The standard labels, and over them the ScaledObject's own without the excluded ones.
  private func labels(for object: ScaledObject) -> [String: String] {
    var labels = [
      "app.kubernetes.io/name": Self.labelValue(object.hpaName),
      "app.kubernetes.io/version": version,
      "app.kubernetes.io/part-of": object.metadata.name,
      "app.kubernetes.io/managed-by": Self.managedBy,
    ]
    let excluded = object.labelsExcludedFromHPA
    for (key, value) in object.metadata.labels ?? [:] where !excluded.contains(key) { labels[key] = value }
    return labels
  }

  /// A label value has at most 63 bytes and ends in a letter or a digit; names of objects may be longer.
  private static func labelValue(_ name: String) -> String {
    guard name.utf8.count > 63 else { return name }
    var cut = String(decoding: name.utf8.prefix(63), as: UTF8.self)
    while let last = cut.last, !last.isLetter, !last.isNumber { cut.removeLast() }
    return cut
  }

  /// The user's behavior; a direction that is paused by annotation gets `selectPolicy: Disabled`.
  static func behavior(of object: ScaledObject) -> HPABehavior? {
    var written = object.spec.advanced?.horizontalPodAutoscalerConfig?.behavior
    // An empty list goes over the wire as none with KEDA; the API server refuses an empty one and fills in a missing one.
    if written?.scaleUp?.policies?.isEmpty ?? false { written?.scaleUp?.policies = nil }
    if written?.scaleDown?.policies?.isEmpty ?? false { written?.scaleDown?.policies = nil }
    guard object.isScaleInPaused || object.isScaleOutPaused else { return written }
    var behavior = written ?? HPABehavior()
    if object.isScaleInPaused { behavior.scaleDown = behavior.scaleDown.disabled }
    if object.isScaleOutPaused { behavior.scaleUp = behavior.scaleUp.disabled }
    return behavior
  }

  /// The target of the composite metric, in thousandths, truncated: 2.5 is `2500m`. `nil` without a formula's target,
  /// and where that is no positive number: then the triggers' own metrics stay (validation refuses such an object).
  private static func compositeTarget(of object: ScaledObject) throws(HPABuildError) -> HPAMetricTarget? {
    guard let modifiers = object.spec.advanced?.scalingModifiers, let text = modifiers.target else { return nil }
    if GoNumber.isTooLarge(text) { throw .targetTooLarge(text) }
    guard let number = GoNumber.float(text), number > 0 else { return nil }
    guard let milli = Int64(exactly: (number * 1000).rounded(.towardZero)) else { throw .targetTooLarge(text) }
    let quantity = Quantity(milliValue: milli)
    switch modifiers.metricType ?? "" {
    case "", "AverageValue": return HPAMetricTarget(type: "AverageValue", averageValue: quantity)
    case "Value": return HPAMetricTarget(type: "Value", value: quantity)
    case let other: throw .metricType(other)
    }
  }

  /// By type: `ContainerResource`, `External`, `Resource`; within one type as given.
  private static func sortedByType(_ specs: [HPAMetricSpec]) -> [HPAMetricSpec] {
    specs.enumerated()
      .sorted { ($0.element.type, $0.offset) < ($1.element.type, $1.offset) }
      .map(\.element)
  }
}

extension HPAMetricSpec {
  /// An external metric with the selector that names its ScaledObject; any other metric as it is.
  fileprivate func selecting(_ selector: LabelSelector) -> HPAMetricSpec {
    var spec = self
    spec.external?.metric.selector = selector
    return spec
  }
}

extension HPAScalingRules? {
  /// These rules, or empty ones, with scaling in their direction switched off.
  fileprivate var disabled: HPAScalingRules {
    var rules = self ?? HPAScalingRules()
    rules.selectPolicy = "Disabled"
    return rules
  }
}
