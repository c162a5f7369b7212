internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import Polling
internal import Synchronization

/// Does for simulated workloads what Kubernetes' HPA controller does in a cluster: reads each object's metrics as the API
/// serves them, decides with the same algorithm, and scales.
final class LocalHPAController: Sendable {
  private let engine: ScaleEngine
  private let targets: any ScaleTargets
  private let time: any TimeSource
  private let period: Duration
  private let memories = Mutex<[ObjectKey: HPAMemory]>([:])

  /// - Parameter period: time from sync to sync, 15 s in Kubernetes.
  init(engine: ScaleEngine, targets: any ScaleTargets, time: any TimeSource, period: Duration) {
    self.engine = engine
    self.targets = targets
    self.time = time
    self.period = period
  }

  /// Syncs all objects every period until the task is cancelled.
  func run() async {
    var next = time.now() + period
    while (try? await time.sleep(until: next)) != nil {
      await syncAll()
      // A sync that took longer than a period is not made up for.
      next = max(next + period, time.now())
    }
  }

  /// Whose history is kept.
  var rememberedObjects: Set<ObjectKey> { memories.withLock { Set($0.keys) } }

  func syncAll() async {
    let objects = engine.objects
    memories.withLock { memories in
      let keys = Set(objects.map(\.key))
      memories = memories.filter { keys.contains($0.key) }
    }
    await withDiscardingTaskGroup { group in
      // A sick source makes its objects wait for their deadline; the others must not wait behind them.
      for object in objects where !object.plan.scaling.pause.isFullyPaused {
        group.addTask { await self.sync(object) }
      }
    }
  }

  private func sync(_ object: ManagedObject) async {
    let plan = object.plan
    guard let state = try? await targets.state(of: plan.target) else { return }
    // At zero the HPA is off and reads nothing. cpu and memory cannot be read here; without another metric there is
    // nothing to decide but the bounds.
    let metrics = state.specReplicas == 0 ? [] : await observations(of: object, hpa: plan.hpa)
    let observation = HPAObservation(
      now: time.now(), specReplicas: state.specReplicas, statusReplicas: state.statusReplicas,
      totalPods: Int(state.statusReplicas), readyPods: Int(state.readyReplicas), metrics: metrics)
    let memory = memories.withLock { $0[object.key] } ?? HPAMemory()
    let evaluation = HPAAlgorithm(HPAConfiguration(plan.hpa.spec)).evaluate(observation, memory: memory)
    var update = HPAScaleUpdate.succeeded
    if evaluation.needsUpdate {
      do {
        try await targets.scale(plan.target, to: evaluation.desiredReplicas)
      } catch {
        update = .failed(error.message)
      }
    }
    let result = evaluation.finished(update)
    memories.withLock { $0[object.key] = result.memory }
    let snapshot = object.snapshot
    let record = object.record(
      by: .hpa, at: observation.now, current: result.replicasBefore,
      desired: snapshot.desiredReplicas ?? result.replicasAfter, scaledTo: result.didScale ? result.replicasAfter : nil,
      reasons: reasons(of: result, about: object, read: metrics))
    var after = state
    after.specReplicas = result.replicasAfter
    await engine.note(record, target: after)
  }

  /// The HPA's reasons. Before what it says of a metric that the fallback made up stands that it did: the HPA cannot know.
  private func reasons(
    of result: HPASyncResult, about object: ManagedObject, read metrics: [HPAMetricObservation]
  ) -> [DecisionReason] {
    var reasons = result.reasons.map { DecisionReason.hpa($0) }
    for evaluation in metrics.isEmpty ? [] : object.evaluations {
      guard let fallback = evaluation.fallbackReason else { continue }
      let place = reasons.firstIndex { reason in
        if case .hpa(let reason) = reason { reason.metric == evaluation.name } else { false }
      }
      reasons.insert(fallback, at: place ?? reasons.endIndex)
    }
    return reasons
  }

  private func observations(of object: ManagedObject, hpa: HorizontalPodAutoscaler) async -> [HPAMetricObservation] {
    var observations: [HPAMetricObservation] = []
    for source in hpa.spec.metrics.compactMap(\.external) {
      let results = await samples(of: object, named: source.metric.name)
      let failure = results.lazy.compactMap { result in
        if case .failure(let unavailable) = result { unavailable.reason.message } else { nil }
      }.first
      let values = results.compactMap { try? $0.get().value }
      observations.append(HPAMetricObservation(source, answer: failure.map { .failed($0) } ?? .quantities(values)))
    }
    return observations
  }

  private func samples(
    of object: ManagedObject, named name: String
  ) async -> [Result<MetricSample, MetricUnavailable>] {
    if let known = engine.samplesInMemory(of: object, named: name) { return known }
    return await engine.samples(of: object, named: name)
  }
}

extension HPAReason {
  /// The metric that it is about; nil when it is about several or none.
  fileprivate var metric: String? {
    switch self {
    case .withinTolerance(let metric, _, _, _, _), .perReplicaTarget(let metric, _, _, _),
      .totalTarget(let metric, _, _, _, _), .negativeReadsAsOverflow(let metric, _):
      metric
    default: nil
    }
  }
}
