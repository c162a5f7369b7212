internal import Autoscaling
public import KubernetesAPI
public import Polling
internal import Questions
internal import Synchronization

/// The engine: knows all objects, polls their triggers, decides, and keeps what the metrics API serves.
///
/// The way of the data, for each poll: schedule → questions by source → answers → readings → decision → scale target,
/// journal, observer. The engine does not know whether it runs in a cluster or on one machine.
public final class ScaleEngine: Sendable {
  let time: any TimeSource
  public let sources: SourcePool
  let targets: any ScaleTargets
  let observer: any EngineObserver
  let configuration: EngineConfiguration
  public let statistics = EngineStatistics()
  private let state: Mutex<State>
  private let refreshes: AsyncStream<Refresh>
  private let refresh: AsyncStream<Refresh>.Continuation
  /// Ends the waits for readings that do not come in time.
  private let readTimer: WaitTimer
  /// What is asked for along with a reading that somebody waits for.
  let readAhead: ReadAhead
  /// Objects whose poll is complete. A slow scale target keeps neither readings nor other objects waiting.
  private let decidable: AsyncStream<ManagedObject>
  private let decideSoon: AsyncStream<ManagedObject>.Continuation

  private struct State {
    var objects: [ObjectKey: ManagedObject] = [:]
    var schedule: PollSchedule<ObjectKey>
    /// False while another replica of Swell decides: then objects are only asked about when a metric is.
    var isDeciding = true
    /// Fires when the schedule changes.
    var wake = Signal()
  }

  /// One trigger that somebody waits for between two polls.
  private struct Refresh: Sendable {
    var object: ManagedObject
    var trigger: Int
  }

  public init(
    time: any TimeSource, sources: SourcePool, targets: any ScaleTargets, observer: any EngineObserver,
    configuration: EngineConfiguration = EngineConfiguration()
  ) {
    self.time = time
    self.sources = sources
    self.targets = targets
    self.observer = observer
    self.configuration = configuration
    state = Mutex(State(schedule: PollSchedule(grain: configuration.pollGrain)))
    readTimer = WaitTimer(time: time)
    readAhead = ReadAhead(freshness: configuration.freshness)
    (refreshes, refresh) = AsyncStream.makeStream()
    (decidable, decideSoon) = AsyncStream.makeStream()
  }

  // MARK: Objects

  /// Adds an object, or replaces it: what it remembers (last activity, failures, replicas) stays. Polled at once.
  /// - Parameter memory: what is known of a new object from before.
  public func apply(_ plan: ObjectPlan, memory: ObjectMemory = ObjectMemory()) async {
    let lanes = plan.endpoints.map { $0.map { sources.acquire($0) } }
    let now = time.now()
    let (released, wake) = state.withLock { state -> ([Endpoint], Signal) in
      let previous = state.objects[plan.key]?.replace(plan: plan, lanes: lanes)
      if previous == nil {
        state.objects[plan.key] = ManagedObject(
          plan: plan, lanes: lanes, memory: memory, journalCapacity: configuration.journalCapacity)
      }
      // A paused object, too: until its pause has been carried out.
      if state.isDeciding { state.schedule.add(plan, now: now) }
      return (previous ?? [], state.wake)
    }
    wake.fire()
    for endpoint in released { await sources.release(endpoint) }
  }

  public func remove(_ key: ObjectKey) async {
    let object = state.withLock { state in
      state.schedule.remove(key)
      return state.objects.removeValue(forKey: key)
    }
    for endpoint in object?.retire() ?? [] { await sources.release(endpoint) }
  }

  /// Polls and decides from now on, beginning with every object.
  /// - Parameter memories: what is known of each object from the replica that decided before.
  public func beginDeciding(memories: (ObjectKey) -> ObjectMemory) {
    let now = time.now()
    let wake = state.withLock { state in
      state.isDeciding = true
      for object in state.objects.values {
        object.adopt(memories(object.key))
        state.schedule.add(object.plan, now: now)
      }
      return state.wake
    }
    wake.fire()
  }

  /// Leaves polling and deciding to another replica of Swell, and goes on answering what is asked for. A write that is
  /// under way is the scale targets' to refuse.
  public func endDeciding() {
    state.withLock { state in
      state.isDeciding = false
      for key in state.objects.keys { state.schedule.remove(key) }
    }
  }

  /// False while another replica of Swell decides.
  public var isDeciding: Bool { state.withLock { $0.isDeciding } }

  public func object(_ key: ObjectKey) -> ManagedObject? { state.withLock { $0.objects[key] } }

  /// All objects, by namespace and name.
  public var objects: [ManagedObject] {
    state.withLock { Array($0.objects.values) }.sorted { $0.key < $1.key }
  }

  /// The engine's present time.
  public var now: Timestamp { time.now() }

  /// The objects of one namespace, by name.
  public func objects(in namespace: String) -> [ManagedObject] {
    state.withLock { state in state.objects.values.filter { $0.key.namespace == namespace } }.sorted { $0.key < $1.key }
  }

  /// True when every object has been decided about at least once.
  public var isReady: Bool { state.withLock { $0.objects.values.allSatisfy(\.isDecided) } }

  // MARK: Running

  /// Polls until the task is cancelled.
  public func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.sources.run() }
      group.addTask { await self.serveRefreshes() }
      group.addTask { await self.readTimer.run() }
      group.addTask { await self.serveDecisions() }
      await pollWhenDue(in: &group)
      group.cancelAll()
    }
  }

  private func pollWhenDue(in group: inout DiscardingTaskGroup) async {
    while !Task.isCancelled {
      let now = time.now()
      let (due, next, wake) = state.withLock { state in
        let due = state.schedule.takeDue(now: now)
        state.wake = Signal()
        return (
          due.compactMap { entry in state.objects[entry.key].map { (object: $0, due: entry.due) } },
          state.schedule.nextDue(), state.wake
        )
      }
      if !due.isEmpty {
        group.addTask { await self.poll(due, now: now) }
      }
      await wake.wait(until: next, time: time)
    }
  }

  /// Asks for everything that these objects want to know: one `ask` per source.
  private func poll(_ due: [(object: ManagedObject, due: Timestamp)], now: Timestamp) async {
    var asks: [ObjectIdentifier: Ask] = [:]
    for (object, dueTime) in due {
      guard let questions = object.beginPoll(lateness: now - dueTime) else { continue }
      if questions.isEmpty { decideSoon.yield(object) }
      for question in questions {
        asks[ObjectIdentifier(question.lane), default: Ask(lane: question.lane, isPoll: true)].add(question, of: object)
      }
    }
    // A source that hangs must not keep the others' objects waiting: `ask` only hands over.
    for ask in asks.values {
      await ask.lane.ask(ask.questions) { deliveries in self.receive(deliveries, for: ask.slots) }
    }
  }

  private func receive(_ deliveries: [Delivery], for slots: [TriggerSlot]) {
    for delivery in deliveries where slots.indices.contains(delivery.index) {
      let slot = slots[delivery.index]
      if delivery.roundTrip > .zero, let status = delivery.httpOutcome(of: slot.lane.endpoint) {
        statistics.countAnswer(
          EngineStatistics.HTTPKey(triggerType: slot.type, status: status), after: delivery.roundTrip.inSeconds)
      }
      if slot.object.record(delivery, trigger: slot.trigger, generation: slot.generation, isPoll: slot.isPoll) {
        decideSoon.yield(slot.object)
      }
    }
  }

  private func serveDecisions() async {
    await withDiscardingTaskGroup { group in
      for await object in decidable {
        group.addTask {
          guard object.beginDecision() else { return }
          repeat { await self.decide(object) } while object.endDecision()
        }
      }
    }
  }

  /// Every trigger of a poll has answered or failed: decide, act, tell. One decision of an object at a time.
  private func decide(_ object: ManagedObject) async {
    // Somebody else's write is decided about anew; more than a few in a row can wait for the next poll.
    for _ in 0..<3 {
      guard isDeciding, await decideOnce(object) == .overtaken else { return }
    }
  }

  private enum DecisionEnd { case done, overtaken }

  private func decideOnce(_ object: ManagedObject) async -> DecisionEnd {
    let target = object.plan.target
    let targetState: Result<TargetState, ScaleTargetError>
    do {
      targetState = .success(try await targets.state(of: target))
    } catch {
      targetState = .failure(error)
    }
    let now = time.now()
    guard var pending = object.decide(target, state: targetState, now: now) else { return .done }
    var outcome: ScaleDecision.Outcome?
    if let replicas = pending.scaleTo {
      let previous = try? targetState.get().specReplicas
      do {
        try await targets.scale(target, from: previous, to: replicas)
        outcome = .written(previous: previous ?? 0)
        statistics.countScaleWrite()
      } catch  where error.code == .overtaken {
        return .overtaken
      } catch {
        outcome = .failed(previous: previous)
        if error.code == .refused { pending.refusal = error.message }
        let failure = HPAReason.updateFailed(from: previous ?? 0, to: replicas, cause: error.message)
        pending.record.reasons.insert(.hpa(failure), at: 0)
      }
    }
    let (record, events) = object.settle(pending, outcome: outcome, now: now)
    statistics.count(record)
    if object.isPauseCarriedOut { stopPolling(object) }
    await observer.decided(record, object: object, events: events)
    return .done
  }

  /// Leaves an object alone until it changes, unless it has changed meanwhile.
  private func stopPolling(_ object: ManagedObject) {
    state.withLock { state in
      if state.objects[object.key] === object, object.isPauseCarriedOut { state.schedule.remove(object.key) }
    }
  }

  /// Adds a decision that somebody else took about an object: the HPA, in local mode.
  public func note(_ record: DecisionRecord, target: TargetState) async {
    guard let object = object(record.key) else { return }
    object.note(record, target: target)
    statistics.count(record)
    await observer.decided(record, object: object, events: [])
  }

  // MARK: Reading between polls

  /// Asks again for one trigger and waits until its reading has come, or `deadline`.
  func readAgain(_ object: ManagedObject, trigger: Int, deadline: Timestamp) async {
    guard let wait = object.awaitReading(of: trigger) else { return }
    if wait.isFirst { refresh.yield(Refresh(object: object, trigger: trigger)) }
    await wait.signal.wait(until: deadline, timer: readTimer)
  }

  /// Asks for what somebody waits for, and in the same round trip for what is likely to be read before long.
  private func serveRefreshes() async {
    for await request in refreshes {
      guard let awaited = request.object.question(of: request.trigger) else { continue }
      var ask = Ask(lane: awaited.lane, isPoll: false)
      ask.add(awaited, of: request.object)
      for (key, expected) in readAhead.takeExpected(on: awaited.lane, now: time.now()) {
        guard let object = object(key.object), let question = object.question(of: key.trigger),
          // Of a fallback that depends on the target, only whoever decides keeps the target known.
          isDeciding || object.plan.scaling.fallback == nil,
          question.lane === awaited.lane, question.isStale(at: expected, freshness: configuration.freshness)
        else { continue }
        ask.add(question, of: object)
      }
      // The one that is waited for stands first and is told last: the others that came with it are known by then.
      await ask.lane.ask(ask.questions) { [slots = ask.slots] deliveries in
        self.receive(deliveries.sorted { $0.index > $1.index }, for: slots)
      }
    }
  }
}

/// One trigger's place in a list of questions.
struct TriggerSlot: Sendable {
  var object: ManagedObject
  var trigger: Int
  var type: String
  var lane: SourceLane
  /// The version of the plan that the question belongs to: answers to an older one are dropped.
  var generation: UInt64
  var isPoll: Bool
}

/// What is asked of one source together.
private struct Ask: Sendable {
  var lane: SourceLane
  var isPoll: Bool
  var questions: [Question] = []
  var slots: [TriggerSlot] = []

  init(lane: SourceLane, isPoll: Bool) {
    self.lane = lane
    self.isPoll = isPoll
  }

  mutating func add(_ question: TriggerQuestion, of object: ManagedObject) {
    questions.append(question.question)
    slots.append(
      TriggerSlot(
        object: object, trigger: question.trigger, type: question.type, lane: lane,
        generation: question.generation, isPoll: isPoll))
  }
}

extension PollSchedule<ObjectKey> {
  /// Polls an object at once, then at its interval, at a phase of its own.
  fileprivate mutating func add(_ plan: ObjectPlan, now: Timestamp) {
    add(plan.key, interval: plan.pollingInterval, seed: stableSeed(plan.key.description), now: now)
  }
}
