public import KubernetesAPI

/// Turns readings that fail too often into numbers (`spec.fallback`): the only place where unknown becomes a number.
///
/// Rules: KEDA `pkg/fallback`. The fallback engages when a metric failed *more* than `failureThreshold` times in a row.
public struct FallbackRule: Hashable, Sendable {
  public let spec: FallbackSpec
  /// With `scalingModifiers`, what their target says; it takes the place of the trigger's own.
  private let compositeTarget: TriggerTarget?

  /// Nil when there is no fallback or it cannot be used: a negative number in it or, with `scalingModifiers`, a target
  /// that is not a whole number above 0 (KEDA's rule; `2.5` disables the fallback). `modifiers` is nil unless in use.
  public init?(_ spec: FallbackSpec?, modifiers: ScalingModifiers? = nil) {
    guard let spec, spec.failureThreshold >= 0, spec.replicas >= 0 else { return nil }
    self.spec = spec
    if let modifiers {
      guard let target = Int64(modifiers.target ?? ""), target > 0 else { return nil }
      compositeTarget = modifiers.metricType == "Value" ? .value(Quantity(target)) : .averageValue(Quantity(target))
    } else {
      compositeTarget = nil
    }
  }

  /// The fallback of an object, if it has one that can be used.
  public init?(of spec: ScalingSpec) {
    self.init(spec.fallback, modifiers: spec.modifiers)
  }

  /// What a metric counts as. `failures` includes this reading.
  ///
  /// Target 10 a replica, replicas 6: 6 × 10 = 60 (behavior `static`). The same with type `Value` and 4 ready pods:
  /// 6 / 4 × 10 = 15, which the HPA multiplies by its 4 pods again.
  public func resolve(
    _ outcome: Reading.Outcome, failures: Int32, target: TriggerTarget, replicas facts: ReplicaFacts
  ) -> EffectiveMetric {
    guard case .unknown(let reason) = outcome, failures > spec.failureThreshold else { return EffectiveMetric(outcome) }
    if spec.behavior == "scalingModifiers" {
      return facts.current == nil ? .unknown(reason) : .placeholder
    }
    guard let replicas = replicas(current: facts.current) else { return .unknown(reason) }
    return value(for: replicas, target: compositeTarget ?? target, ready: facts.ready, reason: reason)
  }

  /// The name under which a metric is served: a fallback value under `scalingModifiers` stands for the composite.
  public func name(of metric: EffectiveMetric, own: String) -> String {
    metric.isFallback && compositeTarget != nil ? CompositeMetric.name : own
  }

  /// The replicas to fall back to; nil when that takes the current replicas and they are unknown. As in KEDA, every
  /// behavior but a written `static` needs them.
  private func replicas(current: Int32?) -> Int32? {
    if spec.behavior == "static" { return spec.replicas }
    guard let current else { return nil }
    return switch spec.behavior {
    case "currentReplicas": current
    case "currentReplicasIfHigher": max(current, spec.replicas)
    case "currentReplicasIfLower": min(current, spec.replicas)
    default: spec.replicas
    }
  }

  private func value(for replicas: Int32, target: TriggerTarget, ready: Int32?, reason: UnknownReason)
    -> EffectiveMetric
  {
    var share = Double(replicas)
    if case .value = target {
      guard let ready, ready > 0 else {
        return .unknown(
          UnknownReason(
            code: "fallbackImpossible",
            message: "error performing fallback: a target of type Value needs ready pods and there are none to count; "
              + reason.message))
      }
      share /= Double(ready)
    }
    let milliValue = saturatingInt64(target.quantity.approximateDouble * 1000 * share)
    return .fallback(milliValue: milliValue, replicas: replicas)
  }
}

/// The integer part, clamped to what `Int64` holds; 0 for NaN.
func saturatingInt64(_ number: Double) -> Int64 {
  if let exact = Int64(exactly: number.rounded(.towardZero)) { return exact }
  if number.isNaN { return 0 }
  return number < 0 ? .min : .max
}
