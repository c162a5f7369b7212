public import KubernetesAPI

/// What a decision needs of a ScaledObject: its settings with the defaults filled in and its annotations read. Made
/// once per generation of the object, not once per poll.
public struct ScalingSpec: Hashable, Sendable {
  /// What events call the scale target: `apps/v1.Deployment shop/orders`.
  public var targetLabel: String
  public var minReplicaCount: Int32
  public var maxReplicaCount: Int32
  public var idleReplicaCount: Int32?
  /// Seconds without activity before the target goes to zero (or idle).
  public var cooldownPeriod: Int32
  /// Seconds after creation before a target that was never active goes to zero (or idle).
  public var initialCooldownPeriod: Int32
  public var fallback: FallbackSpec?
  /// Nil unless in use.
  public var modifiers: ScalingModifiers?
  public var pause: PauseRule
  /// The annotation `autoscaling.keda.sh/force-activation`.
  public var forcesActivation: Bool
  /// The metrics that Swell reads, in the order of the triggers.
  public var metrics: [TriggerMetric]
  /// `cpu` and `memory`, one for each trigger of that type: the HPA reads these itself.
  public var resourceTriggers: [String]

  public init(
    targetLabel: String, minReplicaCount: Int32 = 0, maxReplicaCount: Int32 = 100, idleReplicaCount: Int32? = nil,
    cooldownPeriod: Int32 = 300, initialCooldownPeriod: Int32 = 0, fallback: FallbackSpec? = nil,
    modifiers: ScalingModifiers? = nil, pause: PauseRule = PauseRule(), forcesActivation: Bool = false,
    metrics: [TriggerMetric] = [], resourceTriggers: [String] = []
  ) {
    self.targetLabel = targetLabel
    self.minReplicaCount = minReplicaCount
    self.maxReplicaCount = maxReplicaCount
    self.idleReplicaCount = idleReplicaCount
    self.cooldownPeriod = cooldownPeriod
    self.initialCooldownPeriod = initialCooldownPeriod
    self.fallback = fallback
    self.modifiers = modifiers
    self.pause = pause
    self.forcesActivation = forcesActivation
    self.metrics = metrics
    self.resourceTriggers = resourceTriggers
  }

  /// The settings and annotations of an object.
  /// - Parameter metrics: What its triggers, other than cpu and memory, came to when they were parsed.
  public init(of object: ScaledObject, metrics: [TriggerMetric]) {
    let spec = object.spec
    var fallback = spec.fallback
    fallback?.behavior = spec.fallback?.effectiveBehavior
    self.init(
      targetLabel: "\(spec.scaleTargetRef.groupVersionKindText) "
        + "\(object.metadata.namespace ?? "default")/\(spec.scaleTargetRef.name)",
      minReplicaCount: spec.effectiveMinReplicaCount, maxReplicaCount: spec.effectiveMaxReplicaCount,
      idleReplicaCount: spec.idleReplicaCount, cooldownPeriod: spec.effectiveCooldownPeriod,
      initialCooldownPeriod: spec.effectiveInitialCooldownPeriod, fallback: fallback,
      modifiers: spec.usesScalingModifiers ? spec.advanced?.scalingModifiers : nil, pause: PauseRule(of: object),
      forcesActivation: object.isActivationForced, metrics: metrics,
      resourceTriggers: spec.triggers.filter(\.isResourceTrigger).map(\.type))
  }
}
