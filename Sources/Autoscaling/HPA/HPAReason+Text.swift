internal import KubernetesAPI

extension HPAReason: CustomStringConvertible {
  /// A stable word for programs, in lower camel case.
  public var code: String {
    switch self {
    case .scaleUnreadable: "scaleUnreadable"
    case .disabledAtZero: "disabledAtZero"
    case .noMetrics: "noMetrics"
    case .allMetricsUnknown: "allMetricsUnknown"
    case .unknownBlocksScaleDown: "unknownBlocksScaleDown"
    case .updateFailed: "updateFailed"
    case .aboveMaximum: "aboveMaximum"
    case .belowMinimum: "belowMinimum"
    case .limitedByMaximum: "limitedByMaximum"
    case .limitedByMinimum: "limitedByMinimum"
    case .limitedByPolicy: "limitedByPolicy"
    case .limitedByDoubling: "limitedByDoubling"
    case .directionDisabled(.up, _, _): "scaleUpDisabled"
    case .directionDisabled(.down, _, _): "scaleDownDisabled"
    case .stabilized(let hold): hold.direction == .up ? "scaleUpStabilized" : "scaleDownStabilized"
    case .withinTolerance: "withinTolerance"
    case .perReplicaTarget, .totalTarget: "metricProposes"
    case .negativeReadsAsOverflow: "negativeReadsAsOverflow"
    case .metricUnknown: "metricUnknown"
    }
  }

  public var question: Question {
    switch self {
    case .limitedByMaximum, .limitedByDoubling, .aboveMaximum: .whyNotMore
    case .limitedByMinimum, .belowMinimum, .unknownBlocksScaleDown: .whyNotFewer
    case .limitedByPolicy(let limit): limit.direction == .up ? .whyNotMore : .whyNotFewer
    case .directionDisabled(let direction, _, _): direction == .up ? .whyNotMore : .whyNotFewer
    case .stabilized(let hold): hold.direction == .up ? .whyNotMore : .whyNotFewer
    case .scaleUnreadable, .disabledAtZero, .noMetrics, .allMetricsUnknown, .updateFailed, .withinTolerance,
      .perReplicaTarget, .totalTarget, .negativeReadsAsOverflow, .metricUnknown:
      .whyThisMany
    }
  }

  public var description: String { "\(code): \(message)" }

  /// One sentence for people, with the numbers that decided and times in UTC.
  public var message: String {
    switch self {
    case .scaleUnreadable(let cause): "the scale of the target cannot be read: \(cause)"
    case .disabledAtZero: "the target is at 0 replicas, which an HPA leaves alone"
    case .noMetrics: "no metric of the HPA is known here, so the replicas stay"
    case .allMetricsUnknown(let count):
      count == 1
        ? "the only metric is unknown, so the replicas stay" : "all \(count) metrics are unknown, so the replicas stay"
    case .unknownBlocksScaleDown(let metric, let failure, let current, let wanted):
      "stays at \(current): the known metrics want \(wanted), "
        + "but \(metric) is unknown (\(failure.message)) and might want more"
    case .updateFailed(let from, let to, let cause):
      "stays at \(from): \(to) could not be written to the target (\(cause))"
    case .aboveMaximum(let current, let maximum):
      "\(current) replicas are above maxReplicas \(maximum): down to \(maximum)"
    case .belowMinimum(let current, let minimum):
      "\(current) replicas are below minReplicas \(minimum): up to \(minimum)"
    case .limitedByMaximum(let wanted, let maximum): "maxReplicas \(maximum); \(wanted) are wanted"
    case .limitedByMinimum(let wanted, let minimum): "minReplicas \(minimum); \(wanted) are wanted"
    case .limitedByPolicy(let limit): limit.message
    case .limitedByDoubling(let wanted, let current, let limit):
      "\(wanted) are wanted, but without a behavior an HPA at most doubles \(current) replicas or goes to 4 "
        + "in one sync: \(limit)"
    case .directionDisabled(let direction, let wanted, let current):
      "stays at \(current): \(wanted) are wanted, but scaling \(direction.rawValue) is disabled "
        + "(selectPolicy: Disabled)"
    case .stabilized(let hold): hold.message
    case .withinTolerance(let metric, let ratio, let lowest, let highest, let replicas):
      "\(metric) is at \(text(ratio)) of its target, within the tolerance of \(text(lowest)) to \(text(highest)): "
        + "\(replicas)"
    case .perReplicaTarget(let metric, let sum, let target, let replicas):
      "\(metric) is \(text(milli: sum)), target \(text(milli: target)) a replica: \(replicas)"
    case .totalTarget(let metric, let sum, let target, let readyPods, let replicas):
      "\(metric) is \(text(milli: sum)), target \(text(milli: target)) in total with \(readyPods) ready pods: "
        + "\(replicas)"
    case .negativeReadsAsOverflow(let metric, let replicas):
      "\(metric) has a negative value, which an HPA takes for an overflow of a huge one: \(replicas)"
    case .metricUnknown(let metric, let failure): "\(metric) is unknown: \(failure.message)"
    }
  }
}

extension HPAPolicyLimit {
  var message: String {
    let unit = policy.type == "Percent" ? "%" : " pods"
    let sign = direction == .up ? "+" : "-"
    let rule = "the policy \(sign)\(policy.value)\(unit) per \(policy.periodSeconds) s"
    if overflows { return "\(wanted) are wanted, but \(rule) exceeds 32 bits and wraps around in the HPA: \(limit)" }
    let next = nextChange.map { "; next change possible at \($0.rfc3339)" } ?? ""
    return "\(wanted) are wanted, but \(rule) from \(base) allows \(limit)\(next)"
  }
}

extension HPAStabilizationHold {
  var message: String {
    let seconds = window.components.seconds
    let more = direction == .up ? "not more" : "not fewer"
    return "\(held) and \(more) until \(until.rfc3339): \(wanted) are wanted now, but \(recommended) were wanted at "
      + "\(recommendedAt.rfc3339), and the window is \(seconds) s"
  }
}

/// Thousandths as a decimal number: 2500 gives `2.5`.
private func text(milli: Int64) -> String {
  let (whole, thousandths) = milli.magnitude.quotientAndRemainder(dividingBy: 1000)
  let sign = milli < 0 ? "-" : ""
  if thousandths == 0 { return "\(sign)\(whole)" }
  var digits = String(thousandths)
  digits = String(repeating: "0", count: 3 - digits.count) + digits
  while digits.hasSuffix("0") { digits.removeLast() }
  return "\(sign)\(whole).\(digits)"
}

/// A ratio with at most four decimals, as far as it is small enough for decimals to matter.
private func text(_ ratio: Double) -> String {
  guard ratio.magnitude < 1e9 else { return ratio.description }
  let rounded = (ratio * 10_000).rounded() / 10_000
  return rounded == rounded.rounded() ? String(Int64(rounded)) : rounded.description
}
