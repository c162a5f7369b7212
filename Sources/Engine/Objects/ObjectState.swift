internal import Autoscaling
internal import KubernetesAPI
internal import Polling
internal import Questions
internal import Triggers

/// Everything the engine remembers of one object. A plain value: `ManagedObject` holds the lock.
struct ObjectState {
  private(set) var plan: ObjectPlan
  /// The external triggers, in order.
  private(set) var triggers: [TriggerState]
  private(set) var fallback: FallbackRule?
  /// Counts the versions of the plan, so that answers to an older version are dropped.
  private var generation: UInt64 = 0
  /// Readings that the poll under way still waits for; nil when none is.
  private var pollRemaining: Int?
  private(set) var health = HealthBook()
  private(set) var lastActiveTime: Timestamp?
  private(set) var conditions: [Condition] = []
  private(set) var desired: Int32?
  private(set) var isActive = false
  private(set) var isFallingBack: Bool?
  private(set) var isDecided = false
  private var isRetired = false
  private var isDeciding = false
  private var isDecisionWanted = false
  /// The pause that the target was last set for, so that it is set once.
  private var carriedOutPause: PauseRule?
  /// As last read; 0 before.
  private var lastKnownReplicas: Int32 = 0
  private(set) var errors = 0
  private(set) var lateness = Duration.zero
  var target: TargetState?
  var journal: Journal

  init(plan: ObjectPlan, lanes: [SourceLane?], memory: ObjectMemory, journal: Journal) {
    self.plan = plan
    self.journal = journal
    triggers = Self.triggers(of: plan, lanes: lanes)
    fallback = FallbackRule(of: plan.scaling)
    adopt(memory)
    showPause(wasPaused: false)
  }

  mutating func adopt(_ memory: ObjectMemory) {
    lastActiveTime = memory.lastActiveTime
    health = memory.health
    isFallingBack = memory.isFallingBack
    isDecided = false
    carriedOutPause = nil
  }

  private static func triggers(of plan: ObjectPlan, lanes: [SourceLane?]) -> [TriggerState] {
    zip(plan.triggers.indices, zip(plan.triggers, lanes)).compactMap { index, entry in
      guard let trigger = entry.0.external, let lane = entry.1 else { return nil }
      return TriggerState(index: index, planned: entry.0, trigger: trigger, lane: lane)
    }
  }

  mutating func replace(plan: ObjectPlan, lanes: [SourceLane?]) -> [Endpoint] {
    let known = triggers
    let wasPaused = self.plan.scaling.pause.isAnyPause
    let createdAt = min(self.plan.createdAt, plan.createdAt)
    let endpoints = endTriggers()
    self.plan = plan
    // An object without a creation time of its own got that of this version.
    self.plan.createdAt = createdAt
    triggers = Self.triggers(of: plan, lanes: lanes)
    fallback = FallbackRule(of: plan.scaling)
    if !plan.scaling.pause.isFullyPaused { carriedOutPause = nil }
    showPause(wasPaused: wasPaused)
    let unchanged = triggers.indices.filter { index in
      known.contains { triggers[index].inherit(from: $0) }
    }
    // As in KEDA, the name is what counts: a failing trigger that is changed has not become well by that.
    health.keepOnly(triggers.map(\.metric.name))
    for index in unchanged { evaluate(index) }
    return endpoints
  }

  /// The condition `Paused` of one-sided pauses, too, which decisions do not touch.
  private mutating func showPause(wasPaused: Bool) {
    let pause = PausePlan(plan.scaling.pause, wasPaused: wasPaused, currentReplicas: target?.specReplicas)
    if let condition = pause.condition { set(condition) }
  }

  /// - Returns: the endpoints that were in use.
  mutating func retire() -> [Endpoint] {
    isRetired = true
    return endTriggers()
  }

  private mutating func endTriggers() -> [Endpoint] {
    generation &+= 1
    pollRemaining = nil
    for trigger in triggers { trigger.awaited?.fire() }
    triggers = []
    return plan.endpoints.compactMap(\.self)
  }

  // MARK: Readings

  mutating func beginPoll(lateness: Duration) -> [TriggerQuestion]? {
    self.lateness = lateness
    guard pollRemaining == nil, !isRetired else { return nil }
    if plan.scaling.pause.isFullyPaused { return [] }
    for index in triggers.indices { triggers[index].isPolled = false }
    pollRemaining = triggers.isEmpty ? nil : triggers.count
    return triggers.indices.map(makeQuestion)
  }

  func question(of index: Int) -> TriggerQuestion? {
    triggers.indices.contains(index) ? makeQuestion(index) : nil
  }

  private func makeQuestion(_ index: Int) -> TriggerQuestion {
    TriggerQuestion(
      trigger: index, type: triggers[index].type, generation: generation, lane: triggers[index].lane,
      question: triggers[index].trigger.question, readAt: triggers[index].reading?.observedAt)
  }

  mutating func record(
    _ delivery: Delivery, trigger index: Int, generation: UInt64, isPoll: Bool
  ) -> (Signal?, isComplete: Bool) {
    guard generation == self.generation, triggers.indices.contains(index) else { return (nil, false) }
    let awaited = triggers[index].awaited
    triggers[index].awaited = nil
    // An answer that was overtaken says nothing new, nor does one that two asked for and that comes for the second time.
    if triggers[index].reading.map({ $0.observedAt < delivery.observedAt }) ?? true,
      let reading = triggers[index].read(delivery, isPoll: isPoll)
    {
      triggers[index].reading = reading
      evaluate(index)
    }
    guard isPoll, !triggers[index].isPolled, let remaining = pollRemaining else { return (awaited, false) }
    triggers[index].isPolled = true
    pollRemaining = remaining > 1 ? remaining - 1 : nil
    return (awaited, remaining == 1)
  }

  /// What the newest reading counts as. The same for a poll and for a GET, so that a failure is counted once.
  private mutating func evaluate(_ index: Int) {
    guard let reading = triggers[index].reading else { return }
    triggers[index].evaluation = MetricEvaluation(
      triggers[index].metric, reading: reading, fallback: fallback, replicas: facts, health: &health)
  }

  /// The target as it was read by somebody who does not decide; metrics that depend on it are worked out anew.
  mutating func observe(_ state: TargetState) {
    guard target != state else { return }
    target = state
    guard fallback != nil else { return }
    for index in triggers.indices { evaluate(index) }
  }

  private var facts: ReplicaFacts {
    ReplicaFacts(current: target?.specReplicas, ready: target?.readyReplicas)
  }

  mutating func awaitReading(of index: Int) -> (Signal, Bool)? {
    guard triggers.indices.contains(index) else { return nil }
    if let awaited = triggers[index].awaited { return (awaited, false) }
    let signal = Signal()
    triggers[index].awaited = signal
    return (signal, true)
  }

  func served(named name: String?) -> [ServedMetric] {
    triggers.indices.compactMap { index in
      let metric = triggers[index].trigger.metric
      if let name, !metric.name.equalsIgnoringCase(name), !metric.alias.equalsIgnoringCase(name) { return nil }
      return ServedMetric(
        trigger: index, name: metric.name, evaluation: triggers[index].evaluation, reading: triggers[index].reading,
        usesCachedMetrics: triggers[index].usesCachedMetrics, lane: triggers[index].lane,
        pollingInterval: plan.pollingInterval)
    }
  }

  // MARK: Decisions

  mutating func beginDecision() -> Bool {
    isDecisionWanted = isDeciding
    defer { isDeciding = true }
    return !isDeciding
  }

  mutating func endDecision() -> Bool {
    isDeciding = isDecisionWanted
    isDecisionWanted = false
    return isDeciding
  }

  var isPauseCarriedOut: Bool { plan.scaling.pause.isFullyPaused && carriedOutPause == plan.scaling.pause }

  mutating func decide(
    _ reference: TargetReference, state: Result<TargetState, ScaleTargetError>, now: Timestamp
  ) -> PendingDecision? {
    guard reference == plan.target, !isRetired else { return nil }
    let replicas: ScalingState.Replicas
    switch state {
    case .success(let state):
      self.target = state
      lastKnownReplicas = state.specReplicas
      replicas = .known(state.specReplicas)
    case .failure(let error):
      self.target = nil
      replicas = .unreadable(error.message)
    }
    let unread = Reading(.unknown(UnknownReason(code: "notRead", message: "not read yet")), observedAt: now)
    let evaluation = ScaledObjectEvaluation(
      of: plan.scaling, readings: triggers.map { $0.reading ?? unread }, health: health,
      state: ScalingState(
        createdAt: plan.createdAt, lastActiveTime: lastActiveTime, replicas: replicas,
        readyPods: self.target?.readyReplicas),
      wasFallingBack: isFallingBack, now: now)
    take(evaluation)
    let record = DecisionRecord(
      time: now, key: plan.key, author: .scaleLoop, isActive: isActive,
      currentReplicas: lastKnownReplicas, desiredReplicas: desired ?? lastKnownReplicas, scaledTo: nil,
      reasons: evaluation.decision.reasons, triggers: triggerLines)
    return PendingDecision(
      generation: generation, decision: evaluation.decision, scaleTo: evaluation.decision.scaleTo ?? replicasToPauseAt,
      record: record,
      events: evaluation.fallbackEvent.map { [$0] } ?? [])
  }

  /// What `paused-replicas` still has to set the target to.
  private var replicasToPauseAt: Int32? {
    guard let target, !isPauseCarriedOut else { return nil }
    return PausePlan(plan.scaling.pause, wasPaused: false, currentReplicas: target.specReplicas).scaleTo
  }

  private mutating func take(_ evaluation: ScaledObjectEvaluation) {
    health = evaluation.health
    for (index, metric) in evaluation.metrics.enumerated() where triggers.indices.contains(index) {
      triggers[index].evaluation = metric
    }
    isActive = evaluation.activity.isActive || plan.scaling.forcesActivation
    desired = evaluation.desired.count
    isFallingBack = evaluation.conditions.contains { $0.type == "Fallback" && $0.status == "True" }
    for condition in evaluation.conditions { set(condition) }
    if let time = evaluation.decision.lastActiveTime { lastActiveTime = time }
    if evaluation.activity.isError { errors = errors.addingSaturating(1) }
    isDecided = true
  }

  /// Records how the decision's write went; nil when there was none to make.
  mutating func settle(
    _ pending: PendingDecision, outcome: ScaleDecision.Outcome?, now: Timestamp
  ) -> (DecisionRecord, [ScaleEvent]) {
    var record = pending.record
    var events = pending.events
    switch outcome {
    case .written(let previous):
      record.scaledTo = pending.scaleTo
      if let replicas = pending.scaleTo {
        target?.specReplicas = replicas
        lastKnownReplicas = replicas
      }
      record.currentReplicas = previous
    case .failed:
      errors = errors.addingSaturating(1)
      // Until a decision can be carried out, or none is called for.
      if let refusal = pending.refusal { set(KEDACondition.checkFailed(refusal)) }
    case nil: break
    }
    if pending.generation == generation, plan.scaling.pause.isFullyPaused, target != nil,
      record.scaledTo == pending.scaleTo
    {
      carriedOutPause = plan.scaling.pause
    }
    if let outcome {
      let effects = pending.decision.effects(of: outcome, target: plan.scaling.targetLabel, now: now)
      if let time = effects.lastActiveTime { lastActiveTime = time }
      if let event = effects.event { events.append(event) }
    }
    journal.append(record)
    return (record, events)
  }

  private mutating func set(_ condition: Condition) {
    if let index = conditions.firstIndex(where: { $0.type == condition.type }) {
      conditions[index] = condition
    } else {
      conditions.append(condition)
    }
  }
}
