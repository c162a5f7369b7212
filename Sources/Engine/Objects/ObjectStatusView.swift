public import KubernetesAPI

/// What a ScaledObject's status says of the loop's work: small, because it is compared after every decision.
public struct ObjectStatusView: Sendable, Hashable {
  /// Ready, Active, Fallback, and Paused where it is or was True.
  public var conditions: [Condition]
  public var lastActiveTime: Timestamp?
  /// `status.triggersActivity`.
  public var triggersActivity: [String: TriggerActivity]
  /// `status.health`. Counted while a fallback is configured, and kept as it is when that is taken away.
  public var health: [String: HealthStatus]

  public init(
    conditions: [Condition], lastActiveTime: Timestamp?, triggersActivity: [String: TriggerActivity],
    health: [String: HealthStatus]
  ) {
    self.conditions = conditions
    self.lastActiveTime = lastActiveTime
    self.triggersActivity = triggersActivity
    self.health = health
  }
}
