internal import KubernetesAPI

/// What the metrics ask for: the maximum over the triggers, within minReplicaCount and maxReplicaCount. Before
/// tolerance, stabilization and policies, which are the HPA's.
public struct DesiredReplicas: Hashable, Sendable {
  /// Nil when no trigger says how many and the current replicas are not known either.
  public var count: Int32?
  /// The binding constraint first: the bound, or the metric that asks for most. Then the unknown triggers and what the
  /// HPA decides beside them.
  public var reasons: [DecisionReason]

  public init(count: Int32?, reasons: [DecisionReason]) {
    self.count = count
    self.reasons = reasons
  }

  /// - While something is active (or force-activation is set): the maximum over the metrics, at least
  ///   max(minReplicaCount, 1), at most maxReplicaCount. 100 at 5 a replica and 1,500 at 100 a replica: max(20, 15) =
  ///   20.
  /// - While nothing is: idleReplicaCount where it is set, 0 where minReplicaCount is 0, else as above.
  /// - An unknown metric never lowers the replicas: fewer than there are becomes as many as there are. It does not
  ///   count as "nothing is active" either, except by `fallback.replicas: 0`.
  public init(
    _ metrics: [MetricEvaluation], activity: Activity, spec: ScalingSpec, replicas facts: ReplicaFacts
  ) {
    let isActive = activity.isActive || spec.forcesActivation
    self.init(count: nil, reasons: [])
    if !isActive, !(activity.isError && spec.errorBlocksScalingToZero), spec.restsBelowMinimum {
      count = spec.restingReplicas
      reasons = [spec.idleReplicaCount.map { .idle($0) } ?? .notActive]
    } else {
      decide(Proposal.highest(of: metrics, replicas: facts), isActive: isActive, spec: spec, activity, facts)
    }
    reasons += metrics.compactMap { metric in
      metric.effective.unknownReason.map { .triggerUnknown(metric: metric.name, $0) }
    }
    if !spec.resourceTriggers.isEmpty {
      var names: [String] = []
      for name in spec.resourceTriggers where !names.contains(name) { names.append(name) }
      reasons.append(.decidedByHPA(names.joined(separator: ", ")))
    }
  }

  private mutating func decide(
    _ highest: Proposal?, isActive: Bool, spec: ScalingSpec, _ activity: Activity, _ facts: ReplicaFacts
  ) {
    var wanted = highest?.replicas
    if let highest { reasons = highest.reasons }
    if activity.isError || (wanted == nil && !spec.resourceTriggers.isEmpty), let current = facts.current {
      if let replicas = wanted, replicas < current {
        reasons.insert(.unknownHoldsReplicas(keeps: current, wanted: replicas), at: 0)
      }
      wanted = max(wanted ?? current, current)
    }
    guard let wanted else { return }
    let lower = max(spec.minReplicaCount, isActive ? 1 : 0)
    let upper = max(spec.maxReplicaCount, lower)
    count = min(max(wanted, lower), upper)
    if wanted > upper {
      reasons.insert(.maxReplicaCount(upper, wanted: wanted), at: 0)
    } else if wanted < lower {
      reasons.insert(
        spec.minReplicaCount >= lower ? .minReplicaCount(lower, wanted: wanted) : .oneWhileActive, at: 0)
    }
  }
}

/// What one metric asks for.
struct Proposal {
  var replicas: Int32
  var reasons: [DecisionReason]

  /// The first of the highest proposals; nil when no metric says how many.
  static func highest(of metrics: [MetricEvaluation], replicas facts: ReplicaFacts) -> Proposal? {
    var best: (metric: MetricEvaluation, replicas: Int32)?
    for metric in metrics {
      guard let replicas = metric.replicas(facts) else { continue }
      if let best, best.replicas >= replicas { continue }
      best = (metric, replicas)
    }
    guard let (metric, replicas) = best else { return nil }
    let value = metric.effective.quantity?.milliValue ?? 0
    let target = metric.target.quantity.milliValue
    var reasons = [
      DecisionReason.metricDecides(metric: metric.name, milliValue: value, milliTarget: target, replicas: replicas)
    ]
    if case .fallback(_, let fallback) = metric.effective {
      reasons.insert(.fallback(metric: metric.name, failures: metric.failures, replicas: fallback), at: 0)
    }
    return Proposal(replicas: replicas, reasons: reasons)
  }
}

extension MetricEvaluation {
  /// `ceil(value / target)`, as the HPA computes it from the numbers that are served (thousandths); for a target of
  /// type `Value`, `ceil(value / target × ready pods)`, or without the pods at zero replicas. Nil when the metric is
  /// unknown or its target is not above 0. 500 at 10 a replica: 50. 1 at 10 a replica: 1.
  public func replicas(_ facts: ReplicaFacts) -> Int32? {
    guard let quantity = effective.quantity, effective != .placeholder else { return nil }
    let value = max(quantity.milliValue, 0)
    let divisor = target.quantity.milliValue
    guard divisor > 0 else { return nil }
    switch target {
    case .averageValue:
      let (whole, remainder) = value.quotientAndRemainder(dividingBy: divisor)
      return Int32(clamping: whole.addingSaturating(remainder > 0 ? 1 : 0))
    case .value:
      let pods = facts.current == 0 ? 1 : max(facts.ready ?? facts.current ?? 1, 0)
      return Int32(clamping: saturatingInt64((Double(value) / Double(divisor) * Double(pods)).rounded(.up)))
    }
  }
}

extension ScalingSpec {
  /// An unknown trigger keeps an inactive object from going to zero or idle, unless `fallback.replicas: 0` allows it.
  var errorBlocksScalingToZero: Bool { fallback.map { $0.replicas != 0 } ?? true }

  /// The target goes to `restingReplicas` while nothing is active.
  var restsBelowMinimum: Bool { idleReplicaCount != nil || minReplicaCount == 0 }

  /// idleReplicaCount, else minReplicaCount.
  var restingReplicas: Int32 { idleReplicaCount ?? minReplicaCount }
}
