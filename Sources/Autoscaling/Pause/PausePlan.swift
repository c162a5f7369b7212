public import KubernetesAPI

/// What to do when an object's pause annotations are looked at (at start, and whenever its annotations change).
public struct PausePlan: Hashable, Sendable {
  public var loopRuns: Bool
  public var hpaExists: Bool
  /// What to set the target to, once; nil when there is nothing to change.
  public var scaleTo: Int32?
  /// `status.pausedReplicaCount`.
  public var pausedReplicaCount: Int32?
  /// The condition `Paused`; nil when the object neither is nor was paused.
  public var condition: Condition?
  /// Only when the pause begins or ends.
  public var event: ScaleEvent?
  /// `paused-replicas` is no number: the object stays paused, the target untouched.
  public var error: FieldError?

  /// `wasPaused`: the condition `Paused` was true before.
  public init(_ rule: PauseRule, wasPaused: Bool, currentReplicas: Int32?) {
    loopRuns = rule.loopRuns
    hpaExists = rule.hpaExists
    if rule.isAnyPause {
      condition = KEDACondition.paused
    } else if wasPaused {
      condition = KEDACondition.unpaused
    }
    if rule.isAnyPause != wasPaused { event = rule.isAnyPause ? .paused : .unpaused }
    pausedReplicaCount = rule.pausedReplicaCount
    if case .unreadable(let error) = rule.full { self.error = error }
    if let pausedReplicaCount, pausedReplicaCount != currentReplicas { scaleTo = pausedReplicaCount }
  }
}
