internal import Autoscaling
internal import Engine
internal import EngineHTTP
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization

/// Everything that decides and writes, put together. The servers stand beside it.
///
/// The way of the data: watches → queue → reconcile → plan → engine → decision → `/scale`, status, events.
final class ClusterOperator: Sendable {
  let client: KubernetesClient
  let cache: ClusterCache
  let engine: ScaleEngine
  let controller: ScaledObjectController
  let leadership: Leadership
  let mapper: ResourceMapper
  let changes: ControllerChanges
  private let status: StatusWriter
  private let authentications: AuthenticationKeeper
  private let recorder: EventRecorder
  private let election: LeaderElection?
  private let teller: DecisionTeller
  private let time: any TimeSource
  private let logger: Logger
  private let identity: String
  private let watchedNamespaces: [String]
  private let leadershipObserver = Mutex<@Sendable () -> Void>({})

  init(
    client: KubernetesClient, pool: SourcePool, options: OperatorOptions, time: any TimeSource, logger: Logger
  ) {
    self.client = client
    self.time = time
    self.logger = logger
    identity = options.identity
    watchedNamespaces = options.watchNamespaces
    leadership = Leadership(isLeader: false)
    recorder = EventRecorder(
      client, time: time, controller: "keda-operator", instance: options.identity)
    changes = ControllerChanges(logger: logger)
    cache = ClusterCache(client: client, namespaces: options.watchNamespaces, time: time, changes: changes)
    mapper = ResourceMapper(client, time: time)
    let targets = ClusterTargets(
      client: client, cache: cache, mapper: mapper, leadership: leadership, time: time)
    let hpas = HPAKeeper(client: client, cache: cache)
    let events = ObjectEvents(recorder: recorder, leadership: leadership)
    status = StatusWriter(
      client: client, cache: cache, hpas: hpas, events: events, leadership: leadership, time: time, logger: logger)
    teller = DecisionTeller(time: time, logger: logger)
    engine = ScaleEngine(time: time, sources: pool, targets: targets, observer: teller)
    engine.endDeciding()
    controller = ScaledObjectController(
      ScaledObjectController.Parts(
        client: client, cache: cache, engine: engine, targets: targets, mapper: mapper, hpas: hpas, status: status,
        events: events, teller: teller, leadership: leadership, time: time, logger: logger, version: BuildInfo.version,
        namespace: options.clusterNamespace))
    authentications = AuthenticationKeeper(
      client: client, cache: cache, index: changes.index, events: events, leadership: leadership,
      watchedNamespaces: options.watchNamespaces, time: time, logger: logger)
    election =
      options.electsLeader
      ? LeaderElection(
        client,
        LeaderElection.Configuration(namespace: options.namespace, name: "swell", identity: options.identity),
        time: time)
      : nil
    teller.connect(cache: cache, status: status, events: events)
    changes.connect(
      ControllerChanges.Parts(
        controller: controller, status: status, hpas: hpas, authentications: authentications))
  }

  /// Every object of the cluster has been looked at, so that metrics of all of them can be answered.
  var isReady: Bool { cache.isSynced && controller.hasSeenAll }

  /// What is still waited for; nil when every object has been looked at.
  var notReady: String? {
    guard !isReady else { return nil }
    return "the cluster's objects have not all been read" + (cache.obstacle.map { ": \($0)" } ?? "")
  }

  /// What there is in the cluster, for `/metrics`.
  var inventory: ResourceInventory {
    let failures = controller.failureCounts
    return ResourceInventory(
      objects: cache.scaledObjects.objects.filter { !$0.metadata.isBeingDeleted }.map { object in
        ResourceInventory.Object(
          key: object.objectKey, triggerTypes: object.spec.triggers.map(\.type),
          isPaused: PauseRule(of: object).isFullyPaused, failures: failures[object.objectKey] ?? 0)
      },
      authenticationNamespaces: cache.authentications.objects.map { $0.metadata.namespace ?? "default" },
      clusterAuthentications: cache.clusterAuthentications.objects.count)
  }

  /// Watches, decides and writes until the task is cancelled. The engine runs elsewhere.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.cache.run() }
      group.addTask { await self.recorder.run() }
      group.addTask { await self.tellOfUnfollowed() }
      group.addTask { await self.tellOfElection() }
      await cache.waitUntilSynced()
      guard !Task.isCancelled else { return }
      logger.info(
        "the cluster's objects are known", metadata: ["scaledObjects": "\(cache.scaledObjects.objects.count)"])
      controller.begin()
      group.addTask { await self.controller.run() }
      group.addTask { await self.status.run() }
      group.addTask { await self.authentications.run() }
    }
  }

  /// Says which objects cannot be followed, each cause once: without them nothing is decided, or by old facts.
  private func tellOfUnfollowed() async {
    let log = FailureLog<String>(
      logger, .error, time: time, label: "resource", problem: "the cluster cannot be followed; trying again",
      end: "the cluster is followed again")
    await log.follow(time: time) { cache.failures }
  }

  private func tellOfElection() async {
    guard let election else { return }
    let log = FailureLog<String>(
      logger, .error, time: time, label: "lease", problem: "the Lease cannot be had, so this replica cannot lead",
      end: "the Lease can be had again")
    await log.follow(time: time) {
      // A conflict is another replica that was faster: that is what a Lease is for.
      guard let failure = election.lastFailure, failure.code != .conflict else { return [:] }
      return ["swell": failure]
    }
  }

  /// Takes part in the election, or leads without one; until the task is cancelled. The Lease is given back then.
  func lead() async {
    await cache.waitUntilSynced()
    guard !Task.isCancelled else { return }
    guard let election else {
      beginLeading()
      await Signal().wait()
      endLeading()
      return
    }
    await election.run { isLeader in
      if isLeader { self.beginLeading() } else { self.endLeading() }
    }
  }

  /// Told when this replica begins to lead, and when it ends.
  func onLeadership(_ observer: @escaping @Sendable () -> Void) { leadershipObserver.withLock { $0 = observer } }

  // MARK: For whoever asks

  var replicaView: ReplicaView {
    ReplicaView(
      role: { self.role },
      others: {
        let unread = self.changes.undecodable.keys.compactMap(Self.key(ofName:))
        let keys = Set(self.cache.scaledObjects.objects.map(\.objectKey)).union(unread)
        return keys.sorted().compactMap { key in
          guard self.engine.object(key) == nil else { return nil }
          return self.reasonNotScaled(key).map { ReplicaView.Other(key: key, reason: $0) }
        }
      },
      reason: reasonNotScaled,
      problem: { self.controller.failure(of: $0)?.message })
  }

  private var role: ReplicaView.Role {
    let leads = leadership.isLeader
    return ReplicaView.Role(name: identity, leads: leads, leader: leads ? identity : election?.leader)
  }

  /// Why the engine does not have an object; nil when there is no such object.
  private func reasonNotScaled(_ key: ObjectKey) -> String? {
    if let problem = changes.undecodable[Self.name(of: key)] { return "it cannot be read: \(problem)" }
    guard let object = cache.scaledObject(key) else {
      if !watchedNamespaces.isEmpty, !watchedNamespaces.contains(key.namespace) {
        return "only these namespaces are watched: \(watchedNamespaces.joined(separator: ", "))"
      }
      return cache.isSynced ? nil : notReady
    }
    if object.metadata.isBeingDeleted { return "it is being deleted" }
    if let failure = controller.failure(of: key) { return failure.message }
    // What the replica that leads has written.
    let ready = object.status?.conditions?.first { $0.type == "Ready" }
    if ready?.status == "False", let message = ready?.message { return message }
    return "it has not been looked at yet" + (role.note.map { ": \($0)" } ?? "")
  }

  /// As `ControllerChanges.undecodable` names it.
  private static func name(of key: ObjectKey) -> String { "\(ScaledObject.kind) \(key)" }

  private static func key(ofName name: String) -> ObjectKey? {
    let parts = name.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0] == ScaledObject.kind else { return nil }
    let path = parts[1].split(separator: "/")
    return path.count == 2 ? ObjectKey(namespace: String(path[0]), name: String(path[1])) : nil
  }

  private func beginLeading() {
    leadership.set(true)
    let now = time.now()
    engine.beginDeciding { key in ObjectMemory(self.cache.scaledObject(key)?.status, now: now) }
    controller.beginLeading()
    authentications.beginLeading()
    leadershipObserver.withLock { $0 }()
    logger.notice("this replica leads: it scales and writes")
  }

  private func endLeading() {
    leadership.set(false)
    engine.endDeciding()
    controller.endLeading()
    status.forgetAll()
    leadershipObserver.withLock { $0 }()
    logger.notice("this replica does not lead any more: it only answers")
  }
}
