internal import Autoscaling
internal import KubernetesAPI
internal import Polling
internal import Questions
internal import Triggers

/// What the engine remembers of one external trigger between readings.
struct TriggerState {
  /// Position in `ObjectPlan.triggers`.
  let index: Int
  let trigger: any ExternalTrigger
  /// `prometheus`.
  let type: String
  let metric: TriggerMetric
  let usesCachedMetrics: Bool
  let lane: SourceLane
  var memory = TriggerMemory.nothing
  var reading: Reading?
  /// What the reading counts as, fallback included.
  var evaluation: MetricEvaluation?
  /// The reading of the poll that is under way has come.
  var isPolled = false
  /// Somebody waits for a reading out of turn.
  var awaited: Signal?
  /// Duration of the last round trip.
  var roundTrip: Duration?
  var failuresInARow: Int32 = 0
  var errors = 0
  var emptyAnswers = 0
  /// When the last reading that gave a value was made.
  var lastValueAt: Timestamp?
  /// Readings of an HTTP source by the answer's status, `error` where none came; empty for other sources.
  var httpOutcomes: [String: Int] = [:]

  init(index: Int, planned: PlannedTrigger, trigger: any ExternalTrigger, lane: SourceLane) {
    self.index = index
    self.trigger = trigger
    type = planned.type
    self.lane = lane
    usesCachedMetrics = planned.usesCachedMetrics
    metric = TriggerMetric(trigger, index: planned.index)
  }

  /// Takes over what an earlier version of the same trigger knew, if it still asks the same.
  /// - Returns: whether it does.
  mutating func inherit(from previous: TriggerState) -> Bool {
    guard previous.metric.name == metric.name, previous.trigger.question == trigger.question,
      previous.trigger.endpoint == trigger.endpoint
    else { return false }
    memory = previous.memory
    reading = previous.reading
    roundTrip = previous.roundTrip
    failuresInARow = previous.failuresInARow
    errors = previous.errors
    emptyAnswers = previous.emptyAnswers
    lastValueAt = previous.lastValueAt
    httpOutcomes = previous.httpOutcomes
    return true
  }

  /// Reads a result. Nil when the source was not asked (it is being left alone) and nobody polls: nothing new is known.
  mutating func read(_ delivery: Delivery, isPoll: Bool) -> Reading? {
    let outcome: Reading.Outcome
    switch delivery.result {
    case .success(let answer):
      outcome = trigger.outcome(of: answer, memory: &memory)
      roundTrip = delivery.roundTrip
    case .failure(let error):
      if error.code == .backingOff, !isPoll { return nil }
      outcome = .unknown(UnknownReason(error))
    }
    if let status = delivery.httpOutcome(of: lane.endpoint) { httpOutcomes[status, default: 0] &+= 1 }
    switch outcome {
    case .value(let measurement):
      lastValueAt = delivery.observedAt
      failuresInARow = 0
      if measurement.isAssumedFromEmptyAnswer { emptyAnswers = emptyAnswers.addingSaturating(1) }
    case .unknown:
      failuresInARow = failuresInARow.addingSaturating(1)
      errors = errors.addingSaturating(1)
    }
    return Reading(outcome, observedAt: delivery.observedAt)
  }
}

extension TriggerMetric {
  init(_ trigger: any ExternalTrigger, index: Int) {
    let metric = trigger.metric
    self.init(
      triggerIndex: index, name: metric.name,
      target: metric.targetType == .value ? .value(metric.target) : .averageValue(metric.target),
      activationThreshold: trigger.activationThreshold)
  }
}

extension Delivery {
  /// The status of an HTTP answer, or `error`; nil for sources of other kinds.
  func httpOutcome(of endpoint: Endpoint) -> String? {
    guard case .http = endpoint else { return nil }
    guard case .success(.http(let answer)) = result else { return "error" }
    return String(answer.status)
  }
}
