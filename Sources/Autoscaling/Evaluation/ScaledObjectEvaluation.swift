public import KubernetesAPI

/// One look at a ScaledObject: readings in, effective metrics, activity, desired replicas and decision out. The same
/// for the poll loop in a cluster, the local mode and a replay; reads no clock and does no I/O.
public struct ScaledObjectEvaluation: Hashable, Sendable {
  /// In the order of `ScalingSpec.metrics`.
  public var metrics: [MetricEvaluation]
  /// With `scalingModifiers`, the one that the HPA sees instead of `metrics`.
  public var composite: MetricEvaluation?
  public var activity: Activity
  /// Some trigger is active, or the annotation force-activation says so.
  public var isActive: Bool
  public var desired: DesiredReplicas
  public var decision: ScaleDecision
  /// The health after these readings; hand it to the next evaluation.
  public var health: HealthBook
  /// Every condition that this evaluation sets: those of the decision, and `Fallback` where a metric could fall back.
  public var conditions: [Condition]
  /// `ScaledObjectFallbackActivated` or `…Deactivated`, on the change only.
  public var fallbackEvent: ScaleEvent?
  /// `status.triggersActivity`.
  public var triggersActivity: [String: TriggerActivity]

  /// - Parameters:
  ///   - readings: The newest reading of each metric, in the order of `spec.metrics`. A missing one counts as unknown.
  ///   - wasFallingBack: The condition `Fallback` was true before; nil when it is not known, then there is no event.
  ///   - formula: Computes `scalingModifiers.formula`.
  public init(
    of spec: ScalingSpec, readings: [Reading], health: HealthBook = HealthBook(), state: ScalingState,
    wasFallingBack: Bool? = nil, formula: CompositeMetric.Formula? = nil, now: Timestamp
  ) {
    let rule = FallbackRule(of: spec)
    let facts = state.facts
    var health = health
    metrics = spec.metrics.enumerated().map { index, metric in
      let reading = index < readings.count ? readings[index] : Reading(.unknown(.notRead), observedAt: now)
      return MetricEvaluation(metric, reading: reading, fallback: rule, replicas: facts, health: &health)
    }
    // As in KEDA, what was counted for a fallback that is gone stays as long as its metric.
    health.keepOnly(spec.metrics.lazy.map(\.name))
    self.health = health

    var deciding = metrics
    if let modifiers = spec.modifiers {
      let threshold = CompositeMetric.activationThreshold(modifiers)
      let effective = CompositeMetric.resolve(metrics, formula: formula)
      activity = Activity(composite: effective, metrics: metrics, activationThreshold: threshold)
      let evaluation = MetricEvaluation(
        name: CompositeMetric.name, triggerIndex: 0,
        target: CompositeMetric.target(modifiers) ?? .averageValue(.zero), effective: effective,
        isActive: activity.isActive, failures: metrics.first { $0.effective.isFallback }?.failures ?? 0)
      composite = evaluation
      deciding = [evaluation]
    } else {
      activity = Activity(metrics, resourceTriggers: spec.resourceTriggers.count)
    }

    isActive = activity.isActive || spec.forcesActivation
    desired = DesiredReplicas(deciding, activity: activity, spec: spec, replicas: facts)
    decision = ScaleDecision.decide(spec, state: state, activity: activity, desired: desired, now: now)
    let fallback = rule?.condition(health) ?? KEDACondition.noFallback
    // As in KEDA, of an object with nothing but cpu and memory nobody can tell.
    let isTold = rule == nil || !spec.metrics.isEmpty || wasFallingBack == true
    conditions = decision.conditions + (isTold ? [fallback] : [])
    triggersActivity = activity.byMetric(spec.metrics.lazy.map(\.name))
    if spec.pause.isFullyPaused { desired = .whilePaused(spec.pause, current: facts.current) }
    let isFallingBack = fallback == KEDACondition.fallbackExists
    if let wasFallingBack, wasFallingBack != isFallingBack {
      fallbackEvent = isFallingBack ? .fallbackActivated : .fallbackDeactivated
    }
  }
}

extension UnknownReason {
  static let notRead = UnknownReason(code: "notRead", message: "not read yet")
}

extension DesiredReplicas {
  /// What a full pause asks for: the number of `paused-replicas`, else what there is.
  static func whilePaused(_ pause: PauseRule, current: Int32?) -> DesiredReplicas {
    DesiredReplicas(count: pause.pausedReplicaCount ?? current, reasons: [pause.reason])
  }
}
