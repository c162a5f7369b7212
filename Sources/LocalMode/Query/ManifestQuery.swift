internal import Autoscaling
internal import Engine
internal import Foundation
public import KubernetesAPI
internal import Manifests
internal import NIOPosix
internal import Polling
internal import Questions
internal import SourceFactory
internal import Synchronization
internal import Triggers

/// Asks every trigger of some manifests once: `swell query`.
public struct ManifestQuery: Sendable {
  private let set: ManifestSet
  private let timeout: Duration

  /// - Throws: `FieldError` when a path does not exist.
  public init(paths: [String], timeout: Duration) throws(FieldError) {
    let loader = ManifestLoader()
    set = loader.load(files: try loader.files(at: paths))
    self.timeout = timeout
  }

  public func report() async -> QueryReport {
    let time = SystemTime()
    let planner = ObjectPlanner(
      objects: set, version: BuildInfo.version, clusterNamespace: ManifestDefaults.clusterNamespace)
    let sources = SourceFactory(
      group: MultiThreadedEventLoopGroup.singleton, time: time, environment: ProcessInfo.processInfo.environment)
    let pool = SourcePool(time: time, limits: SourceLimits(timeout: timeout)) { sources.source(for: $0) }
    let objects = set.scaledObjects.sorted { $0.key < $1.key }
    return await withTaskGroup { group in
      group.addTask {
        await pool.run()
        return [QueryReport.Entry]()
      }
      group.addTask {
        await withTaskGroup { group in
          for (key, item) in objects {
            group.addTask { await Self.ask(item, key: key, planner: planner, pool: pool, time: time) }
          }
          return await group.reduce(into: []) { $0.append($1) }
        }
      }
      // The pool runs until it is cancelled: the first to end are the questions.
      let entries = await group.next() ?? []
      group.cancelAll()
      await group.waitForAll()
      await sources.shutdown()
      let unusable = set.problems.map { problem in
        QueryReport.Entry(kind: problem.kind, key: problem.key, origin: problem.origin, errors: problem.errors)
      }
      return QueryReport(entries: unusable + entries.sorted { $0.key < $1.key })
    }
  }

  private static func ask(
    _ item: ManifestSet.Item<ScaledObject>, key: ObjectKey, planner: ObjectPlanner, pool: SourcePool,
    time: any TimeSource
  ) async -> QueryReport.Entry {
    let outcome = planner.plan(item.object, now: time.now())
    var entry = QueryReport.Entry(
      kind: ScaledObject.kind, key: key, origin: item.origin, errors: outcome.errors)
    guard let plan = outcome.plan else { return entry }
    entry.triggers = await withTaskGroup { group in
      for trigger in plan.triggers {
        group.addTask { await Self.ask(trigger, pool: pool) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    .sorted { $0.index < $1.index }
    let readings = entry.triggers.compactMap(\.reading)
    let evaluation = ScaledObjectEvaluation(
      of: plan.scaling, readings: readings,
      state: ScalingState(createdAt: plan.createdAt, replicas: .known(plan.scaling.minReplicaCount)), now: time.now())
    entry.desiredReplicas = evaluation.desired.count
    entry.isActive = evaluation.activity.isActive
    entry.reasons = evaluation.desired.reasons
    return entry
  }

  private static func ask(_ planned: PlannedTrigger, pool: SourcePool) async -> QueryReport.Trigger {
    guard let trigger = planned.external else {
      return QueryReport.Trigger(planned, reading: nil, answer: "decided by the HPA", roundTrip: .zero)
    }
    let lane = pool.acquire(trigger.endpoint)
    let delivered = Mutex<Delivery?>(nil)
    let signal = Signal()
    await lane.ask([trigger.question]) { deliveries in
      delivered.withLock { $0 = deliveries.first }
      signal.fire()
    }
    await signal.wait()
    guard let delivery = delivered.withLock({ $0 }) else {
      return QueryReport.Trigger(planned, reading: nil, answer: "not asked", roundTrip: .zero)
    }
    var memory = TriggerMemory.nothing
    let answer: String
    let failure: SourceError.Code?
    let result: Reading.Outcome
    switch delivery.result {
    case .success(let value):
      answer = value.summary
      failure = nil
      result = trigger.outcome(of: value, memory: &memory)
    case .failure(let error):
      answer = error.message
      failure = error.code
      result = .unknown(UnknownReason(error))
    }
    return QueryReport.Trigger(
      planned, reading: Reading(result, observedAt: delivery.observedAt), answer: answer,
      failure: failure, roundTrip: delivery.roundTrip)
  }
}
