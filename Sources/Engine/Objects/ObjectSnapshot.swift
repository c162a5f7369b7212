public import Autoscaling
public import KubernetesAPI

/// What is known about one object now: for the JSON API, the table, and telemetry.
public struct ObjectSnapshot: Sendable {
  public var key: ObjectKey
  public var target: TargetReference
  public var isActive: Bool
  public var isPaused: Bool
  public var isFallbackActive: Bool
  /// Nil before the first decision, and when the target cannot be read.
  public var replicas: TargetState?
  public var desiredReplicas: Int32?
  public var minReplicas: Int32
  public var maxReplicas: Int32
  public var lastActiveTime: Timestamp?
  public var conditions: [Condition]
  /// The binding constraint first, from whoever decides at the present number of replicas.
  public var reasons: [DecisionReason]
  public var triggers: [TriggerSnapshot]
  /// Decisions that failed: a trigger was unknown, or the target could not be read or written.
  public var errors: Int
  public var pollingInterval: Duration
  /// How long after its time the last poll began.
  public var lateness: Duration

  /// The condition Ready is True, or there is none yet that says otherwise.
  public var isReady: Bool { !conditions.contains { $0.type == "Ready" && $0.status != "True" } }
  /// Its condition `Paused`: also in one direction.
  public var hasPause: Bool { conditions.contains { $0.type == "Paused" && $0.status == "True" } }

  public struct TriggerSnapshot: Sendable {
    public var index: Int
    public var type: String
    public var name: String?
    public var metricName: String
    public var alias: String
    public var targetType: String
    public var target: String
    public var activationThreshold: Double
    /// The number served, fallback included; nil when it is not known.
    public var value: Double?
    public var unknown: String?
    /// Why the last reading failed, where a fallback stands in for it.
    public var failure: String?
    public var isActive: Bool
    public var isFallback: Bool
    /// When the value was read; nil before the first reading.
    public var readAt: Timestamp?
    /// Seconds the last round trip took.
    public var latencySeconds: Double?
    /// Failed readings in a row, and since the object was added.
    public var failuresInARow: Int32
    public var errors: Int
    public var emptyAnswers: Int
    /// When the last reading that gave a value was made.
    public var lastValueAt: Timestamp?
    /// Readings of an HTTP source by status, `error` where no answer came.
    public var httpOutcomes: [String: Int]
    /// False for cpu and memory, which the HPA controller reads itself.
    public var isExternal: Bool

    /// The last reading gave a value; what a fallback serves is none.
    public var isKnown: Bool { unknown == nil && failure == nil }
  }
}

extension ObjectSnapshot: Encodable {
  private enum CodingKeys: String, CodingKey {
    case namespace, name, scaleTarget, active, paused, fallback, currentReplicas, readyReplicas, desiredReplicas
    case minReplicas, maxReplicas, lastActiveTime, conditions, reasons, triggers
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(key.namespace, forKey: .namespace)
    try container.encode(key.name, forKey: .name)
    try container.encode("\(target.apiVersion)/\(target.kind)/\(target.name)", forKey: .scaleTarget)
    try container.encode(isActive, forKey: .active)
    try container.encode(isPaused, forKey: .paused)
    try container.encode(isFallbackActive, forKey: .fallback)
    try container.encode(replicas?.specReplicas, forKey: .currentReplicas)
    try container.encode(replicas?.readyReplicas, forKey: .readyReplicas)
    try container.encode(desiredReplicas, forKey: .desiredReplicas)
    try container.encode(minReplicas, forKey: .minReplicas)
    try container.encode(maxReplicas, forKey: .maxReplicas)
    try container.encode(lastActiveTime?.rfc3339, forKey: .lastActiveTime)
    try container.encode(conditions, forKey: .conditions)
    try container.encode(reasons.map(ReasonText.init), forKey: .reasons)
    try container.encode(triggers, forKey: .triggers)
  }
}

extension ObjectSnapshot.TriggerSnapshot: Encodable {
  private enum CodingKeys: String, CodingKey {
    case index, type, name, metricName, alias, targetType, target, activationThreshold, value, unknown, active, fallback
    case failure, readAt, latencySeconds, failuresInARow
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(index, forKey: .index)
    try container.encode(type, forKey: .type)
    try container.encodeIfPresent(name, forKey: .name)
    try container.encode(metricName, forKey: .metricName)
    try container.encode(alias, forKey: .alias)
    try container.encode(targetType, forKey: .targetType)
    try container.encode(target, forKey: .target)
    try container.encode(activationThreshold, forKey: .activationThreshold)
    try container.encodeIfPresent(value, forKey: .value)
    try container.encodeIfPresent(unknown, forKey: .unknown)
    try container.encodeIfPresent(failure, forKey: .failure)
    try container.encode(isActive, forKey: .active)
    try container.encode(isFallback, forKey: .fallback)
    try container.encodeIfPresent(readAt?.rfc3339(fractionDigits: 3), forKey: .readAt)
    try container.encodeIfPresent(latencySeconds, forKey: .latencySeconds)
    try container.encode(failuresInARow, forKey: .failuresInARow)
  }
}
