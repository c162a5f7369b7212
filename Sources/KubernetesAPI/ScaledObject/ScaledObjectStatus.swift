/// `status` of a ScaledObject, with KEDA's field names.
public struct ScaledObjectStatus: Codable, Hashable, Sendable {
  public var scaleTargetKind: String?
  public var scaleTargetGVKR: GroupVersionKindResource?
  public var originalReplicaCount: Int32?
  /// RFC 3339.
  public var lastActiveTime: String?
  public var externalMetricNames: [String]?
  public var resourceMetricNames: [String]?
  public var compositeScalerName: String?
  public var conditions: [Condition]?
  public var health: [String: HealthStatus]?
  public var triggersActivity: [String: TriggerActivity]?
  public var pausedReplicaCount: Int32?
  public var hpaName: String?
  public var triggersTypes: String?
  public var authenticationsTypes: String?

  public init() {}
}

public struct GroupVersionKindResource: Codable, Hashable, Sendable {
  public var group: String
  public var version: String
  public var kind: String
  public var resource: String

  public init(group: String, version: String, kind: String, resource: String) {
    self.group = group
    self.version = version
    self.kind = kind
    self.resource = resource
  }

  /// `apps/v1`, or `v1` in the core group.
  public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
}

/// A condition as KEDA writes it: no timestamps, no observed generation.
public struct Condition: Codable, Hashable, Sendable {
  public var type: String
  /// `True`, `False` or `Unknown`.
  public var status: String
  public var reason: String?
  public var message: String?

  public init(type: String, status: String, reason: String? = nil, message: String? = nil) {
    self.type = type
    self.status = status
    self.reason = reason
    self.message = message
  }
}

/// How often a metric's reading failed in a row.
public struct HealthStatus: Codable, Hashable, Sendable {
  public var numberOfFailures: Int32?
  /// `Happy` or `Failing`.
  public var status: String?

  public init(numberOfFailures: Int32? = nil, status: String? = nil) {
    self.numberOfFailures = numberOfFailures
    self.status = status
  }
}

public struct TriggerActivity: Codable, Hashable, Sendable {
  public var isActive: Bool

  public init(isActive: Bool) { self.isActive = isActive }
}
