public import KubernetesAPI

/// Whether anything waits to be worked on: decides between zero and one.
public struct Activity: Hashable, Sendable {
  /// Some trigger is active.
  public var isActive: Bool
  /// Some trigger is unknown and not falling back.
  public var isError: Bool
  /// The metrics of the active triggers, in the order of the triggers.
  public var activeMetrics: [String]
  /// Some trigger is falling back.
  public var isFallbackActive: Bool

  public init(
    isActive: Bool, isError: Bool = false, activeMetrics: [String] = [], isFallbackActive: Bool = false
  ) {
    self.isActive = isActive
    self.isError = isError
    self.activeMetrics = activeMetrics
    self.isFallbackActive = isFallbackActive
  }

  /// Any active trigger makes the object active. Of several metrics of one trigger the last known one decides. Objects
  /// with nothing but cpu and memory triggers are always active, so they never go to zero.
  public init(_ metrics: [MetricEvaluation], resourceTriggers: Int) {
    self.init(isActive: false)
    var group = metrics[...]
    while let first = group.first {
      let trigger = group.prefix { $0.triggerIndex == first.triggerIndex }
      group = group.dropFirst(trigger.count)
      let known = trigger.filter { $0.effective.unknownReason == nil }
      if known.count < trigger.count { isError = true }
      if known.contains(where: { $0.effective.isFallback }) { isFallbackActive = true }
      if let last = known.last, last.isActive {
        isActive = true
        activeMetrics += known.map(\.name)
      }
    }
    if metrics.isEmpty, resourceTriggers > 0 { isActive = true }
  }

  /// With `scalingModifiers` the composite alone decides: active when no trigger is unknown and it is above the
  /// activation target. An activation target that is no number counts as an error.
  init(composite: EffectiveMetric, metrics: [MetricEvaluation], activationThreshold: Double?) {
    self.init(isActive: false)
    isError = metrics.contains { $0.effective.unknownReason != nil } || composite.unknownReason != nil
    isFallbackActive = metrics.contains { $0.effective.isFallback }
    guard let activationThreshold else {
      isError = true
      return
    }
    let value: Double? =
      switch composite {
      case .value(let value): value
      case .fallback(let milliValue, _): Double(milliValue) / 1000
      case .placeholder, .unknown: nil
      }
    if !isError, let value, value > activationThreshold {
      isActive = true
      activeMetrics = [CompositeMetric.name]
    }
  }

  /// `status.triggersActivity` for the metrics of the object.
  public func byMetric(_ names: some Sequence<String>) -> [String: TriggerActivity] {
    let active = Set(activeMetrics)
    return Dictionary(names.map { ($0, TriggerActivity(isActive: active.contains($0))) }) { first, _ in first }
  }
}
