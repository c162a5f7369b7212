internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization

/// A TriggerAuthentication, or a ClusterTriggerAuthentication where there is no namespace.
struct AuthenticationReference: Hashable, Sendable {
  var namespace: String?
  var name: String

  var referent: ObjectIndex.Referent {
    namespace.map { .authentication(namespace: $0, name: name) } ?? .clusterAuthentication(name: name)
  }
}

/// Keeps the status of TriggerAuthentications, which names their users, and lets deleted ones go: KEDA has put its
/// finalizer on them.
final class AuthenticationKeeper: Sendable {
  let queue: WorkQueue<AuthenticationReference>
  private let client: KubernetesClient
  private let cache: ClusterCache
  private let index: ObjectIndex
  private let leadership: Leadership
  private let events: ObjectEvents
  /// Not all namespaces are watched: others may keep the status of a ClusterTriggerAuthentication, too.
  private let seesAll: Bool
  private let writesToDefault: Bool
  /// Users that were there since this process began: the names of others are nobody's to take away who does not see all.
  private let seen = Mutex<[AuthenticationReference: Set<String>]>([:])
  private let log: FailureLog<String>

  init(
    client: KubernetesClient, cache: ClusterCache, index: ObjectIndex, events: ObjectEvents, leadership: Leadership,
    watchedNamespaces: [String], time: any TimeSource, logger: Logger
  ) {
    self.events = events
    seesAll = watchedNamespaces.isEmpty
    writesToDefault = seesAll || watchedNamespaces.contains("default")
    self.client = client
    self.cache = cache
    self.index = index
    self.leadership = leadership
    log = FailureLog(
      logger, .warning, time: time, label: "authentication",
      problem: "cannot write to a TriggerAuthentication; trying again",
      end: "a TriggerAuthentication is written to again")
    queue = WorkQueue(time: time)
  }

  func run() async {
    await queue.run(workers: 2) { await self.keep($0) }
  }

  func beginLeading() {
    queue.add(cache.authentications.objects.map(\.metadata).map(AuthenticationReference.init))
    queue.add(
      cache.clusterAuthentications.objects.map { AuthenticationReference(namespace: nil, name: $0.metadata.name) })
  }

  /// Tells of an authentication that has come, changed or gone since the start.
  func tell(of reference: AuthenticationReference, from old: ObjectMeta?, to new: ObjectMeta?) {
    // What is in no namespace has its events in `default`, and nowhere else: the API server insists. Where that is not
    // watched, nothing may be written there.
    guard reference.namespace != nil || writesToDefault else { return }
    let isKnown = reference.namespace == nil ? cache.clusterAuthentications.isSynced : cache.authentications.isSynced
    guard isKnown else { return }
    switch (old, new) {
    case (nil, let new?): events.authenticationAdded(reference, new)
    case (let old?, let new?) where old.uid != new.uid: events.authenticationAdded(reference, new)
    case (let old?, let new?) where old.generation != new.generation && !new.isBeingDeleted:
      events.authenticationUpdated(reference, new)
    case (let old?, nil): events.authenticationDeleted(reference, old)
    default: break
    }
  }

  private func keep(_ reference: AuthenticationReference) async -> WorkQueue<AuthenticationReference>.Outcome {
    let name = (reference.namespace.map { "\($0)/" } ?? "") + reference.name
    guard leadership.isLeader, let (metadata, status) = known(reference) else {
      log.forget(name)
      return .done
    }
    do throws(KubernetesError) {
      try await write(reference, metadata, status)
      log.ended(name)
      return .done
    } catch  where error.isOutdated {
      log.forget(name)
      return .done
    } catch {
      log.failed(name, error)
      return .failed
    }
  }

  private func write(
    _ reference: AuthenticationReference, _ metadata: ObjectMeta, _ status: AuthenticationStatus?
  ) async throws(KubernetesError) {
    let type = reference.namespace == nil ? ResourceType.clusterTriggerAuthentications : .triggerAuthentications
    if metadata.isBeingDeleted { return try await client.removeFinalizer(of: metadata, type) }
    let names = usersText(of: reference, now: status?.scaledobjects ?? "")
    guard names != status?.scaledobjects ?? "" else { return }
    let patch = JSONValue.object(["status": .object(["scaledobjects": .string(names)])])
    let _: IgnoredAnswer = try await client.patch(
      .merge(patch), type, namespace: reference.namespace, name: reference.name, subresource: "status",
      priority: .status)
  }

  private func known(_ reference: AuthenticationReference) -> (ObjectMeta, AuthenticationStatus?)? {
    if let namespace = reference.namespace {
      return cache.triggerAuthentication(reference.name, namespace: namespace).map { ($0.metadata, $0.status) }
    }
    return cache.clusterTriggerAuthentication(reference.name).map { ($0.metadata, $0.status) }
  }

  /// The users' names joined by commas, as KEDA keeps them: those that are there in their order, new ones at the end.
  private func usersText(of reference: AuthenticationReference, now text: String) -> String {
    let users = Set(index.users(of: reference.referent).map(\.name))
    var isOthers: (String) -> Bool = { _ in false }
    if !seesAll, reference.namespace == nil {
      let seen = seen.withLock { seen in
        seen[reference, default: []].formUnion(users)
        return seen[reference] ?? []
      }
      isOthers = { !seen.contains($0) }
    }
    let kept = text.split(separator: ",").map(String.init).filter { users.contains($0) || isOthers($0) }
    return (kept + users.subtracting(kept).sorted()).joined(separator: ",")
  }
}

extension AuthenticationReference {
  init(_ metadata: ObjectMeta) {
    self.init(namespace: metadata.namespace ?? "default", name: metadata.name)
  }
}
