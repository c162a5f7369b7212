internal import KubernetesAPI

/// Where an object is within its resource. Sorted as etcd sorts its keys.
struct ObjectID: Hashable, Comparable, Sendable {
  var namespace: String?
  var name: String

  static func < (left: ObjectID, right: ObjectID) -> Bool {
    (left.namespace ?? "", left.name) < (right.namespace ?? "", right.name)
  }

  init(_ namespace: String?, _ name: String) {
    self.namespace = namespace
    self.name = name
  }

  init(of object: JSONValue) { self.init(object.namespace, object.name) }
}

/// One version of an object, with its JSON text, which many answers share.
struct StoredObject: Sendable {
  var value: JSONValue
  var bytes: [UInt8]
  var revision: Int64
  var owners: FieldOwners

  init(_ value: JSONValue, revision: Int64, owners: FieldOwners) {
    var value = value
    value["metadata", "resourceVersion"] = .string(String(revision))
    self.value = value
    bytes = JSONText.bytes(value)
    self.revision = revision
    self.owners = owners
  }
}

/// A change, as watchers hear of it.
struct StoreEvent: Sendable {
  var revision: Int64
  var storageKey: String
  var id: ObjectID
  /// What is there now; nil after a deletion.
  var object: StoredObject?
  /// What was there before; nil for a new object.
  var previous: StoredObject?
}
