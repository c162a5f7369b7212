internal import Foundation
internal import KubernetesAPI
public import Polling
internal import Synchronization

/// Keeps a copy of a list current: lists it in pages, watches it from there, and lists again when the server has
/// forgotten where the watch stood. Survives cut streams, restarts of the server and a history that begins anew.
///
/// Changes are told in order, from one task; each is in the copy before it is told. While `onChange` runs nothing is
/// read, so it should only note what has happened. `metadata.managedFields` is left out of all objects.
public final class Reflector<Object: KubernetesObject>: Sendable {
  public enum Change: Sendable {
    case added(Object)
    case modified(old: Object, new: Object)
    /// With the last state that is known.
    case deleted(Object)
    /// Once, after the objects of the first list.
    case synced
  }

  struct State {
    var store = ObjectStore<Object>()
    var isSynced = false
    var undecodableCount = 0
    var lastFailure: KubernetesError?
    /// How far the copy is current; nil when it must be listed.
    var resourceVersion: String?
    /// The watch has been accepted by the server.
    var isOpen = false
    /// The watch has told something, be it only a bookmark.
    var hasProgress = false
  }

  let client: KubernetesClient
  let query: ListQuery
  let time: any TimeSource
  let random: @Sendable () -> Double
  let transform: @Sendable (Object) -> Object
  let onUndecodable: @Sendable (UndecodableObject) -> Void
  let onFailure: @Sendable (KubernetesError) -> Void
  let onChange: @Sendable (Change) -> Void
  let state = Mutex(State())
  private let synced = Signal()

  /// - Parameters:
  ///   - namespace: nil for all.
  ///   - time: the clock of back-offs and time limits.
  ///   - random: uniform in 0..<1.
  ///   - transform: what to keep of an object; for dropping what takes memory. Name, namespace and uid must stay.
  ///   - onUndecodable: told of each object that cannot be read, and when that is over; the copy keeps its last readable
  ///     version.
  ///   - onFailure: told when the server cannot be asked or refuses, each time.
  ///   - onChange: told of each change.
  public init(
    _ client: KubernetesClient, _ type: ResourceType, namespace: String? = nil, labelSelector: String? = nil,
    fieldSelector: String? = nil, time: any TimeSource,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
    transform: @escaping @Sendable (Object) -> Object = { $0 },
    onUndecodable: @escaping @Sendable (UndecodableObject) -> Void = { _ in },
    onFailure: @escaping @Sendable (KubernetesError) -> Void = { _ in },
    onChange: @escaping @Sendable (Change) -> Void
  ) {
    self.client = client
    query = ListQuery(type: type, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
    self.time = time
    self.random = random
    self.transform = transform
    self.onUndecodable = onUndecodable
    self.onFailure = onFailure
    self.onChange = onChange
  }

  /// True after the first list has been told.
  public var isSynced: Bool { state.withLock(\.isSynced) }
  /// Returns after the first list, or when the task is cancelled.
  public func waitUntilSynced() async { await synced.wait() }

  public func object(named name: String, in namespace: String?) -> Object? {
    state.withLock { $0.store[ObjectStore<Object>.Key(namespace: namespace, name: name)] }
  }
  /// All of them, in no order.
  public var objects: [Object] { state.withLock(\.store.objects) }
  /// Objects that could not be read, counted each time they came.
  public var undecodableCount: Int { state.withLock(\.undecodableCount) }
  /// Why the copy may be out of date; nil while a watch is open.
  public var lastFailure: KubernetesError? { state.withLock(\.lastFailure) }

  /// Lists and watches until the task is cancelled.
  public func run() async {
    var pace = ReflectorPace()
    while !Task.isCancelled {
      do throws(KubernetesError) {
        try await catchUp(pace)
        try await watch(&pace)
      } catch {
        if Task.isCancelled { break }
        let now = time.now()
        let (isOpen, hasProgress) = state.withLock { state in
          state.lastFailure = error
          defer { state.isOpen = false }
          return (state.isOpen, state.hasProgress)
        }
        onFailure(error)
        pace.failed(error, wasOpen: isOpen, hadProgress: hasProgress, at: now, jitter: random())
      }
      if pace.mustList { state.withLock { $0.resourceVersion = nil } }
      if let retryAt = pace.retryAt { try? await time.sleep(until: retryAt) }
    }
  }

  /// Lists when there is no copy to go on from; makes sure of it where there is doubt.
  private func catchUp(_ pace: ReflectorPace) async throws(KubernetesError) {
    state.withLock {
      $0.isOpen = false
      $0.hasProgress = false
    }
    if pace.mustCheck, let ours = state.withLock(\.resourceVersion) {
      let theirs = try await client.currentResourceVersion(query)
      if let theirs, ResourceVersion.isBack(theirs, behind: ours) { state.withLock { $0.resourceVersion = nil } }
    }
    guard state.withLock(\.resourceVersion) == nil else { return }
    let list = try await client.collection(query, of: Object.self, priority: .background)
    let (result, isFirst) = change { state in
      let result = state.store.replaceAll(with: list.items, transform: transform)
      state.undecodableCount = state.undecodableCount.addingSaturating(result.undecodable.count)
      state.resourceVersion = list.resourceVersion
      return (result, !state.isSynced)
    }
    for broken in result.undecodable { onUndecodable(broken) }
    for change in result.changes { onChange(change) }
    if isFirst {
      // Whoever is told looks whether it is so.
      state.withLock { $0.isSynced = true }
      onChange(.synced)
      synced.fire()
    }
  }

  private func watch(_ pace: inout ReflectorPace) async throws(KubernetesError) {
    // A server that names no resource version cannot be watched from one.
    let from = state.withLock(\.resourceVersion) ?? "0"
    let start = time.now()
    let decoder = ObjectDecoder(query.type)
    let timeout = Duration.seconds(300 + Int64(299 * min(max(random(), 0), 1)))
    let end = try await client.watch(
      query, from: from, timeout: timeout,
      onOpen: {
        self.state.withLock {
          $0.isOpen = true
          $0.lastFailure = nil
        }
      },
      onLine: { try self.take($0, decoder) })
    let hasProgress = state.withLock(\.hasProgress)
    pace.ended(end, hadProgress: hasProgress, since: start, at: time.now(), jitter: random())
  }

  private func take(_ line: Data, _ decoder: ObjectDecoder) throws(KubernetesError) {
    guard let event = WatchEvent<Object>(line, decoder) else {
      throw KubernetesError(.badAnswer, message: "watch \(query.type.groupResource): a line is no event")
    }
    switch event {
    case .failed(let status):
      throw KubernetesError(status, httpStatus: Int(status.code ?? 500), request: "watch \(query.type.groupResource)")
    case .bookmark(let version):
      try advance(to: version)
    case .changed(.object(let object)):
      try advance(to: object.metadata.resourceVersion)
      tell(change { $0.store.put(object, transform: transform) })
    case .changed(.undecodable(let broken)):
      try advance(to: broken.resourceVersion)
      state.withLock { state in
        state.store.put(broken)
        state.undecodableCount = state.undecodableCount.addingSaturating(1)
      }
      onUndecodable(broken)
    case .deleted(.object(let object)):
      advanceIfNewer(object.metadata.resourceVersion)
      let last = transform(object)
      tell(change { $0.store.remove(ObjectStore<Object>.Key(object.metadata), last: last) })
    case .deleted(.undecodable(let broken)):
      advanceIfNewer(broken.resourceVersion)
      let key = ObjectStore<Object>.Key(namespace: broken.namespace, name: broken.name)
      tell(change { $0.store.remove(key) })
    }
  }

  private func advance(to version: String?) throws(KubernetesError) {
    let isBack = state.withLock { state in
      guard let version, !version.isEmpty else { return false }
      if let ours = state.resourceVersion, ResourceVersion.isBack(version, behind: ours) { return true }
      state.resourceVersion = version
      state.hasProgress = true
      return false
    }
    guard isBack else { return }
    throw KubernetesError(
      .gone, message: "watch \(query.type.groupResource): the server's resource versions have begun anew")
  }

  /// A deleted object may carry the version of its last change.
  private func advanceIfNewer(_ version: String?) {
    state.withLock { state in
      state.hasProgress = true
      guard let version, let ours = state.resourceVersion, ResourceVersion.isBack(ours, behind: version) else { return }
      state.resourceVersion = version
    }
  }

  private func tell(_ changes: [Change]) {
    for change in changes { onChange(change) }
  }

  /// Changes the copy, and tells of objects that could not be read before and can be by now, or are gone.
  private func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
    let (value, over) = state.withLock { state in
      let before = state.store.undecodable
      let value = body(&state)
      return (value, before.subtracting(state.store.undecodable))
    }
    for key in over { onUndecodable(UndecodableObject(over: key.namespace, key.name)) }
    return value
  }
}
