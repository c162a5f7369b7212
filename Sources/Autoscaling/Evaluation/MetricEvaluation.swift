internal import KubernetesAPI

/// One metric after the fallback rules.
public struct MetricEvaluation: Hashable, Sendable {
  public var name: String
  public var triggerIndex: Int
  public var target: TriggerTarget
  public var effective: EffectiveMetric
  /// Above its activation threshold, or falling back.
  public var isActive: Bool
  /// Failed readings in a row, this one included; 0 where no usable fallback makes Swell count.
  public var failures: Int32

  public init(
    name: String, triggerIndex: Int, target: TriggerTarget, effective: EffectiveMetric, isActive: Bool,
    failures: Int32 = 0
  ) {
    self.name = name
    self.triggerIndex = triggerIndex
    self.target = target
    self.effective = effective
    self.isActive = isActive
    self.failures = failures
  }

  /// That the fallback decides, told of whoever decides by this metric; nil when its reading does.
  public var fallbackReason: DecisionReason? {
    guard case .fallback(_, let replicas) = effective else { return nil }
    return .fallback(metric: name, failures: failures, replicas: replicas)
  }

  /// Counts the reading and applies the fallback rules: the one way of every reading, whether a poll or an HPA asked.
  public init(
    _ metric: TriggerMetric, reading: Reading, fallback: FallbackRule?, replicas: ReplicaFacts,
    health: inout HealthBook
  ) {
    if fallback != nil { health.count(reading, of: metric.name) }
    let failures = fallback == nil ? 0 : health[metric.name]?.numberOfFailures ?? 0
    let effective =
      fallback?.resolve(reading.outcome, failures: failures, target: metric.target, replicas: replicas)
      ?? EffectiveMetric(reading.outcome)
    var isActive = effective.isFallback
    if case .value(let measurement) = reading.outcome {
      isActive = measurement.activationValue > metric.activationThreshold
    }
    self.init(
      name: metric.name, triggerIndex: metric.triggerIndex, target: metric.target, effective: effective,
      isActive: isActive, failures: failures)
  }
}
