internal import Admission
internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization

/// Brings the cluster in line with its ScaledObjects: one object at a time, again and again, until nothing is left to do.
///
/// A replica of Swell that does not lead goes the same way and writes nothing: it only knows what to answer for.
final class ScaledObjectController: Sendable {
  struct Parts: Sendable {
    var client: KubernetesClient
    var cache: ClusterCache
    var engine: ScaleEngine
    var targets: ClusterTargets
    var mapper: ResourceMapper
    var hpas: HPAKeeper
    var status: StatusWriter
    var events: ObjectEvents
    var teller: DecisionTeller
    var leadership: Leadership
    var time: any TimeSource
    var logger: Logger
    var version: String
    var namespace: String
  }

  let parts: Parts
  let queue: WorkQueue<ObjectKey>
  let planner: PlanMaker
  /// What each object's plan in the engine was made from.
  private let planned = Mutex<[ObjectKey: PlanInputs]>([:])
  /// What was last said of an object that is wrong, so that it is said once.
  private let failures = Mutex<[ObjectKey: ReconcileFailure]>([:])
  /// Objects whose loop was started and not stopped since, as KEDA tells it in events.
  private let started = Mutex<Set<ObjectKey>>([])
  /// How often each object was found to be wrong, for `keda_scaled_object_errors_total`.
  private let counts = Mutex<[ObjectKey: Int]>([:])
  /// Objects that are wrong, and objects that the API keeps from being looked at.
  private let wrong: FailureLog<ObjectKey>
  let obstacles: FailureLog<ObjectKey>
  let faults: LastingFaults
  let environments: FailureLog<ObjectKey>
  let restorations: FailureLog<ObjectKey>
  /// Objects that were there at the start and have not been looked at yet; nil before the start.
  private let first = Mutex<Set<ObjectKey>?>(nil)
  private static let workers = 16

  init(_ parts: Parts) {
    self.parts = parts
    // A target of a kind that is not watched may come any time: it is never looked for less often than this.
    queue = WorkQueue(time: parts.time, longestPause: .seconds(30))
    planner = PlanMaker(cache: parts.cache, version: parts.version, clusterNamespace: parts.namespace)
    faults = LastingFaults(client: parts.client, time: parts.time)
    func log(_ problem: String, _ end: String?) -> FailureLog<ObjectKey> {
      FailureLog(parts.logger, .warning, time: parts.time, label: "scaledObject", problem: problem, end: end)
    }
    wrong = log("a ScaledObject cannot be scaled", "a ScaledObject can be scaled again")
    obstacles = log("cannot reconcile a ScaledObject; trying again", "a ScaledObject is reconciled again")
    environments = log(
      "cannot read the containers of a scale target; settings from their environment are not known",
      "the containers of a scale target are read again")
    restorations = log("cannot restore the original replicas of a deleted ScaledObject's target", nil)
  }

  func run() async {
    await queue.run(workers: Self.workers) { key in
      let outcome = await self.reconcile(key)
      self.first.withLock { _ = $0?.remove(key) }
      return outcome
    }
  }

  private func reconcile(_ key: ObjectKey) async -> WorkQueue<ObjectKey>.Outcome {
    do {
      guard let object = parts.cache.scaledObject(key) else {
        await forget(key)
        return .done
      }
      let outcome = parts.leadership.isLeader ? try await lead(object) : await follow(object)
      unobstructed(key)
      return outcome
    } catch let error as KubernetesError where error.isOutdated {
      // The watch tells of what has changed; in case it does not, soon again.
      return .again(after: .milliseconds(500))
    } catch {
      if Task.isCancelled { return .failed }
      await obstructed(key, error)
      return .failed
    }
  }

  // MARK: Without leading

  private func follow(_ object: ScaledObject) async -> WorkQueue<ObjectKey>.Outcome {
    // An object that no leader has looked at has no HPA, so nobody asks for its metrics. It is not handed to the engine: should
    // this replica begin to lead, it would be scaled before its status says what there was.
    let isUnknown = object.status?.originalReplicaCount == nil && !PauseRule(of: object).isFullyPaused
    guard !object.metadata.isBeingDeleted, !isUnknown else {
      await drop(object.objectKey)
      return .done
    }
    await readEnvironment(of: object)
    switch planner.plan(object, now: parts.time.now()) {
    case .waiting, .refused: break
    case .made(let outcome, let inputs): await hand(outcome.plan, inputs, of: object)
    }
    return .done
  }

  // MARK: Leading

  private func lead(_ object: ScaledObject) async throws -> WorkQueue<ObjectKey>.Outcome {
    let pause = PauseRule(of: object)
    var facts = StatusFacts(of: object, pause)
    do {
      if object.metadata.isBeingDeleted {
        try await finalize(object)
        return .done
      }
      // As in KEDA, a paused object gets its finalizer and nothing else.
      let marked = try await refusable(.label) { () async throws(KubernetesError) in
        try await mark(object, withLabel: !pause.isFullyPaused)
      }
      if pause.isFullyPaused { return try await pauseFully(marked, pause, facts) }
      let wasPaused = parts.status.status(of: object)?.isPaused ?? false
      if pause.isAnyPause != wasPaused { parts.events.record(pause.isAnyPause ? .paused : .unpaused, about: object) }
      try await scale(marked, &facts)
      return .done
    } catch let failure as ReconcileFailure {
      await fail(object, failure, facts)
      return failure.mayHeal ? .failed : .done
    }
  }

  /// Asks the API for something that it may refuse: then that is what is wrong with the object.
  func refusable<Value>(
    _ stage: ReconcileFailure.Stage, _ ask: () async throws(KubernetesError) -> Value
  ) async throws -> Value {
    do {
      return try await ask()
    } catch {
      if let refusal = ReconcileFailure(stage, refused: error) { throw refusal }
      if error.isOutdated || error.isCancellation { throw error }
      throw Obstacle(stage: stage, cause: error)
    }
  }

  /// The way of an object that is neither paused nor being deleted.
  private func scale(_ object: ScaledObject, _ facts: inout StatusFacts) async throws {
    let key = object.objectKey
    let target: ResolvedTarget
    do {
      target = try await resolveTarget(of: object)
    } catch let failure as ReconcileFailure where !failure.isRefusal && isRunning(object) {
      // As in KEDA, that a target goes while it is being scaled is for the loop to tell, which finds no replicas.
      parts.status.update(key, facts: facts)
      return
    }
    facts.target = target.resource
    facts.originalReplicaCount = target.replicas
    let controllerErrors = object.schemaErrors() + object.controllerErrors()
    if !controllerErrors.contains(where: { $0.field.hasPrefix("spec.triggers") }), Self.boundsAreRight(controllerErrors)
    {
      facts.triggersTypes = object.triggerTypesOnce.joined(separator: ",")
      facts.authenticationsTypes = object.authenticationNamesOnce.joined(separator: ",")
    }
    if parts.status.status(of: object)?.originalReplicaCount == nil {
      // First of all, as in KEDA: a crash between the first scaling and the status would lose what there was before.
      parts.status.update(key, facts: facts)
      try await parts.status.writeNow(key)
    }
    await readEnvironment(of: object)
    let result = planner.plan(object, now: parts.time.now())
    if case .refused(let cause) = result { throw ReconcileFailure(.hpa, cause, mayHeal: true) }
    guard case .made(let outcome, let inputs) = result else { return }
    guard let plan = outcome.plan else { throw ReconcileFailure(outcome.errors, of: object) }

    let previousName = parts.status.status(of: object)?.hpaName
    let isNew = try await refusable(.hpa) { () async throws(KubernetesError) in
      try await parts.hpas.ensure(plan.hpa, previousName: previousName, owner: object)
    }
    facts.hpaName = plan.hpa.metadata.name
    facts.externalMetricNames = plan.scaling.metrics.map(\.name)
    facts.resourceMetricNames = plan.triggers.compactMap { $0.metric.resource?.name }
    healed(key)
    parts.status.update(key, facts: facts)
    // An HPA that is made anew or renamed starts nothing: as in KEDA, the loop has been running all the time. A pause ends it.
    // An object that is looked at for the first time may find an HPA of its name.
    let isStart = started.withLock { $0.insert(key).inserted } && (isNew || previousName == nil)
    let isChanged = isStart || isOfAnotherGeneration(inputs, of: key)
    await hand(plan, inputs, of: object)
    if isChanged { for notice in object.settingsWithoutEffect { parts.events.scalerInfo(object, notice) } }
    if isStart {
      parts.events.scalersStarted(object)
    } else if isChanged {
      parts.events.scalersBuilt(object)
    }
  }

  private static func boundsAreRight(_ errors: [FieldError]) -> Bool {
    ReconcileFailure(errors).stage != .replicaCounts || errors.isEmpty
  }

  /// Gives the engine a plan, if it is another than the engine has.
  func hand(_ plan: ObjectPlan?, _ inputs: PlanInputs, of object: ScaledObject) async {
    let key = object.objectKey
    guard let plan else {
      await drop(key)
      return
    }
    let isKnown = planned.withLock { $0.updateValue(inputs, forKey: key) == inputs }
    if isKnown { return }
    for notice in plan.notices {
      parts.logger.notice(
        "a setting of a ScaledObject has no effect", metadata: ["scaledObject": "\(key)", "notice": "\(notice)"])
    }
    await parts.engine.apply(plan, memory: ObjectMemory(parts.status.status(of: object), now: parts.time.now()))
  }

  /// The engine has a plan that was made from just this.
  func isHanded(_ inputs: PlanInputs, of key: ObjectKey) -> Bool { planned.withLock { $0[key] == inputs } }

  /// The engine has a plan of the object as it is.
  private func isRunning(_ object: ScaledObject) -> Bool {
    planned.withLock { planned in
      guard let inputs = planned[object.objectKey] else { return false }
      return inputs.uid == object.metadata.uid && inputs.generation == object.metadata.generation
        && inputs.annotations == object.metadata.annotations
    }
  }

  /// The object has been changed since its plan was made.
  private func isOfAnotherGeneration(_ inputs: PlanInputs, of key: ObjectKey) -> Bool {
    planned.withLock { planned in planned[key].map { $0.generation != inputs.generation } ?? false }
  }

  /// Nothing polls any more: the next start is told again.
  func loopEnds(_ key: ObjectKey) { started.withLock { _ = $0.remove(key) } }

  /// The engine need not know of an object any more.
  func drop(_ key: ObjectKey) async {
    planned.withLock { $0[key] = nil }
    await parts.engine.remove(key)
  }

  /// The object is gone.
  private func forget(_ key: ObjectKey) async {
    await drop(key)
    forgetWhatWasSaid(of: key)
    _ = parts.cache.references.follow([], for: key)
    parts.cache.otherWorkloads.forget(key)
  }

  /// An object of this name begins anew: in its status, in events and in the log.
  func forgetWhatWasSaid(of key: ObjectKey) {
    parts.status.forget(key)
    parts.teller.forget(key)
    failures.withLock { $0[key] = nil }
    counts.withLock { $0[key] = nil }
    loopEnds(key)
    faults.ended(key)
    for log in [wrong, obstacles, environments, restorations] { log.forget(key) }
  }

  /// Says what is wrong. Its HPA, if there is one, stays as it is: without metrics it holds what it has.
  func fail(_ object: ScaledObject, _ failure: ReconcileFailure, _ facts: StatusFacts) async {
    let key = object.objectKey
    var facts = facts
    facts.ready = .checkFailed(failure.message)
    facts.active = .activityUnknown
    if failure.isRefusal {
      // What was planned before goes on, and is looked at anew when the API gives in.
      planned.withLock { $0[key] = nil }
    } else {
      await drop(key)
    }
    parts.status.update(key, facts: facts)
    counts.withLock { $0[key, default: 0] &+= 1 }
    let isNews = failures.withLock { $0.updateValue(failure, forKey: key) != failure }
    // Each time: what was not told waits for its turn. What is looked at once only is nobody else's.
    wrong.failed(
      key,
      cause: FailureBook.Cause(
        family: failure.isRefusal ? failure.stage.rawValue : "\(key) \(failure.message)", text: failure.message),
      text: failure.message)
    guard isNews else { return }
    // As KEDA tells it: what is wrong with the target or a trigger, then what comes of it.
    if failure.stage == .hpa, !failure.isRefusal { parts.events.scalerFailed(object, failure.cause) }
    if let event = failure.event { parts.events.checkFailed(object, event) }
    parts.events.checkFailed(object, failure.event == nil ? failure.message : failure.stage.rawValue)
  }

  /// What is wrong with an object, as far as this replica has looked at it.
  func failure(of key: ObjectKey) -> ReconcileFailure? { failures.withLock { $0[key] } }

  /// Nothing is wrong with it any more.
  func healed(_ key: ObjectKey) {
    failures.withLock { $0[key] = nil }
    wrong.ended(key)
  }

  /// Takes over from another replica: everything is looked at again.
  func beginLeading() {
    failures.withLock { $0 = [:] }
    started.withLock { $0 = [] }
    queue.add(parts.cache.scaledObjects.objects.map(\.objectKey))
  }

  /// What stands in the way is the next leader's to tell.
  func endLeading() {
    for log in [wrong, obstacles, restorations] { log.forgetAll() }
    faults.endAll()
  }

  /// Begins with every object that is there. To be called once, when the cluster's objects are known.
  func begin() {
    let keys = parts.cache.scaledObjects.objects.map(\.objectKey)
    first.withLock { $0 = Set(keys) }
    queue.add(keys)
  }

  var failureCounts: [ObjectKey: Int] { counts.withLock { $0 } }

  /// Every object that was there at the start has been looked at once.
  var hasSeenAll: Bool { first.withLock { $0?.isEmpty ?? false } }
}

extension KubernetesError {
  /// The object is another by now, or gone.
  var isOutdated: Bool { code == .conflict || code == .notFound }
}

extension FallbackRule {
  static func isConfigured(_ object: ScaledObject) -> Bool {
    guard let fallback = object.spec.fallback else { return false }
    return fallback.failureThreshold >= 0 && fallback.replicas >= 0
  }
}

extension ScaledObject {
  /// As `status.triggersTypes` shows them.
  var triggerTypesOnce: [String] { spec.triggers.map(\.type).once }
  var authenticationNamesOnce: [String] { spec.triggers.compactMap { $0.authenticationRef?.name }.once }
}

extension [String] {
  fileprivate var once: [String] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}
