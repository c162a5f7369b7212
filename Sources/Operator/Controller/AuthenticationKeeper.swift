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
  /// Users that were there since this process began: the names of others are nobody's to take away who does not see all.
  private let seen = Mutex<[AuthenticationReference: Set<String>]>([:])
  private let logger: Logger

  init(
    client: KubernetesClient, cache: ClusterCache, index: ObjectIndex, events: ObjectEvents, leadership: Leadership,
    seesAll: Bool, time: any TimeSource, logger: Logger
  ) {
    self.events = events
    self.seesAll = seesAll
    self.client = client
    self.cache = cache
    self.index = index
    self.leadership = leadership
    self.logger = logger
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
    guard leadership.isLeader, let (metadata, status) = known(reference) else { return .done }
    let type = reference.namespace == nil ? ResourceType.clusterTriggerAuthentications : .triggerAuthentications
    do {
      if metadata.isBeingDeleted {
        try await client.removeFinalizer(of: metadata, type)
        return .done
      }
      let names = usersText(of: reference, now: status?.scaledobjects ?? "")
      guard names != status?.scaledobjects ?? "" else { return .done }
      let patch = JSONValue.object(["status": .object(["scaledobjects": .string(names)])])
      let _: IgnoredAnswer = try await client.patch(
        .merge(patch), type, namespace: reference.namespace, name: reference.name, subresource: "status",
        priority: .status)
      return .done
    } catch  where error.isOutdated {
      return .done
    } catch {
      logger.warning(
        "cannot write to a TriggerAuthentication; trying again",
        metadata: ["authentication": "\(reference.name)", "error": "\(error)"])
      return .failed
    }
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
    let seen = seen.withLock { seen in
      seen[reference, default: []].formUnion(users)
      return seen[reference] ?? []
    }
    let isOthers: (String) -> Bool = { [seesAll] name in !seesAll && reference.namespace == nil && !seen.contains(name)
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
