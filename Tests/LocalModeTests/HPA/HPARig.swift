import Autoscaling
import Engine
import KubernetesAPI
import Polling
import Questions
import Synchronization
import TestSupport
import Testing

@testable import LocalMode

/// Engine, simulated workloads and HPA controller on a manual clock, with one Redis that tells what the test says.
struct HPARig: Sendable {
  let time: ManualTime
  let targets: SimulatedTargets
  let engine: ScaleEngine
  let controller: LocalHPAController
  let observer = Observer()
  let redis = Redis()
  private let clockwork: Clockwork

  static let period = Duration.seconds(15)

  final class Observer: EngineObserver {
    private let state = Mutex<[DecisionRecord]>([])
    var records: [DecisionRecord] { state.withLock { $0 } }
    func records(_ name: String, by author: DecisionRecord.Author) -> [DecisionRecord] {
      records.filter { $0.key.name == name && $0.author == author }
    }
    func decided(_ record: DecisionRecord, object: ManagedObject, events: [ScaleEvent]) async {
      state.withLock { $0.append(record) }
    }
  }

  /// Entries that wait, by stream; nothing listens at a stream that is not there.
  final class Redis: Sendable {
    private let state = Mutex<(pending: [String: Int64], hanging: Set<String>, asked: Int)>(([:], [], 0))
    subscript(stream: String) -> Int64? {
      get { state.withLock { $0.pending[stream] } }
      set { state.withLock { $0.pending[stream] = newValue } }
    }
    var asked: Int { state.withLock { $0.asked } }
    func hang(_ stream: String) { state.withLock { _ = $0.hanging.insert(stream) } }

    func answers(to questions: [Question], time: ManualTime) async -> [Result<Answer, SourceError>] {
      let streams = questions.map { question in
        if case .redis(let redis) = question { redis.commands.first?.key ?? "" } else { "" }
      }
      let hangs = state.withLock { state in
        state.asked += questions.count
        return streams.contains { state.hanging.contains($0) }
      }
      if hangs { try? await time.sleep(until: time.now() + .seconds(3)) }
      return streams.map { stream in
        guard !hangs, let count = self[stream] else {
          return .failure(SourceError(hangs ? .timedOut : .connectionRefused, "redis://redis:6379/0: \(stream)"))
        }
        return .success(.redis(RedisAnswer([.array([.integer(count)])])))
      }
    }
  }

  /// When polls and syncs are due.
  private final class Clockwork: Sendable {
    let state: Mutex<(schedule: PollSchedule<ObjectKey>, nextSync: Timestamp)>
    init(nextSync: Timestamp) { state = Mutex((PollSchedule(), nextSync)) }
  }

  init(podStart: Duration = .seconds(5)) {
    let time = ManualTime()
    let redis = redis
    let targets = SimulatedTargets(time: time, podStart: podStart)
    self.time = time
    self.targets = targets
    // A source for each host, so that one that hangs hangs alone.
    let pool = SourcePool(time: time, jitter: { 0.5 }) { _ in
      ScriptedSource { await redis.answers(to: $0, time: time) }
    }
    engine = ScaleEngine(
      time: time, sources: pool, targets: targets, observer: observer,
      configuration: EngineConfiguration(pollGrain: .milliseconds(100)))
    controller = LocalHPAController(engine: engine, targets: targets, time: time, period: Self.period)
    clockwork = Clockwork(nextSync: time.now() + Self.period)
  }

  static func run(_ body: @Sendable (HPARig) async throws -> Void) async throws {
    let rig = HPARig()
    try await withThrowingTaskGroup { group in
      group.addTask { await rig.engine.run() }
      try await body(rig)
      group.cancelAll()
    }
  }

  /// As in deploy/examples/inference, but for names and credentials.
  static func inference(
    _ name: String, cooldown: Int32 = 180, annotations: [String: String]? = nil
  ) -> ScaledObject {
    func policies(_ percent: Int32, _ pods: Int32, every seconds: Int32) -> [HPAScalingPolicy] {
      [
        HPAScalingPolicy(type: "Percent", value: percent, periodSeconds: seconds),
        HPAScalingPolicy(type: "Pods", value: pods, periodSeconds: seconds),
      ]
    }
    let behavior = HPABehavior(
      scaleUp: HPAScalingRules(
        stabilizationWindowSeconds: 0, selectPolicy: "Max", policies: policies(100, 20, every: 15)),
      scaleDown: HPAScalingRules(
        stabilizationWindowSeconds: 300, selectPolicy: "Min", policies: policies(50, 5, every: 60)))
    return ScaledObject(
      metadata: ObjectMeta(name: name, namespace: "ai", annotations: annotations),
      spec: ScaledObjectSpec(
        scaleTargetRef: ScaleTarget(name: name), pollingInterval: 15, cooldownPeriod: cooldown, minReplicaCount: 0,
        maxReplicaCount: 100,
        advanced: AdvancedConfig(horizontalPodAutoscalerConfig: HorizontalPodAutoscalerConfig(behavior: behavior)),
        triggers: [
          ScaleTriggerSpec(
            type: "redis-streams",
            metadata: [
              "address": "\(name):6379", "stream": name, "consumerGroup": "workers", "pendingEntriesCount": "10",
            ])
        ],
        fallback: FallbackSpec(failureThreshold: 3, replicas: 5)))
  }

  static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "ai", name: name) }
  static func target(_ name: String) -> TargetReference {
    TargetReference(namespace: "ai", apiVersion: "apps/v1", kind: "Deployment", name: name)
  }

  struct NoObjects: ConfigurationObjects {
    func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? { nil }
    func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? { nil }
    func secret(_ name: String, namespace: String) -> Secret? { nil }
    func configMap(_ name: String, namespace: String) -> ConfigMap? { nil }
    func workload(_ target: TargetReference) -> Workload? { nil }
  }

  /// Hands an object over, with a workload of its name.
  func apply(_ object: ScaledObject, replicas: Int32 = 0) async throws {
    let plan = try #require(
      ObjectPlanner(objects: NoObjects(), version: "1", clusterNamespace: "keda").plan(object, now: time.now()).plan)
    targets.add(plan.target, replicas: replicas)
    clockwork.state.withLock { state in
      state.schedule.add(
        plan.key, interval: plan.pollingInterval, seed: stableSeed(plan.key.description), now: time.now())
      _ = state.schedule.takeDue(now: time.now())
    }
    await engine.apply(plan)
  }

  /// The same, and waits for the first decision.
  func start(_ object: ScaledObject, replicas: Int32 = 0) async throws {
    let before = observer.records(object.metadata.name, by: .scaleLoop).count
    try await apply(object, replicas: replicas)
    try await decided(object.metadata.name, after: before)
  }

  private func decided(_ name: String, after count: Int) async throws {
    try await eventually("\(name) is decided about", every: .microseconds(200)) {
      observer.records(name, by: .scaleLoop).count > count
    }
  }

  func replicas(_ name: String) async throws -> Int32 {
    try await targets.state(of: Self.target(name)).specReplicas
  }

  /// Moves the clock from event to event, polls and syncs each in their time, for `duration`.
  func go(on duration: Duration) async throws {
    let end = time.now() + duration
    while true {
      let (poll, sync) = clockwork.state.withLock { ($0.schedule.nextDue() ?? end, $0.nextSync) }
      let next = min(poll, sync, end)
      let before = observer.records
      time.advance(by: next - time.now())
      let due = clockwork.state.withLock { $0.schedule.takeDue(now: next).map(\.key) }
      for key in due where engine.object(key)?.plan.isPolled == true {
        try await decided(key.name, after: before.count { $0.key == key && $0.author == .scaleLoop })
      }
      if next >= sync {
        await controller.syncAll()
        clockwork.state.withLock { $0.nextSync = next + Self.period }
      }
      if next >= end { return }
    }
  }
}
