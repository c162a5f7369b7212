public import KubernetesAPI

/// What to do with a scale target now, and why. Carrying it out is the caller's part: write `scaleTo`, tell
/// `effects(of:now:)` how that went, and record what comes back.
public struct ScaleDecision: Hashable, Sendable {
  public enum Action: Hashable, Sendable {
    /// From zero or idle to `replicas`, because of `metrics`, or of the annotation when `isForced`.
    case activate(replicas: Int32, metrics: [String], isForced: Bool)
    /// To zero or idle.
    case deactivate(replicas: Int32)
    /// Up to minReplicaCount while nothing is active. No event, as in KEDA.
    case raiseToMinimum(replicas: Int32)

    public var replicas: Int32 {
      switch self {
      case .activate(let replicas, _, _), .deactivate(let replicas), .raiseToMinimum(let replicas): replicas
      }
    }
  }

  /// How the write of `scaleTo` went. `previous` is what `/scale` said before; nil when it could not be read.
  public enum Outcome: Hashable, Sendable {
    case written(previous: Int32)
    case failed(previous: Int32?)
  }

  public struct Effects: Hashable, Sendable {
    public var event: ScaleEvent?
    /// What `lastActiveTime` becomes; nil leaves it.
    public var lastActiveTime: Timestamp?
  }

  /// Nil: leave the target alone (or to the HPA).
  public var action: Action?
  /// What `lastActiveTime` becomes without any write; nil leaves it.
  public var lastActiveTime: Timestamp?
  /// The conditions `Ready`, `Active` and `Paused`, as far as this decision touches them.
  public var conditions: [Condition]
  /// The first instant at which the same facts decide otherwise (the end of a cooldown); nil when time alone changes
  /// nothing.
  public var nextEvaluation: Timestamp?
  /// The first one answers "why this many?".
  public var reasons: [DecisionReason]

  public init(
    action: Action? = nil, lastActiveTime: Timestamp? = nil, conditions: [Condition] = [],
    nextEvaluation: Timestamp? = nil, reasons: [DecisionReason] = []
  ) {
    self.action = action
    self.lastActiveTime = lastActiveTime
    self.conditions = conditions
    self.nextEvaluation = nextEvaluation
    self.reasons = reasons
  }

  /// What to set the target's replicas to; nil leaves them.
  public var scaleTo: Int32? { action?.replicas }

  /// What follows from the write of `scaleTo`. A failed activation leaves `lastActiveTime` as it is.
  public func effects(of outcome: Outcome, target: String, now: Timestamp) -> Effects {
    switch (action, outcome) {
    case (.activate(let replicas, let metrics, let isForced), .written(let previous)):
      let cause =
        isForced ? "caused by forced activation annotation" : "triggered by \(metrics.joined(separator: ";"))"
      let message = "Scaled \(target) from \(previous) to \(replicas), \(cause)"
      return Effects(event: ScaleEvent(reason: "KEDAScaleTargetActivated", message: message), lastActiveTime: now)
    case (.activate(let replicas, _, _), .failed(let previous)):
      let message = "Failed to scale \(target) from \(previous ?? -1) to \(replicas)"
      return Effects(
        event: ScaleEvent(type: "Warning", reason: "KEDAScaleTargetActivationFailed", message: message))
    case (.deactivate(let replicas), .written(let previous)):
      let message = "Deactivated \(target) from \(previous) to \(replicas)"
      return Effects(event: ScaleEvent(reason: "KEDAScaleTargetDeactivated", message: message))
    case (.deactivate(let replicas), .failed(let previous)):
      let message = "Failed to deactivate \(target) from \(previous ?? -1) to \(replicas)"
      return Effects(
        event: ScaleEvent(type: "Warning", reason: "KEDAScaleTargetDeactivationFailed", message: message))
    case (.raiseToMinimum, _), (nil, _):
      return Effects()
    }
  }
}
