internal import Autoscaling
internal import Engine
internal import KubernetesAPI

/// What reconciling has found out about an object, as its status tells it. The rest of a status comes from the loop's
/// decisions and from the HPA.
struct StatusFacts: Sendable, Hashable {
  var target: GroupVersionKindResource?
  var originalReplicaCount: Int32?
  var hpaName: String?
  var externalMetricNames: [String]?
  var resourceMetricNames: [String]?
  var triggersTypes: String?
  var authenticationsTypes: String?
  var isPaused = false
  /// Paused as a whole: an HPA is not wanted.
  var isFullyPaused = false
  var pausedReplicaCount: Int32?
  /// Set while the loop does not decide: the object is wrong, or paused as a whole.
  var ready: Condition?
  var active: Condition?
  /// Nothing falls back where no fallback is configured.
  var hasFallback = false
}

extension StatusFacts {
  /// `apps/v1.Deployment`.
  var scaleTargetKind: String? {
    target.map { "\($0.apiVersion).\($0.kind)" }
  }
}

extension Condition {
  static func checkFailed(_ message: String) -> Condition {
    KEDACondition.checkFailed(message)
  }

  static let activityUnknown = Condition(
    type: "Active", status: "Unknown", reason: "UnknownState", message: "ScaledObject check failed")
  static let readyWhilePaused = Condition(
    type: "Ready", status: "True", reason: "ScaledObjectReady", message: "ScaledObject is paused")
}
