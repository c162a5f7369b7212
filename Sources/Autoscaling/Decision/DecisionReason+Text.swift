internal import KubernetesAPI

extension DecisionReason: CustomStringConvertible {
  /// A stable word for programs, in lower camel case: metrics labels, JSON, tests.
  public var code: String {
    switch self {
    case .replicasUnreadable: "replicasUnreadable"
    case .paused: "paused"
    case .pausedReplicas: "pausedReplicas"
    case .pausedReplicasInvalid: "pausedReplicasInvalid"
    case .pausedScaleIn: "pausedScaleIn"
    case .pausedScaleOut: "pausedScaleOut"
    case .forceActivation: "forceActivation"
    case .activated: "activated"
    case .alreadyActive: "alreadyActive"
    case .onlyResourceTriggers: "onlyResourceTriggers"
    case .notActive: "notActive"
    case .coolingDown: "coolingDown"
    case .initialCooldown: "initialCooldown"
    case .cooldownOver: "cooldownOver"
    case .neverActive: "neverActive"
    case .idle: "idle"
    case .belowMin: "belowMin"
    case .unknownBlocksScaleToZero: "unknownBlocksScaleToZero"
    case .maxReplicaCount: "maxReplicaCount"
    case .minReplicaCount: "minReplicaCount"
    case .oneWhileActive: "oneWhileActive"
    case .unknownHoldsReplicas: "unknownHoldsReplicas"
    case .metricDecides: "metricDecides"
    case .fallback: "fallback"
    case .triggerUnknown: "triggerUnknown"
    case .decidedByHPA: "decidedByHPA"
    case .hpa(let reason): reason.code
    }
  }

  public var description: String { "\(code): \(message)" }

  /// One sentence for people, with numbers and times (UTC).
  public var message: String {
    switch self {
    case .replicasUnreadable(let cause): "the replicas of the scale target cannot be read: \(cause)"
    case .paused: "paused by the annotation autoscaling.keda.sh/paused"
    case .pausedReplicas(let count): "paused at \(count) by the annotation autoscaling.keda.sh/paused-replicas"
    case .pausedReplicasInvalid(let error): "paused, and the replicas stay as they are: \(error)"
    case .pausedScaleIn(let keeps, let other):
      "autoscaling.keda.sh/paused-scale-in keeps \(keeps) instead of \(other)"
    case .pausedScaleOut(let keeps, let other):
      "autoscaling.keda.sh/paused-scale-out keeps \(keeps) instead of \(other)"
    case .forceActivation: "active because of the annotation autoscaling.keda.sh/force-activation"
    case .activated(let metric, let others, let from, let to):
      "from \(from) to \(to) because \(subject(metric, others)) above the activation threshold or falling back"
    case .alreadyActive(let metric, let others):
      "\(subject(metric, others)) above the activation threshold or falling back"
    case .onlyResourceTriggers: "always active because there are only cpu and memory triggers"
    case .notActive: "no trigger is active"
    case .coolingDown(let until, let other):
      "no trigger is active; cooling down until \(until.rfc3339), and to \(other) after that"
    case .initialCooldown(let until, let other):
      "no trigger was ever active; the initial cooldown runs until \(until.rfc3339), and to \(other) after that"
    case .cooldownOver(let lastActive, let seconds, let to):
      "to \(to) because no trigger was active since \(lastActive.rfc3339) and the cooldown of \(seconds) s is over"
    case .neverActive(let to): "to \(to) because no trigger was ever active and the initial cooldown is over"
    case .idle(let count): "idleReplicaCount \(count) because no trigger is active"
    case .belowMin(let from, let to): "from \(from) up to minReplicaCount \(to)"
    case .unknownBlocksScaleToZero(let keeps):
      "the replicas stay at \(keeps): no known trigger is active, but not every trigger is known"
    case .maxReplicaCount(let limit, let wanted): "maxReplicaCount \(limit); the metrics ask for \(wanted)"
    case .minReplicaCount(let limit, let wanted): "minReplicaCount \(limit); the metrics ask for \(wanted)"
    case .oneWhileActive: "at least 1 while a trigger is active"
    case .unknownHoldsReplicas(let keeps, let wanted):
      "the replicas stay at \(keeps) instead of \(wanted) because not every trigger is known"
    case .metricDecides(let metric, let value, let target, let replicas):
      "\(metric) is \(decimal(value)), target \(decimal(target)): \(replicas)"
    case .fallback(let metric, let failures, let replicas):
      "\(metric) failed \(failures) times in a row: fallback to \(replicas)"
    case .triggerUnknown(let metric, let reason): "\(metric) is unknown: \(reason.message)"
    case .decidedByHPA(let resources): "\(resources): decided by the HPA"
    case .hpa(let reason): reason.message
    }
  }

  private func subject(_ metric: String, _ others: Int32) -> String {
    if metric.isEmpty { return "a trigger is" }
    return others > 0 ? "\(metric) and \(others) more are" : "\(metric) is"
  }
}

/// Thousandths as a decimal number: 2500 gives `2.5`.
private func decimal(_ milli: Int64) -> String {
  let (whole, thousandths) = milli.magnitude.quotientAndRemainder(dividingBy: 1000)
  let sign = milli < 0 ? "-" : ""
  if thousandths == 0 { return "\(sign)\(whole)" }
  var digits = String(thousandths)
  digits = String(repeating: "0", count: 3 - digits.count) + digits
  while digits.hasSuffix("0") { digits.removeLast() }
  return "\(sign)\(whole).\(digits)"
}
