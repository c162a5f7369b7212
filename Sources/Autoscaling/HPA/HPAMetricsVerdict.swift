/// What all metrics of an HPA come to together.
public struct HPAMetricsVerdict: Hashable, Sendable {
  public enum Outcome: Hashable, Sendable {
    /// The count that the metrics ask for, and the metric that gave it. Some may have failed beside (`error`).
    case proposes(Int32, metric: String)
    /// Some metrics failed, and the others ask for fewer replicas than there are.
    case blocksScaleDown(wanted: Int32)
    case allFailed
    /// There is no metric to judge.
    case noMetrics
  }

  public var outcome: Outcome
  /// In spec order.
  public var metrics: [HPAMetricStatus]

  /// The first valid proposal is taken; a later one replaces it if it is larger, or if the one held is 0. With 20 and
  /// 15 it is 20.
  init(_ metrics: [HPAMetricStatus], specReplicas: Int32) {
    self.metrics = metrics
    var held: (replicas: Int32, metric: String)?
    for status in metrics {
      guard let replicas = status.proposal else { continue }
      if let current = held, current.replicas != 0, replicas <= current.replicas { continue }
      held = (replicas, status.name)
    }
    if let held {
      let someFailed = metrics.contains { $0.failure != nil }
      outcome =
        someFailed && held.replicas < specReplicas
        ? .blocksScaleDown(wanted: held.replicas) : .proposes(held.replicas, metric: held.metric)
    } else {
      outcome = metrics.isEmpty ? .noMetrics : .allFailed
    }
  }

  /// Names the first metric that failed; `nil` when none did.
  public var error: HPASyncError? {
    let failed = metrics.filter { $0.failure != nil }
    guard let first = failed.first, let failure = first.failure else { return nil }
    return .metricsFailed(failed: failed.count, total: metrics.count, first: first.name, failure)
  }

  /// The condition `ScalingActive` that follows; `nil` without metrics.
  public var scalingActive: HPACondition? {
    switch outcome {
    case .noMetrics: return nil
    case .proposes(_, let metric):
      return HPACondition(
        true, reason: "ValidMetricFound",
        message: "the HPA was able to successfully calculate a replica count from external metric \(metric)")
    case .blocksScaleDown, .allFailed:
      let cause = error?.message ?? ""
      return HPACondition(
        false, reason: "FailedGetExternalMetric", message: "the HPA was unable to compute the replica count: \(cause)")
    }
  }
}
