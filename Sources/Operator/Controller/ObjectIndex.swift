internal import Engine
internal import KubernetesAPI
internal import Synchronization

/// Which ScaledObjects refer to a workload or an authentication: a change of one concerns these and no others.
final class ObjectIndex: Sendable {
  /// Something that ScaledObjects refer to by name.
  enum Referent: Hashable, Sendable {
    case target(TargetReference)
    case authentication(namespace: String, name: String)
    case clusterAuthentication(name: String)
  }

  private struct State {
    var users: [Referent: Set<ObjectKey>] = [:]
    var referents: [ObjectKey: Set<Referent>] = [:]
  }

  private let state = Mutex(State())

  /// Follows a change of an object; nil removes it.
  func update(_ key: ObjectKey, _ object: ScaledObject?) {
    let referents = object.map(Self.referents) ?? []
    state.withLock { state in
      let previous = state.referents[key] ?? []
      state.referents[key] = referents.isEmpty ? nil : referents
      for referent in previous.subtracting(referents) {
        state.users[referent]?.remove(key)
        if state.users[referent]?.isEmpty ?? false { state.users[referent] = nil }
      }
      for referent in referents.subtracting(previous) { state.users[referent, default: []].insert(key) }
    }
  }

  func users(of referent: Referent) -> Set<ObjectKey> { state.withLock { $0.users[referent] ?? [] } }

  private static func referents(of object: ScaledObject) -> Set<Referent> {
    var referents: Set<Referent> = [.target(object.target)]
    for reference in object.spec.triggers.compactMap(\.authenticationRef) {
      referents.insert(
        reference.kind == ClusterTriggerAuthentication.kind
          ? .clusterAuthentication(name: reference.name)
          : .authentication(namespace: object.objectKey.namespace, name: reference.name))
    }
    return referents
  }
}
