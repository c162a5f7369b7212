internal import KubernetesAPI

/// The copy that a reflector keeps, and what changes in it. Pure: it knows nothing of the API.
struct ObjectStore<Object: KubernetesObject>: Sendable {
  typealias Change = Reflector<Object>.Change

  struct Key: Hashable, Sendable {
    /// Empty for objects without one.
    var namespace: String
    var name: String

    init(namespace: String?, name: String) {
      self.namespace = namespace ?? ""
      self.name = name
    }

    init(_ metadata: ObjectMeta) { self.init(namespace: metadata.namespace, name: metadata.name) }
  }

  private struct Entry: Sendable {
    var object: Object
    var resourceVersion: String?
    var uid: String?
  }

  private var entries: [Key: Entry] = [:]
  /// Objects that are there and cannot be read.
  private(set) var undecodable: Set<Key> = []

  var objects: [Object] { entries.values.map(\.object) }

  subscript(key: Key) -> Object? { entries[key]?.object }

  /// Takes over a whole list. Objects that are not in it are gone, except those that are there but cannot be read: of
  /// them the last readable version is kept.
  mutating func replaceAll(
    with items: [ListItem<Object>], transform: (Object) -> Object
  ) -> (changes: [Change], undecodable: [UndecodableObject]) {
    var changes: [Change] = []
    var undecodable: [UndecodableObject] = []
    var present: Set<Key> = []
    present.reserveCapacity(items.count)
    for item in items {
      switch item {
      case .object(let object):
        present.insert(Key(object.metadata))
        changes += put(object, transform: transform)
      case .undecodable(let broken):
        present.insert(Key(namespace: broken.namespace, name: broken.name))
        undecodable.append(broken)
      }
    }
    self.undecodable = Set(undecodable.map { Key(namespace: $0.namespace, name: $0.name) })
    for (key, entry) in entries where !present.contains(key) {
      entries[key] = nil
      changes.append(.deleted(entry.object))
    }
    return (changes, undecodable)
  }

  /// Nothing when this version is there already; two changes when it is another object of the same name.
  mutating func put(_ object: Object, transform: (Object) -> Object) -> [Change] {
    let metadata = object.metadata
    let key = Key(metadata)
    undecodable.remove(key)
    let old = entries[key]
    if let old, let version = metadata.resourceVersion, old.resourceVersion == version, old.uid == metadata.uid {
      return []
    }
    let kept = transform(object)
    entries[key] = Entry(object: kept, resourceVersion: metadata.resourceVersion, uid: metadata.uid)
    guard let old else { return [.added(kept)] }
    if let before = old.uid, let now = metadata.uid, before != now { return [.deleted(old.object), .added(kept)] }
    return [.modified(old: old.object, new: kept)]
  }

  /// Notes an object that cannot be read; of its last readable version nothing changes.
  mutating func put(_ broken: UndecodableObject) {
    undecodable.insert(Key(namespace: broken.namespace, name: broken.name))
  }

  /// - Parameter last: the object as it was when it was deleted, when that can be read.
  mutating func remove(_ key: Key, last: Object? = nil) -> [Change] {
    undecodable.remove(key)
    guard let entry = entries.removeValue(forKey: key) else { return [] }
    return [.deleted(last ?? entry.object)]
  }
}
