public import KubernetesAPI

/// A GET of one metric.
public struct ExternalMetricsRequest: Hashable, Sendable {
  public var namespace: String
  public var metricName: String
  public var selector: LabelQuery
  /// What the selector says `scaledobject.keda.sh/name` must be, where it leaves no choice: how HPAs ask. It may say
  /// more than that; see `selector`.
  public var scaledObjectName: String?

  public init(namespace: String, metricName: String, selector: LabelQuery) {
    self.namespace = namespace
    self.metricName = metricName
    self.selector = selector
    scaledObjectName = selector.exactValue(of: ScaledObject.nameLabel)
  }

  /// What an HPA asks: `labelSelector=scaledobject.keda.sh/name=NAME` and nothing else.
  init(namespace: String, metricName: String, scaledObjectName: String) {
    self.namespace = namespace
    self.metricName = metricName
    // Put together without the sorting that several requirements need.
    selector = LabelQuery()
    selector.requirements = [
      LabelRequirement(key: ScaledObject.nameLabel, operator: .equals, values: [scaledObjectName])
    ]
    self.scaledObjectName = scaledObjectName
  }
}
