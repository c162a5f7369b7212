internal import KubernetesAPI
internal import Synchronization

/// All objects, one revision counter, and the history that watches are served from. Every change is one step under one
/// lock, and watchers hear of changes in order.
final class ObjectStore: Sendable {
  typealias Listener = @Sendable (StoreEvent) -> Void

  struct Conflict: Error {
    enum Kind { case exists, missing, modified }
    var kind: Kind
  }

  /// The history is gone that a watch or a list asked for.
  struct TooOld: Error {
    var current: Int64
    var oldest: Int64
  }

  struct State {
    var revision: Int64 = 1_000
    var objects: [String: [ObjectID: StoredObject]] = [:]
    var history: [StoreEvent] = []
    /// Changes up to this one are forgotten.
    var compacted: Int64 = 0
    var listeners: [Int: (storageKey: String?, listener: Listener)] = [:]
    var nextListener = 0
    var writes = 0
  }

  private let state = Mutex(State())
  private let historyLimit: Int
  let now: @Sendable () -> Timestamp

  init(historyLimit: Int, now: @escaping @Sendable () -> Timestamp) {
    self.historyLimit = max(1, historyLimit)
    self.now = now
  }

  var revision: Int64 { state.withLock { $0.revision } }
  /// The oldest revision from which a watch can start.
  var oldestRevision: Int64 { state.withLock { $0.compacted } }

  func get(_ key: String, _ id: ObjectID) -> StoredObject? { state.withLock { $0.objects[key]?[id] } }

  /// All objects of a resource, sorted, and the revision at which that is so.
  func list(_ key: String, namespace: String?) -> (objects: [StoredObject], revision: Int64) {
    state.withLock { ($0.sorted(key, namespace: namespace, undoing: []), $0.revision) }
  }

  /// The objects as they were at a revision.
  func list(_ key: String, namespace: String?, at revision: Int64) throws(TooOld) -> [StoredObject] {
    let result = state.withLock { state -> Result<[StoredObject], TooOld> in
      guard revision >= state.compacted else {
        return .failure(TooOld(current: state.revision, oldest: state.compacted))
      }
      let later = state.history.filter { $0.revision > revision && $0.storageKey == key }
      return .success(state.sorted(key, namespace: namespace, undoing: later))
    }
    return try result.get()
  }

  /// Everything there is, for the controllers that follow ownerReferences and namespaces.
  func everything() -> [(key: String, id: ObjectID, object: StoredObject)] {
    state.withLock { state in
      state.objects.flatMap { key, objects in objects.map { (key, $0.key, $0.value) } }
    }
  }

  // MARK: changes

  /// Stores a new object.
  func insert(_ key: String, _ value: JSONValue, owners: FieldOwners) throws(Conflict) -> StoredObject {
    let id = ObjectID(of: value)
    let result = state.withLock { state -> Result<StoredObject, Conflict> in
      guard state.objects[key]?[id] == nil else { return .failure(Conflict(kind: .exists)) }
      return .success(state.put(key, id, value, owners, previous: nil, limit: historyLimit))
    }
    return try result.get()
  }

  /// Replaces the version `base` of an object. An object whose deletion was asked for goes with its last finalizer.
  /// - Returns: what is stored now, unchanged when `value` changes nothing; for an object that went, its last state.
  func update(
    _ key: String, _ value: JSONValue, owners: FieldOwners, base: Int64
  ) throws(Conflict) -> StoredObject {
    let id = ObjectID(of: value)
    let result = state.withLock { state -> Result<StoredObject, Conflict> in
      guard let present = state.objects[key]?[id] else { return .failure(Conflict(kind: .missing)) }
      guard present.revision == base else { return .failure(Conflict(kind: .modified)) }
      if value.isTerminating, value.finalizers.isEmpty, key != "namespaces" {
        return .success(state.remove(key, id, value, owners, limit: historyLimit))
      }
      var unchanged = value
      unchanged["metadata", "resourceVersion"] = .string(String(base))
      if unchanged == present.value {
        state.objects[key]?[id]?.owners = owners
        return .success(present)
      }
      return .success(state.put(key, id, value, owners, previous: present, limit: historyLimit))
    }
    return try result.get()
  }

  /// Removes the version `base` of an object, whatever its finalizers say.
  func remove(_ key: String, _ id: ObjectID, base: Int64) throws(Conflict) -> StoredObject {
    let result = state.withLock { state -> Result<StoredObject, Conflict> in
      guard let present = state.objects[key]?[id] else { return .failure(Conflict(kind: .missing)) }
      guard present.revision == base else { return .failure(Conflict(kind: .modified)) }
      return .success(state.remove(key, id, present.value, present.owners, limit: historyLimit))
    }
    return try result.get()
  }

  // MARK: watching

  /// Calls `listener` for every change after `revision`, those that happened already first, until `stopListening`.
  /// Under the store's lock: the listener must be quick, and must not call the store.
  /// - Parameters:
  ///   - storageKey: nil for all resources.
  ///   - start: called first, under the same lock, with the current revision.
  func listen(
    to storageKey: String?, after revision: Int64, start: (Int64) -> Void = { _ in },
    _ listener: @escaping Listener
  ) throws(TooOld) -> Int {
    let result = state.withLock { state -> Result<Int, TooOld> in
      guard revision >= state.compacted else {
        return .failure(TooOld(current: state.revision, oldest: state.compacted))
      }
      start(state.revision)
      for event in state.history[state.index(after: revision)...]
      where storageKey == nil || event.storageKey == storageKey {
        listener(event)
      }
      return .success(state.add(storageKey, listener))
    }
    return try result.get()
  }

  /// As `listen`, beginning with what is there now, all under one lock.
  func listenFromNow(
    to storageKey: String?, namespace: String?, start: ([StoredObject], Int64) -> Void, _ listener: @escaping Listener
  ) -> Int {
    state.withLock { state in
      let present = storageKey.map { state.sorted($0, namespace: namespace, undoing: []) } ?? []
      start(present, state.revision)
      return state.add(storageKey, listener)
    }
  }

  func stopListening(_ number: Int) { state.withLock { $0.listeners[number] = nil } }

  /// Calls the body with the current revision when every change up to it has been heard by every listener.
  func atRevision(_ body: (Int64) -> Void) { state.withLock { body($0.revision) } }

  /// Forgets all history: watches and pages from before now are too old.
  func compact() {
    state.withLock { state in
      state.history = []
      state.compacted = state.revision
    }
  }

  /// Takes up a revision without a change, as other resources of a cluster do all the time.
  func bump() { state.withLock { $0.revision += 1 } }
}

extension ObjectStore.State {
  fileprivate func sorted(_ key: String, namespace: String?, undoing later: [StoreEvent]) -> [StoredObject] {
    var objects = self.objects[key] ?? [:]
    for event in later.reversed() { objects[event.id] = event.previous }
    let wanted = namespace == nil ? objects : objects.filter { $0.key.namespace == namespace }
    return wanted.keys.sorted().compactMap { wanted[$0] }
  }

  fileprivate mutating func add(_ storageKey: String?, _ listener: @escaping ObjectStore.Listener) -> Int {
    nextListener += 1
    listeners[nextListener] = (storageKey, listener)
    return nextListener
  }

  fileprivate mutating func put(
    _ key: String, _ id: ObjectID, _ value: JSONValue, _ owners: FieldOwners, previous: StoredObject?, limit: Int
  ) -> StoredObject {
    revision += 1
    let stored = StoredObject(value, revision: revision, owners: owners)
    objects[key, default: [:]][id] = stored
    publish(
      StoreEvent(revision: revision, storageKey: key, id: id, object: stored, previous: previous), limit: limit)
    return stored
  }

  fileprivate mutating func remove(
    _ key: String, _ id: ObjectID, _ value: JSONValue, _ owners: FieldOwners, limit: Int
  ) -> StoredObject {
    revision += 1
    objects[key]?[id] = nil
    let last = StoredObject(value, revision: revision, owners: owners)
    publish(StoreEvent(revision: revision, storageKey: key, id: id, object: nil, previous: last), limit: limit)
    return last
  }

  private mutating func publish(_ event: StoreEvent, limit: Int) {
    writes += 1
    history.append(event)
    if history.count > limit + limit / 4 + 1 {
      let surplus = history.count - limit
      compacted = history[surplus - 1].revision
      history.removeFirst(surplus)
    }
    for (storageKey, listener) in listeners.values where storageKey == nil || storageKey == event.storageKey {
      listener(event)
    }
  }

  /// The first entry of the history later than a revision, by halving.
  fileprivate func index(after revision: Int64) -> Int {
    var (low, high) = (0, history.count)
    while low < high {
      let middle = (low + high) / 2
      if history[middle].revision > revision { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
