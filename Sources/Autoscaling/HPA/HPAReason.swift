public import KubernetesAPI

/// One reason for the count an HPA arrived at, made of the numbers that decided it. In a list of reasons the first one
/// is the binding constraint: it answers "why this many, why not more, why not fewer?".
public enum HPAReason: Hashable, Sendable {
  // No count was computed
  case scaleUnreadable(cause: String)
  /// An HPA leaves a target at 0 replicas alone.
  case disabledAtZero
  /// The HPA has no metric that can be read here.
  case noMetrics
  case allMetricsUnknown(count: Int)
  /// The known metrics want fewer replicas, but one that is unknown might want more.
  case unknownBlocksScaleDown(metric: String, HPAMetricFailure, current: Int32, wanted: Int32)

  // The count was computed but not written
  case updateFailed(from: Int32, to: Int32, cause: String)

  // Bounds
  /// Outside the bounds: corrected at once, whatever the metrics say.
  case aboveMaximum(current: Int32, maximum: Int32)
  case belowMinimum(current: Int32, minimum: Int32)
  case limitedByMaximum(wanted: Int32, maximum: Int32)
  case limitedByMinimum(wanted: Int32, minimum: Int32)

  // Rates
  indirect case limitedByPolicy(HPAPolicyLimit)
  /// Without a behavior replicas at most double, or go to 4, in one sync.
  case limitedByDoubling(wanted: Int32, current: Int32, limit: Int32)
  /// `selectPolicy: Disabled`.
  case directionDisabled(HPADirection, wanted: Int32, current: Int32)

  // Stabilization
  indirect case stabilized(HPAStabilizationHold)

  // Metrics
  /// Usage/target is so near to 1 that the count stays.
  case withinTolerance(metric: String, ratio: Double, lowest: Double, highest: Double, replicas: Int32)
  /// `sum` and `target` in thousandths.
  case perReplicaTarget(metric: String, sum: Int64, target: Int64, replicas: Int32)
  case totalTarget(metric: String, sum: Int64, target: Int64, readyPods: Int, replicas: Int32)
  /// A negative value of an `AverageValue` metric, which the HPA takes for an overflow: it wants as many as it can get.
  case negativeReadsAsOverflow(metric: String, replicas: Int32)
  case metricUnknown(metric: String, HPAMetricFailure)

  /// What a person wants to know who gets this reason for an answer.
  public enum Question: String, Hashable, Sendable {
    case whyThisMany
    case whyNotMore
    case whyNotFewer
  }
}

/// A policy of a behavior that keeps replicas from going where the metrics want them.
public struct HPAPolicyLimit: Hashable, Sendable {
  public var direction: HPADirection
  /// After stabilization.
  public var wanted: Int32
  /// Where replicas stop.
  public var limit: Int32
  public var policy: HPAScalingPolicy
  /// Replicas at the start of the policy's period: the current count without the changes made since.
  public var base: Int32
  /// When replicas may next move on in this direction, if this sync's change is carried out; `nil`: not by waiting.
  public var nextChange: Timestamp?
  /// Base and value together exceed 32 bits, and the controller's arithmetic wraps around (Pods 2147483647 blocks
  /// scaling up).
  public var overflows: Bool
}

/// A past recommendation that keeps replicas from going where the metrics want them now.
public struct HPAStabilizationHold: Hashable, Sendable {
  /// `down`: fewer are wanted than are kept.
  public var direction: HPADirection
  public var wanted: Int32
  /// The count after stabilization.
  public var held: Int32
  /// The recommendation that holds longest.
  public var recommended: Int32
  public var recommendedAt: Timestamp
  public var window: Duration
  /// When that recommendation leaves the window.
  public var until: Timestamp
}
