public import Autoscaling
public import KubernetesAPI
public import Questions
public import Triggers

/// One ScaledObject, understood: everything the engine needs of it, made once per change of the object.
public struct ObjectPlan: Sendable {
  public var key: ObjectKey
  /// Labels of the ScaledObject, which selectors of the metrics API may ask for.
  public var labels: [String: String]
  public var target: TargetReference
  public var createdAt: Timestamp
  public var pollingInterval: Duration
  public var triggers: [PlannedTrigger]
  public var scaling: ScalingSpec
  /// The HPA that this object owns.
  public var hpa: HorizontalPodAutoscaler
  /// Settings without effect and the like: nothing is wrong.
  public var notices: [FieldError]

  /// False while the object is paused as a whole.
  public var isPolled: Bool { scaling.pause.loopRuns }

  /// Whom each trigger asks; nil for cpu and memory.
  public var endpoints: [Endpoint?] { triggers.map { $0.external?.endpoint } }
}

/// One entry of `spec.triggers`, understood.
public struct PlannedTrigger: Sendable {
  public var index: Int
  public var type: String
  public var name: String?
  public var usesCachedMetrics: Bool
  public var parsed: ParsedTrigger
  /// Settings without effect and the like; fields are relative to the trigger.
  public var notices: [FieldError]

  /// How the HPA knows the metric.
  public var metric: HPAMetricSpec { parsed.hpaMetric }

  public var external: (any ExternalTrigger)? {
    guard case .external(let trigger) = parsed else { return nil }
    return trigger
  }

  /// `s0-redis-streams-orders`, or `cpu`.
  public var metricName: String {
    switch parsed {
    case .external(let trigger): trigger.metric.name
    case .resource: metric.resource?.name ?? metric.containerResource?.name ?? type
    }
  }
}
