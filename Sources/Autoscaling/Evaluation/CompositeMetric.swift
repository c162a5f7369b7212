internal import KubernetesAPI

/// The one number that `scalingModifiers` make of all triggers.
public enum CompositeMetric {
  public static let name = "composite-metric"

  /// Computes the formula from the effective metrics, in the order of `ScalingSpec.metrics`. Never called while a
  /// metric is unknown or a fallback value stands in.
  public typealias Formula = @Sendable ([MetricEvaluation]) -> EffectiveMetric

  /// The first unknown metric, or else the first fallback value, or else what the formula says.
  static func resolve(_ metrics: [MetricEvaluation], formula: Formula?) -> EffectiveMetric {
    if let unknown = metrics.first(where: { $0.effective.unknownReason != nil }) { return unknown.effective }
    if let fallback = metrics.first(where: { $0.effective.isFallback }) { return fallback.effective }
    guard let formula else {
      return .unknown(
        UnknownReason(
          code: "formulaNotEvaluated",
          message:
            "spec.advanced.scalingModifiers.formula is not evaluated by this version of Swell; remove scalingModifiers"
        ))
    }
    return formula(metrics)
  }

  /// The composite is active above this; nil when `activationTarget` is no number. Empty means 0.
  static func activationThreshold(_ modifiers: ScalingModifiers) -> Double? {
    guard let text = modifiers.activationTarget, !text.isEmpty else { return 0 }
    guard let number = GoNumber.float(text), !number.isNaN else { return nil }
    return number
  }

  static func target(_ modifiers: ScalingModifiers) -> TriggerTarget? {
    guard let target = GoNumber.float(modifiers.target ?? ""), target > 0, target.isFinite else { return nil }
    let quantity = Quantity(milliValue: saturatingInt64(target * 1000))
    return modifiers.metricType == "Value" ? .value(quantity) : .averageValue(quantity)
  }
}
