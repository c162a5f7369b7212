public import Autoscaling
public import KubernetesAPI

/// One decision about one object, told for people and programs: what was known, what followed, and why.
public struct DecisionRecord: Sendable, Hashable {
  /// Who decided.
  public enum Author: String, Sendable, Codable {
    /// Swell's own loop: between zero (or idle) and the minimum.
    case scaleLoop
    /// The horizontal pod autoscaler: between minimum and maximum.
    case hpa
  }

  public var time: Timestamp
  public var key: ObjectKey
  public var author: Author
  public var isActive: Bool
  /// `spec.replicas` of the target before the decision.
  public var currentReplicas: Int32
  /// The maximum over the triggers, within minimum and maximum.
  public var desiredReplicas: Int32
  /// What was written; nil when nothing was.
  public var scaledTo: Int32?
  /// The one that binds first.
  public var reasons: [DecisionReason]
  public var triggers: [TriggerLine]

  public struct TriggerLine: Sendable, Hashable {
    public var metricName: String
    /// The number that is divided by the target; nil when it is not known.
    public var value: Double?
    /// Why the value is not known.
    public var unknown: String?
    /// Why the last reading failed, where a fallback stands in for it.
    public var failure: String?
    public var target: String
    public var isActive: Bool

    public init(
      metricName: String, value: Double?, unknown: String?, failure: String? = nil, target: String, isActive: Bool
    ) {
      self.metricName = metricName
      self.value = value
      self.unknown = unknown
      self.failure = failure
      self.target = target
      self.isActive = isActive
    }
  }

  public init(
    time: Timestamp, key: ObjectKey, author: Author, isActive: Bool, currentReplicas: Int32, desiredReplicas: Int32,
    scaledTo: Int32?, reasons: [DecisionReason], triggers: [TriggerLine]
  ) {
    self.time = time
    self.key = key
    self.author = author
    self.isActive = isActive
    self.currentReplicas = currentReplicas
    self.desiredReplicas = desiredReplicas
    self.scaledTo = scaledTo
    self.reasons = reasons
    self.triggers = triggers
  }

  /// True when `other` says the same thing at another time: same author, same replicas, same kinds of reasons. Metric
  /// values may differ.
  func repeats(_ other: DecisionRecord) -> Bool {
    author == other.author && scaledTo == nil && other.scaledTo == nil && isActive == other.isActive
      && currentReplicas == other.currentReplicas && desiredReplicas == other.desiredReplicas
      && reasons.lazy.map(\.code).elementsEqual(other.reasons.lazy.map(\.code))
  }
}

extension DecisionRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case time, namespace, name, author, active, currentReplicas, desiredReplicas, scaledTo, reasons, triggers
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(time.rfc3339(fractionDigits: 3), forKey: .time)
    try container.encode(key.namespace, forKey: .namespace)
    try container.encode(key.name, forKey: .name)
    try container.encode(author, forKey: .author)
    try container.encode(isActive, forKey: .active)
    try container.encode(currentReplicas, forKey: .currentReplicas)
    try container.encode(desiredReplicas, forKey: .desiredReplicas)
    try container.encode(scaledTo, forKey: .scaledTo)
    try container.encode(reasons.map(ReasonText.init), forKey: .reasons)
    try container.encode(triggers, forKey: .triggers)
  }
}

extension DecisionRecord.TriggerLine: Encodable {
  private enum CodingKeys: String, CodingKey {
    case metricName, value, unknown, failure, target, active
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(metricName, forKey: .metricName)
    try container.encodeIfPresent(value, forKey: .value)
    try container.encodeIfPresent(unknown, forKey: .unknown)
    try container.encodeIfPresent(failure, forKey: .failure)
    try container.encode(target, forKey: .target)
    try container.encode(isActive, forKey: .active)
  }
}

/// A reason as JSON tells it.
public struct ReasonText: Encodable, Sendable {
  var code: String
  var message: String

  public init(_ reason: DecisionReason) {
    code = reason.code
    message = reason.message
  }
}
