/// What one metric came to in a sync: a count it proposes, or why it proposes none.
public struct HPAMetricStatus: Hashable, Sendable {
  public enum Outcome: Hashable, Sendable {
    /// Replicas asked for. May be negative where the metric is; the sync treats that as 0.
    case proposes(Int32)
    case failed(HPAMetricFailure)
  }

  public var name: String
  public var target: HPAMetricObservation.Target
  public var outcome: Outcome
  /// The sum of the items, in thousandths, as far as it was added up; `nil` without an answer.
  public var sum: Int64?
  /// What the HPA's status reports, in thousandths: the sum (`Value`) or the mean per replica, rounded up
  /// (`AverageValue`). `nil` when the metric failed, or when there is no replica to average over.
  public var usage: Int64?
  /// What was compared with the tolerance; `nil` where no comparison took place (failed, or a `Value` target at 0
  /// replicas).
  public var usageRatio: Double?
  /// The ratio was within tolerance, so the metric proposes the present count.
  public var isWithinTolerance: Bool
  /// An `AverageValue` sum became negative, which the controller takes for an overflow of a huge metric.
  public var readsAsOverflow: Bool

  init(
    name: String, target: HPAMetricObservation.Target, outcome: Outcome, sum: Int64? = nil, usage: Int64? = nil,
    usageRatio: Double? = nil, isWithinTolerance: Bool = false, readsAsOverflow: Bool = false
  ) {
    self.name = name
    self.target = target
    self.outcome = outcome
    self.sum = sum
    self.usage = usage
    self.usageRatio = usageRatio
    self.isWithinTolerance = isWithinTolerance
    self.readsAsOverflow = readsAsOverflow
  }

  public var proposal: Int32? {
    if case .proposes(let replicas) = outcome { replicas } else { nil }
  }

  public var failure: HPAMetricFailure? {
    if case .failed(let failure) = outcome { failure } else { nil }
  }
}

/// Why a metric proposes no count.
public enum HPAMetricFailure: Error, Hashable, Sendable {
  /// The metrics API answered with an error.
  case unavailable(String)
  /// The metrics API answered with an empty list.
  case noValues
  /// A `Value` target needs ready pods to multiply by, and no pod matches the target's selector.
  case noPods
  /// The metric has neither a value nor an average value to aim at.
  case noTarget

  /// One word for programs.
  public var code: String {
    switch self {
    case .unavailable: "unavailable"
    case .noValues: "noValues"
    case .noPods: "noPods"
    case .noTarget: "noTarget"
    }
  }

  public var message: String {
    switch self {
    case .unavailable(let message): message
    case .noValues: "the metrics API returned no values"
    case .noPods: "no pod matches the selector of the scale target"
    case .noTarget: "the metric has no target value"
    }
  }
}
