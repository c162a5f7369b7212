/// `events.k8s.io/v1` Event: something that happened to an object, for people who ask `kubectl describe`.
public struct Event: Codable, Hashable, Sendable {
  public var apiVersion = "events.k8s.io/v1"
  public var kind = "Event"
  public var metadata: ObjectMeta
  /// RFC 3339 with six digits of fraction: when it happened first.
  public var eventTime: String?
  /// Set when the same happened again.
  public var series: EventSeries?
  /// `keda-operator`; a qualified name.
  public var reportingController: String?
  /// Which replica of it; at most 128 characters.
  public var reportingInstance: String?
  /// What was done, one word in CamelCase; at most 128 characters.
  public var action: String?
  /// Why, one word in CamelCase; at most 128 characters.
  public var reason: String?
  public var regarding: ObjectReference?
  /// For people; at most 1,024 bytes.
  public var note: String?
  /// `Normal` or `Warning`.
  public var type: String?

  public init(metadata: ObjectMeta) { self.metadata = metadata }
}

/// How often an event happened, and when last.
public struct EventSeries: Codable, Hashable, Sendable {
  /// 2 or more.
  public var count: Int32
  /// RFC 3339 with six digits of fraction.
  public var lastObservedTime: String

  public init(count: Int32, lastObservedTime: String) {
    self.count = count
    self.lastObservedTime = lastObservedTime
  }
}

/// `v1` ObjectReference: one object of the cluster.
public struct ObjectReference: Codable, Hashable, Sendable {
  public var apiVersion: String?
  public var kind: String?
  public var namespace: String?
  public var name: String?
  public var uid: String?
  public var resourceVersion: String?
  public var fieldPath: String?

  public init(
    apiVersion: String? = nil, kind: String? = nil, namespace: String? = nil, name: String? = nil, uid: String? = nil
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.namespace = namespace
    self.name = name
    self.uid = uid
  }
}
