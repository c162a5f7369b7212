/// Kubernetes object metadata: the fields that Swell reads or writes, and those a user's exported manifest may carry.
public struct ObjectMeta: Codable, Hashable, Sendable {
  public var name: String
  public var generateName: String?
  public var namespace: String?
  public var selfLink: String?
  public var uid: String?
  public var resourceVersion: String?
  public var generation: Int64?
  /// RFC 3339, as the API server writes it.
  public var creationTimestamp: String?
  public var deletionTimestamp: String?
  public var deletionGracePeriodSeconds: Int64?
  public var labels: [String: String]?
  public var annotations: [String: String]?
  public var ownerReferences: [OwnerReference]?
  public var finalizers: [String]?
  public var managedFields: [JSONValue]?

  public init(
    name: String, namespace: String? = nil, uid: String? = nil, labels: [String: String]? = nil,
    annotations: [String: String]? = nil, ownerReferences: [OwnerReference]? = nil
  ) {
    self.name = name
    self.namespace = namespace
    self.uid = uid
    self.labels = labels
    self.annotations = annotations
    self.ownerReferences = ownerReferences
  }
}

public struct OwnerReference: Codable, Hashable, Sendable {
  public var apiVersion: String
  public var kind: String
  public var name: String
  public var uid: String
  public var controller: Bool?
  public var blockOwnerDeletion: Bool?

  public init(
    apiVersion: String, kind: String, name: String, uid: String, controller: Bool? = nil,
    blockOwnerDeletion: Bool? = nil
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
    self.uid = uid
    self.controller = controller
    self.blockOwnerDeletion = blockOwnerDeletion
  }
}
