internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Polling
internal import Synchronization

/// A Secret or a ConfigMap that some ScaledObject takes settings from.
struct ConfigurationReference: Hashable, Sendable {
  enum Kind: Hashable, Sendable { case secret, configMap }

  var kind: Kind
  var namespace: String
  var name: String
}

/// The Secrets and ConfigMaps that are in use, each watched by its name and no others: Swell neither reads nor keeps what
/// nobody refers to.
final class ReferencedObjects: Sendable {
  fileprivate struct Followed {
    var reader: Reader
    var users: Set<ObjectKey>
  }

  fileprivate enum Reader: Sendable {
    case secret(Reflector<Secret>)
    case configMap(Reflector<ConfigMap>)

    var isSynced: Bool {
      switch self {
      case .secret(let reflector): reflector.isSynced
      case .configMap(let reflector): reflector.isSynced
      }
    }

    /// Why the copy may be out of date; nil while a watch is open.
    var failure: KubernetesError? {
      switch self {
      case .secret(let reflector): reflector.lastFailure
      case .configMap(let reflector): reflector.lastFailure
      }
    }

    /// Why it is not known; nil when it is, or when the answer is still to come.
    var refusal: KubernetesError? { isSynced || failure?.code != .forbidden ? nil : failure }

    func run() async {
      switch self {
      case .secret(let reflector): await reflector.run()
      case .configMap(let reflector): await reflector.run()
      }
    }
  }

  private struct Start: Sendable {
    var reader: Reader
    /// Fires when nobody needs the object any more.
    var end: Signal
  }

  fileprivate struct State {
    var followed: [ConfigurationReference: Followed] = [:]
    var ends: [ConfigurationReference: Signal] = [:]
    var references: [ObjectKey: Set<ConfigurationReference>] = [:]
  }

  private let state = Mutex(State())
  private let client: KubernetesClient
  private let time: any TimeSource
  private let onChange: @Sendable (Set<ObjectKey>) -> Void
  private let starts: AsyncStream<Start>
  private let start: AsyncStream<Start>.Continuation

  /// - Parameter onChange: told who uses an object that has changed, appeared or gone.
  init(client: KubernetesClient, time: any TimeSource, onChange: @escaping @Sendable (Set<ObjectKey>) -> Void) {
    self.client = client
    self.time = time
    self.onChange = onChange
    (starts, start) = AsyncStream.makeStream()
  }

  func secret(_ name: String, namespace: String) -> Secret? {
    let reference = ConfigurationReference(kind: .secret, namespace: namespace, name: name)
    guard case .secret(let reflector) = state.withLock({ $0.followed[reference]?.reader }) else { return nil }
    return reflector.object(named: name, in: namespace)
  }

  func configMap(_ name: String, namespace: String) -> ConfigMap? {
    let reference = ConfigurationReference(kind: .configMap, namespace: namespace, name: name)
    guard case .configMap(let reflector) = state.withLock({ $0.followed[reference]?.reader }) else { return nil }
    return reflector.object(named: name, in: namespace)
  }

  /// Those that cannot be followed now. What may not be read at all is told by its users.
  var failures: [String: KubernetesError] {
    state.withLock { state in
      var failures: [String: KubernetesError] = [:]
      for (reference, followed) in state.followed where followed.reader.refusal == nil {
        guard let failure = followed.reader.failure else { continue }
        let kind = reference.kind == .secret ? "secrets" : "configmaps"
        failures["\(kind) \(reference.namespace)/\(reference.name)"] = failure
      }
      return failures
    }
  }

  enum Following: Sendable {
    /// Some are not known yet; `onChange` tells when they are, also if they do not exist.
    case incomplete
    /// All are known. Changes of some are told to this user only from now on.
    case begun
    /// All are known, and changes were told to this user before.
    case followed
  }

  /// Follows exactly `references` for one user from now on.
  func follow(_ references: Set<ConfigurationReference>, for user: ObjectKey) -> Following {
    let (started, ended, following) = state.withLock { state -> ([Start], [Signal], Following) in
      let previous = state.references.updateValue(references, forKey: user) ?? []
      var started: [Start] = []
      var ended: [Signal] = []
      var isComplete = true
      for reference in references {
        if var followed = state.followed[reference] {
          followed.users.insert(user)
          state.followed[reference] = followed
          if !followed.reader.isSynced { isComplete = false }
        } else {
          let new = Start(reader: reader(of: reference), end: Signal())
          state.followed[reference] = Followed(reader: new.reader, users: [user])
          state.ends[reference] = new.end
          started.append(new)
          isComplete = false
        }
      }
      for reference in previous.subtracting(references) {
        if let end = state.drop(reference, user: user) { ended.append(end) }
      }
      if references.isEmpty { state.references[user] = nil }
      let isNew = !references.isSubset(of: previous)
      return (started, ended, !isComplete ? .incomplete : isNew ? .begun : .followed)
    }
    for new in started { start.yield(new) }
    for end in ended { end.fire() }
    return following
  }

  /// Watches what is followed until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      for await start in starts {
        group.addTask {
          await withTaskGroup { race in
            race.addTask { await start.reader.run() }
            race.addTask { await start.end.wait() }
            await race.next()
            race.cancelAll()
          }
        }
      }
    }
  }

  private func reader(of reference: ConfigurationReference) -> Reader {
    let selector = "metadata.name=\(reference.name)"
    switch reference.kind {
    case .secret:
      return .secret(
        Reflector(
          client, .secrets, namespace: reference.namespace, fieldSelector: selector, time: time,
          onFailure: { [weak self] in self?.failed(reference, $0) },
          onChange: { [weak self] _ in self?.changed(reference) }))
    case .configMap:
      return .configMap(
        Reflector(
          client, .configMaps, namespace: reference.namespace, fieldSelector: selector, time: time,
          onFailure: { [weak self] in self?.failed(reference, $0) },
          onChange: { [weak self] _ in self?.changed(reference) }))
    }
  }

  /// What may not be read, in words; nil when there is no such among `references`.
  func refusal(of references: Set<ConfigurationReference>) -> String? {
    let refusals = state.withLock { state in
      references.compactMap { reference in state.followed[reference]?.reader.refusal.map { (reference, $0) } }
    }
    let lines = refusals.map { reference, error in
      let kind = reference.kind == .secret ? "Secret" : "ConfigMap"
      return "\(kind) \(reference.namespace)/\(reference.name) cannot be read: \(error.message)"
    }
    return lines.isEmpty ? nil : lines.sorted().joined(separator: "; ") + ": allow Swell to get, list and watch it"
  }

  private func failed(_ reference: ConfigurationReference, _ error: KubernetesError) {
    if error.code == .forbidden { changed(reference) }
  }

  private func changed(_ reference: ConfigurationReference) {
    let users = state.withLock { $0.followed[reference]?.users ?? [] }
    if !users.isEmpty { onChange(users) }
  }
}

extension ReferencedObjects.State {
  /// - Returns: what ends the watch, when this was the last user.
  fileprivate mutating func drop(_ reference: ConfigurationReference, user: ObjectKey) -> Signal? {
    guard var followed = followed[reference] else { return nil }
    followed.users.remove(user)
    guard followed.users.isEmpty else {
      self.followed[reference] = followed
      return nil
    }
    self.followed[reference] = nil
    return ends.removeValue(forKey: reference)
  }
}
