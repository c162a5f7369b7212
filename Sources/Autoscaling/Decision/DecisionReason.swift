public import KubernetesAPI

/// One reason of a decision: `code` for programs, `message` for people. Small, because every object keeps a journal;
/// the texts are made when somebody reads them.
public enum DecisionReason: Hashable, Sendable {
  // The target
  case replicasUnreadable(String)
  // Annotations
  case paused
  case pausedReplicas(Int32)
  indirect case pausedReplicasInvalid(FieldError)
  /// One-sided pauses: the target stays although it would be changed.
  case pausedScaleIn(keeps: Int32, insteadOf: Int32)
  case pausedScaleOut(keeps: Int32, insteadOf: Int32)
  case forceActivation
  // Between zero (or idle) and one
  /// `others`: how many metrics beside `metric` are active.
  case activated(metric: String, others: Int32, from: Int32, to: Int32)
  case alreadyActive(metric: String, others: Int32)
  case onlyResourceTriggers
  case notActive
  case coolingDown(until: Timestamp, insteadOf: Int32)
  case initialCooldown(until: Timestamp, insteadOf: Int32)
  case cooldownOver(lastActive: Timestamp, seconds: Int32, to: Int32)
  case neverActive(to: Int32)
  case idle(Int32)
  case belowMin(from: Int32, to: Int32)
  case unknownBlocksScaleToZero(keeps: Int32)
  // How many
  /// Bounds: the metrics ask for `wanted`.
  case maxReplicaCount(Int32, wanted: Int32)
  case minReplicaCount(Int32, wanted: Int32)
  /// At least one replica while something is active.
  case oneWhileActive
  /// The known metrics ask for `wanted`, fewer than there are; an unknown one might ask for more.
  case unknownHoldsReplicas(keeps: Int32, wanted: Int32)
  /// Thousandths of the metric's value and of its target.
  case metricDecides(metric: String, milliValue: Int64, milliTarget: Int64, replicas: Int32)
  case fallback(metric: String, failures: Int32, replicas: Int32)
  indirect case triggerUnknown(metric: String, UnknownReason)
  /// `cpu`, `memory`, or both: the HPA reads them itself and may ask for more.
  case decidedByHPA(String)
  /// What the HPA algorithm says of the replicas between one and maxReplicaCount.
  indirect case hpa(HPAReason)
}
