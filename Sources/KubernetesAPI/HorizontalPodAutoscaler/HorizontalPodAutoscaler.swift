/// `autoscaling/v2` HorizontalPodAutoscaler: what Swell creates for each ScaledObject. Status is left to the HPA controller.
public struct HorizontalPodAutoscaler: Codable, Hashable, Sendable {
  public var apiVersion = "autoscaling/v2"
  public var kind = "HorizontalPodAutoscaler"
  public var metadata: ObjectMeta
  public var spec: HPASpec

  public init(metadata: ObjectMeta, spec: HPASpec) {
    self.metadata = metadata
    self.spec = spec
  }
}

public struct HPASpec: Codable, Hashable, Sendable {
  public var scaleTargetRef: CrossVersionObjectReference
  public var minReplicas: Int32?
  public var maxReplicas: Int32
  public var metrics: [HPAMetricSpec]
  public var behavior: HPABehavior?

  public init(
    scaleTargetRef: CrossVersionObjectReference, minReplicas: Int32?, maxReplicas: Int32, metrics: [HPAMetricSpec],
    behavior: HPABehavior? = nil
  ) {
    self.scaleTargetRef = scaleTargetRef
    self.minReplicas = minReplicas
    self.maxReplicas = maxReplicas
    self.metrics = metrics
    self.behavior = behavior
  }
}

public struct CrossVersionObjectReference: Codable, Hashable, Sendable {
  public var apiVersion: String?
  public var kind: String
  public var name: String

  public init(apiVersion: String?, kind: String, name: String) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
  }
}

/// One metric of an HPA: `External`, `Resource` or `ContainerResource`, with the block of that name filled.
public struct HPAMetricSpec: Codable, Hashable, Sendable {
  public var type: String
  public var external: HPAExternalMetricSource?
  public var resource: HPAResourceMetricSource?
  public var containerResource: HPAContainerResourceMetricSource?

  public static func external(_ source: HPAExternalMetricSource) -> HPAMetricSpec {
    HPAMetricSpec(type: "External", external: source)
  }
  public static func resource(_ source: HPAResourceMetricSource) -> HPAMetricSpec {
    HPAMetricSpec(type: "Resource", resource: source)
  }
  public static func containerResource(_ source: HPAContainerResourceMetricSource) -> HPAMetricSpec {
    HPAMetricSpec(type: "ContainerResource", containerResource: source)
  }

  init(
    type: String, external: HPAExternalMetricSource? = nil, resource: HPAResourceMetricSource? = nil,
    containerResource: HPAContainerResourceMetricSource? = nil
  ) {
    self.type = type
    self.external = external
    self.resource = resource
    self.containerResource = containerResource
  }
}

public struct HPAExternalMetricSource: Codable, Hashable, Sendable {
  public var metric: HPAMetricIdentifier
  public var target: HPAMetricTarget

  public init(metric: HPAMetricIdentifier, target: HPAMetricTarget) {
    self.metric = metric
    self.target = target
  }
}

public struct HPAMetricIdentifier: Codable, Hashable, Sendable {
  public var name: String
  public var selector: LabelSelector?

  public init(name: String, selector: LabelSelector?) {
    self.name = name
    self.selector = selector
  }
}

public struct HPAResourceMetricSource: Codable, Hashable, Sendable {
  public var name: String
  public var target: HPAMetricTarget

  public init(name: String, target: HPAMetricTarget) {
    self.name = name
    self.target = target
  }
}

public struct HPAContainerResourceMetricSource: Codable, Hashable, Sendable {
  public var name: String
  public var container: String
  public var target: HPAMetricTarget

  public init(name: String, container: String, target: HPAMetricTarget) {
    self.name = name
    self.container = container
    self.target = target
  }
}

/// A metric's target: `type` names which of the other fields holds it.
public struct HPAMetricTarget: Codable, Hashable, Sendable {
  /// `AverageValue` (per replica), `Value` (in total) or `Utilization` (percent of the request).
  public var type: String
  public var value: Quantity?
  public var averageValue: Quantity?
  public var averageUtilization: Int32?

  public init(type: String, value: Quantity? = nil, averageValue: Quantity? = nil, averageUtilization: Int32? = nil) {
    self.type = type
    self.value = value
    self.averageValue = averageValue
    self.averageUtilization = averageUtilization
  }
}
