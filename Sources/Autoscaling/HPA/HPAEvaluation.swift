public import KubernetesAPI

/// One sync of an HPA up to the point where the target's scale has to be written. `finished` tells how that went.
public struct HPAEvaluation: Hashable, Sendable {
  /// Which way the count was decided.
  public enum Path: String, Hashable, Sendable {
    /// The target is at 0 replicas, which an HPA leaves alone.
    case disabled
    /// Above or below the bounds: corrected without reading metrics.
    case aboveMaximum
    case belowMinimum
    /// From metrics, stabilized, rate limited and bounded.
    case normalized
    /// No count could be computed: replicas stay.
    case failed
  }

  /// Why the count changes, as the HPA's event says it.
  public enum RescaleCause: Hashable, Sendable {
    case aboveMaximum
    case belowMinimum
    case metricAboveTarget(String)
    case allMetricsBelowTarget
  }

  public var now: Timestamp
  public var path: Path
  /// `spec.replicas` as it is.
  public var currentReplicas: Int32
  /// `spec.replicas` as it should be; the current count where nothing is to be done.
  public var desiredReplicas: Int32
  /// What the metrics together ask for, unstabilized and unbounded; `nil` when they were not read or failed.
  public var proposal: Int32?
  /// The metric that gave the proposal.
  public var chosenMetric: String?
  /// Every metric in spec order; empty when they were not read.
  public var metrics: [HPAMetricStatus]
  /// The count after stabilization, before rates and bounds.
  public var stabilizedReplicas: Int32?
  /// How far the rates would let replicas go in one step, raw: may lie on the wrong side of the current count. Without
  /// a behavior only the 2×/4 rule of scaling up.
  public var scaleUpLimit: Int32?
  public var scaleDownLimit: Int32?
  public var rescaleCause: RescaleCause?
  /// Metrics that failed. The sync goes on where `path` is `normalized`.
  public var error: HPASyncError?
  /// Why this count, the binding constraint first.
  public var reasons: [HPAReason]
  /// The memory as it is if the scale is not written: recommendation recorded, conditions set.
  public var memory: HPAMemory

  /// What storing the change needs: the longest period per direction; `nil` without a behavior.
  var longestUpPeriod: Duration?
  var longestDownPeriod: Duration?
  var allowsScaleToZero: Bool
  var minReplicas: Int32

  /// Whether the target's scale has to be written.
  public var needsUpdate: Bool { desiredReplicas != currentReplicas }
}

/// How writing the scale went.
public enum HPAScaleUpdate: Hashable, Sendable {
  case succeeded
  /// Why, for people.
  case failed(String)
}

/// Why a sync did not do all of its work.
public enum HPASyncError: Error, Hashable, Sendable {
  case scaleUnreadable(String)
  case scaleUpdateFailed(String)
  /// `failed` of `total` metrics failed; the first of them and its cause.
  case metricsFailed(failed: Int, total: Int, first: String, HPAMetricFailure)

  public var message: String {
    switch self {
    case .scaleUnreadable(let cause): "the scale of the target cannot be read: \(cause)"
    case .scaleUpdateFailed(let cause): "the scale of the target cannot be written: \(cause)"
    case .metricsFailed(let failed, let total, let first, let failure):
      "\(failed) of \(total) metrics failed, first \(first): \(failure.message)"
    }
  }
}

/// A whole sync.
public struct HPASyncResult: Hashable, Sendable {
  /// `spec.replicas` before and after.
  public var replicasBefore: Int32
  public var replicasAfter: Int32
  public var evaluation: HPAEvaluation
  public var error: HPASyncError?
  /// Why this count, the binding constraint first.
  public var reasons: [HPAReason]
  /// For the next sync.
  public var memory: HPAMemory

  public var conditions: HPAConditions { memory.conditions }
  public var didScale: Bool { replicasBefore != replicasAfter }
}
