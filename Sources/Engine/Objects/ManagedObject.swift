public import Autoscaling
public import KubernetesAPI
internal import Polling
internal import Questions
internal import Synchronization

/// One ScaledObject under the engine's care. All of its state is behind one lock that is never held across an `await`.
public final class ManagedObject: Sendable {
  public let key: ObjectKey
  private let state: Mutex<ObjectState>

  init(plan: ObjectPlan, lanes: [SourceLane?], memory: ObjectMemory, journalCapacity: Int) {
    key = plan.key
    state = Mutex(
      ObjectState(plan: plan, lanes: lanes, memory: memory, journal: Journal(capacity: journalCapacity)))
  }

  public var plan: ObjectPlan { state.withLock { $0.plan } }
  public var isDecided: Bool { state.withLock { $0.isDecided } }
  public var journal: [Journal.Entry] { state.withLock { $0.journal.entries } }
  public var snapshot: ObjectSnapshot { state.withLock { $0.snapshot } }
  public var statusView: ObjectStatusView { state.withLock { $0.statusView } }

  /// Takes over from whoever decided before: what was known of activity and failures here is older.
  func adopt(_ memory: ObjectMemory) { state.withLock { $0.adopt(memory) } }

  /// The target as it is now, for a fallback that depends on it where nobody decides.
  func observe(_ target: TargetState) { state.withLock { $0.observe(target) } }

  /// Follows a change of the object. What is known of triggers that ask the same as before stays.
  /// - Returns: the endpoints that the previous version used.
  func replace(plan: ObjectPlan, lanes: [SourceLane?]) -> [Endpoint] {
    state.withLock { $0.replace(plan: plan, lanes: lanes) }
  }

  /// Starts a poll.
  /// - Parameter lateness: how long after its time the poll begins.
  /// - Returns: what to ask; nil when the poll before is still under way.
  func beginPoll(lateness: Duration) -> [TriggerQuestion]? { state.withLock { $0.beginPoll(lateness: lateness) } }

  /// Takes one result in.
  /// - Returns: true when it was the last one that the poll under way waited for.
  func record(_ delivery: Delivery, trigger: Int, generation: UInt64, isPoll: Bool) -> Bool {
    let (signal, isComplete) = state.withLock { state in
      state.record(delivery, trigger: trigger, generation: generation, isPoll: isPoll)
    }
    signal?.fire()
    return isComplete
  }

  /// The object is not wanted any more: answers on their way are dropped, whoever waits for a reading stops waiting.
  /// - Returns: the endpoints that it used.
  func retire() -> [Endpoint] { state.withLock { $0.retire() } }

  /// - Returns: false when a decision is under way; another one follows it then.
  func beginDecision() -> Bool { state.withLock { $0.beginDecision() } }

  /// - Returns: true when one more decision is wanted.
  func endDecision() -> Bool { state.withLock { $0.endDecision() } }

  /// Paused as a whole, and nothing is left to do about it.
  var isPauseCarriedOut: Bool { state.withLock { $0.isPauseCarriedOut } }

  /// Decides by what is known now. Nothing is carried out.
  /// - Returns: nil when the object has another target by now, or was removed.
  func decide(
    _ target: TargetReference, state targetState: Result<TargetState, ScaleTargetError>, now: Timestamp
  ) -> PendingDecision? {
    state.withLock { $0.decide(target, state: targetState, now: now) }
  }

  /// Records how carrying out a decision went.
  /// - Returns: the record, and every event that came of the decision.
  func settle(
    _ decision: PendingDecision, outcome: ScaleDecision.Outcome?, now: Timestamp
  ) -> (record: DecisionRecord, events: [ScaleEvent]) {
    state.withLock { $0.settle(decision, outcome: outcome, now: now) }
  }

  /// Adds a decision that somebody else took and carried out.
  func note(_ record: DecisionRecord, target: TargetState) {
    state.withLock { state in
      state.target = target
      state.journal.append(record)
    }
  }

  /// The question of one trigger, for a reading out of turn.
  func question(of trigger: Int) -> TriggerQuestion? { state.withLock { $0.question(of: trigger) } }

  /// Lets the caller wait for the next reading of a trigger; the first one to wait has to ask for it.
  func awaitReading(of trigger: Int) -> (signal: Signal, isFirst: Bool)? {
    state.withLock { $0.awaitReading(of: trigger) }
  }

  /// True when a metric or alias of this name, in any case, is among the object's.
  public func hasMetric(named name: String) -> Bool { state.withLock { !$0.served(named: name).isEmpty } }

  /// The triggers whose metric or alias is `name`, whatever its case; all when nil.
  func metrics(named name: String?) -> [ServedMetric] { state.withLock { $0.served(named: name) } }

  /// Every metric as it is known now: what an evaluation of the HPA needs.
  public var evaluations: [MetricEvaluation] { state.withLock { $0.triggers.compactMap(\.evaluation) } }

  /// A decision record of somebody else's decision, with the triggers as they are known now.
  public func record(
    by author: DecisionRecord.Author, at time: Timestamp, current: Int32, desired: Int32, scaledTo: Int32?,
    reasons: [DecisionReason]
  ) -> DecisionRecord {
    state.withLock { state in
      DecisionRecord(
        time: time, key: key, author: author, isActive: state.isActive, currentReplicas: current,
        desiredReplicas: desired, scaledTo: scaledTo, reasons: reasons, triggers: state.triggerLines)
    }
  }
}

/// What one trigger wants to know from whom.
struct TriggerQuestion {
  var trigger: Int
  var type: String
  var generation: UInt64
  var lane: SourceLane
  var question: Question
  /// When the trigger was last read; nil before the first reading.
  var readAt: Timestamp?

  /// True when its last reading will be older than `freshness` at `time`.
  func isStale(at time: Timestamp, freshness: Duration) -> Bool {
    readAt.map { time - $0 > freshness } ?? true
  }
}

/// One metric as the metrics API serves it.
struct ServedMetric {
  /// Position among the object's external triggers.
  var trigger: Int
  var name: String
  var evaluation: MetricEvaluation?
  var reading: Reading?
  var usesCachedMetrics: Bool
  var lane: SourceLane
  var pollingInterval: Duration
}

/// A decision that is to be carried out.
struct PendingDecision {
  /// The version of the plan that it follows from.
  var generation: UInt64
  var decision: ScaleDecision
  /// What to write: the decision's, or the number at which the object is to be paused.
  var scaleTo: Int32?
  var record: DecisionRecord
  var events: [ScaleEvent]
  /// Why the target may not be written; nil when it may.
  var refusal: String?
}
