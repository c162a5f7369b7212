internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization

/// Writes the status of ScaledObjects: on changes only, each object's changes together, and never before what matters
/// more.
final class StatusWriter: Sendable {
  private struct Known {
    /// Nil until the object has been reconciled: the loop may be faster.
    var facts: StatusFacts?
    /// What the loop said last; nil while it does not decide.
    var view: ObjectStatusView?
    /// The status as it was last written, until the watch has told of it.
    var written: Written?
    /// Why the API does not take the status, as it was told last.
    var refusal: String?
  }

  private struct Written {
    var status: ScaledObjectStatus
    var resourceVersion: String?
  }

  private let objects = Mutex<[ObjectKey: Known]>([:])
  private let queue: WorkQueue<ObjectKey>
  private let client: KubernetesClient
  private let cache: ClusterCache
  private let hpas: HPAKeeper
  private let events: ObjectEvents
  private let leadership: Leadership
  private let faults: LastingFaults
  private let log: FailureLog<ObjectKey>
  /// How long a change waits for others of the same object.
  private static let patience = Duration.milliseconds(50)

  init(
    client: KubernetesClient, cache: ClusterCache, hpas: HPAKeeper, events: ObjectEvents, leadership: Leadership,
    time: any TimeSource, logger: Logger
  ) {
    self.client = client
    self.cache = cache
    self.hpas = hpas
    self.events = events
    self.leadership = leadership
    faults = LastingFaults(client: client, time: time)
    log = FailureLog(
      logger, .warning, time: time, label: "scaledObject",
      problem: "cannot write the status of a ScaledObject; trying again",
      end: "the status of a ScaledObject is written again")
    queue = WorkQueue(time: time)
  }

  /// What reconciling has found out.
  func update(_ key: ObjectKey, facts: StatusFacts) {
    objects.withLock { objects in
      var known = objects[key] ?? Known()
      // What there was at first is what the first look found; by the next one, Swell may have scaled.
      let original = known.facts?.originalReplicaCount ?? facts.originalReplicaCount
      known.facts = facts
      known.facts?.originalReplicaCount = original
      if facts.ready != nil { known.view = nil }
      objects[key] = known
    }
    queue.add(key, after: Self.patience)
  }

  /// What the loop has decided. Costs a comparison when nothing has changed, which is nearly always.
  func update(_ key: ObjectKey, view: ObjectStatusView) {
    let isChanged = objects.withLock { objects in
      let known = objects[key] ?? Known()
      guard known.facts?.ready == nil else { return false }
      objects[key, default: known].view = view
      guard var previous = known.view else { return true }
      previous.lastActiveTime = view.lastActiveTime
      return previous != view
    }
    if isChanged { queue.add(key, after: Self.patience) }
  }

  /// The HPA's conditions have changed, or the object's status was changed by somebody else.
  func look(at key: ObjectKey) { queue.add(key, after: Self.patience) }

  func forget(_ key: ObjectKey) {
    objects.withLock { $0[key] = nil }
    faults.ended(key)
    log.forget(key)
  }

  /// Everything that was known belongs to another replica's time.
  func forgetAll() {
    queue.removeAll()
    objects.withLock { $0 = [:] }
    faults.endAll()
    log.forgetAll()
  }

  /// The status as it is in the cluster, the own last write included.
  func status(of object: ScaledObject) -> ScaledObjectStatus? {
    let written = objects.withLock { $0[object.objectKey]?.written }
    // Where versions are no numbers, the copy is taken for the newer one.
    guard let written,
      ResourceVersion.isAtLeast(object.metadata.resourceVersion, written.resourceVersion) == false
    else { return object.status }
    return written.status
  }

  func run() async {
    await queue.run(workers: 8) { key in await self.write(key) }
  }

  /// Writes now, and waits for it: for what has to be seen before something else happens.
  func writeNow(_ key: ObjectKey) async throws(KubernetesError) {
    guard leadership.isLeader, let object = cache.scaledObject(key), let known = objects.withLock({ $0[key] }),
      let facts = known.facts
    else { return }
    let current = status(of: object)
    let name = facts.hpaName ?? current?.hpaName
    let hpa = name.flatMap { hpas.hpa($0, namespace: key.namespace) }
    let desired = StatusBuilder.status(
      from: current, facts: facts, view: known.view, hpa: hpa?.scalingActive, hasHPA: hpa != nil)
    guard let patch = StatusPatch.patch(from: current, to: desired) else { return isRight(key) }
    let answer: ScaledObject
    do {
      answer = try await client.patch(
        .merge(patch), .scaledObjects, namespace: key.namespace, name: key.name, subresource: "status",
        priority: .status)
    } catch {
      if error.isRefusal { tell(of: error.refusal, object) }
      throw error
    }
    objects.withLock { objects in
      objects[key]?.written = Written(status: desired, resourceVersion: answer.metadata.resourceVersion)
    }
    isRight(key)
    if current?.isFoundRight != true, desired.isFoundRight { events.ready(object) }
  }

  /// The status is what it should be.
  private func isRight(_ key: ObjectKey) {
    objects.withLock { $0[key]?.refusal = nil }
    faults.ended(key)
    log.ended(key)
  }

  /// A status that may not be written cannot say so itself: an event does, once.
  private func tell(of refusal: String, _ object: ScaledObject) {
    let isNews = objects.withLock { objects in
      defer { objects[object.objectKey]?.refusal = refusal }
      return objects[object.objectKey]?.refusal != refusal
    }
    if isNews { events.updateFailed(object, refusal) }
  }

  private func write(_ key: ObjectKey) async -> WorkQueue<ObjectKey>.Outcome {
    do {
      try await writeNow(key)
      return .done
    } catch  where error.code == .notFound || cache.scaledObject(key) == nil {
      return .done
    } catch {
      log.failed(key, error)
      // Nothing else shows in the object that its status is out of date.
      if let object = cache.scaledObject(key), await faults.isLasting(object) {
        tell(of: "\(error): Swell tries again by itself", object)
      }
      return .failed
    }
  }
}

extension ScaledObjectStatus {
  /// Nothing is wrong with the object itself, which is what the event `ScaledObjectReady` tells. That its triggers or
  /// its target cannot be read for a while does not change that: as in KEDA, the end of it is no event.
  fileprivate var isFoundRight: Bool {
    let reason = conditions?.first { $0.type == "Ready" }?.reason ?? ""
    return ["ScaledObjectReady", "TriggerError", "PartialTriggerError", "ErrorGettingCurrentReplicas"].contains(reason)
  }

  var isPaused: Bool { conditions?.contains { $0.type == "Paused" && $0.status == "True" } ?? false }
}
