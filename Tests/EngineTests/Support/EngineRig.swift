import Autoscaling
import Engine
import KubernetesAPI
import Polling
import Questions
import Synchronization
import TestSupport
import Testing

/// An engine on a manual clock, with sources and targets that do as they are told.
struct EngineRig: Sendable {
  let time: ManualTime
  let sources: FakeSources
  let pool: SourcePool
  let targets = FakeTargets()
  let observer = RecordingObserver()
  let engine: ScaleEngine
  let configuration: EngineConfiguration
  /// Knows when the engine polls whom.
  private let schedule: Box<PollSchedule<ObjectKey>>

  private final class Box<Value: Sendable>: Sendable {
    let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
  }

  init(configuration: EngineConfiguration = EngineConfiguration(pollGrain: .milliseconds(100))) {
    let time = ManualTime()
    let sources = FakeSources(time: time)
    let pool = SourcePool(time: time, limits: SourceLimits(timeout: FakeSources.timeout), jitter: { 0.5 }) {
      sources.open($0)
    }
    self.configuration = configuration
    self.time = time
    self.sources = sources
    self.pool = pool
    engine = ScaleEngine(
      time: time, sources: pool, targets: targets, observer: observer, configuration: configuration)
    schedule = Box(PollSchedule(grain: configuration.pollGrain))
  }

  /// Runs an engine while `body` does.
  static func run(
    configuration: EngineConfiguration = EngineConfiguration(pollGrain: .milliseconds(100)),
    _ body: @Sendable (EngineRig) async throws -> Void
  ) async throws {
    let rig = EngineRig(configuration: configuration)
    try await withThrowingTaskGroup { group in
      group.addTask { await rig.engine.run() }
      try await body(rig)
      group.cancelAll()
    }
  }

  // MARK: Objects

  /// Hands an object over; it is polled at once.
  func apply(_ object: ScaledObject, replicas: Int32? = nil, objects: FakeObjects = FakeObjects()) async throws {
    let plan = try Samples.plan(object, objects: objects, now: time.now())
    if let replicas { targets[plan.target] = replicas }
    schedule.value.withLock { schedule in
      schedule.add(
        plan.key, interval: plan.pollingInterval, seed: stableSeed(plan.key.description), now: time.now())
      _ = schedule.takeDue(now: time.now())
    }
    await engine.apply(plan)
  }

  /// The same, and waits for the decision that follows.
  @discardableResult
  func start(_ object: ScaledObject, replicas: Int32 = 0, objects: FakeObjects = FakeObjects()) async throws
    -> DecisionRecord
  {
    let count = observer.records(of: Samples.key(object.metadata.name)).count
    try await apply(object, replicas: replicas, objects: objects)
    return try await decision(of: object.metadata.name, after: count)
  }

  func remove(_ name: String) async {
    schedule.value.withLock { $0.remove(Samples.key(name)) }
    await engine.remove(Samples.key(name))
  }

  func object(_ name: String = "orders") throws -> ManagedObject {
    try #require(engine.object(Samples.key(name)))
  }

  func snapshot(_ name: String = "orders") throws -> ObjectSnapshot { try object(name).snapshot }

  // MARK: Time

  /// Waits for the loop's next decision about an object, when `count` were there before.
  func decision(of name: String = "orders", after count: Int) async throws -> DecisionRecord {
    let key = Samples.key(name)
    try await eventually("\(name) is decided about", every: .microseconds(200)) {
      observer.records(of: key).count > count
    }
    return try #require(observer.records(of: key).last)
  }

  /// Moves the clock to the next time at which somebody is due.
  /// - Returns: who is.
  @discardableResult
  func advanceToNextPoll() -> [String] {
    schedule.value.withLock { schedule in
      guard let next = schedule.nextDue() else { return [] }
      time.advance(by: max(.zero, next - time.now()))
      return schedule.takeDue(now: time.now()).map(\.key.name)
    }
  }

  /// When somebody is due next.
  var nextPoll: Timestamp? { schedule.value.withLock { $0.nextDue() } }

  /// Moves the clock to the next poll of the only object, and waits for its decision.
  @discardableResult
  func poll(_ name: String = "orders") async throws -> DecisionRecord {
    let count = observer.records(of: Samples.key(name)).count
    advanceToNextPoll()
    return try await decision(of: name, after: count)
  }

  /// Moves the clock.
  /// - Returns: who is due now, or was meanwhile.
  @discardableResult
  func advance(by duration: Duration) -> [String] {
    time.advance(by: duration)
    return schedule.value.withLock { $0.takeDue(now: time.now()).map(\.key.name) }
  }
}

extension DecisionRecord {
  var codes: [String] { reasons.map(\.code) }
}
