public import KubernetesAPI
public import Questions
internal import Synchronization

/// The way to one source. Everybody who wants to know something from it goes through its lane, which sees to it that
/// - equal questions that overlap are asked once,
/// - questions that come while `maximumBatches` round trips are under way gather and travel together in the next; over
///   HTTP, where each is a request of its own, they travel at once, so that nobody waits for another's slow answer,
/// - a source that fails is left alone for a while (`BackOff`), and whoever waits for it then learns so at once.
public final class SourceLane: Sendable {
  /// Takes results as they come; may be called several times for one `ask`, each index once.
  public typealias Receiver = @Sendable ([Delivery]) async -> Void

  public let endpoint: Endpoint
  private let source: any EventSource
  private let limits: SourceLimits
  private let time: any TimeSource
  private let jitter: @Sendable () -> Double
  private let start: @Sendable (SourceBatch) -> Void
  private let state = Mutex(State())

  private struct State {
    var waiting: [Question: [Waiter]] = [:]
    var underWay: [Question: [Waiter]] = [:]
    var batches = 0
    var backOff = BackOff()
    var lastError: SourceError?
    /// When the source last answered anything.
    var answeredAt: Timestamp?
    var statistics = SourceStatistics()
  }

  init(
    endpoint: Endpoint, source: any EventSource, limits: SourceLimits, time: any TimeSource,
    jitter: @escaping @Sendable () -> Double, start: @escaping @Sendable (SourceBatch) -> Void
  ) {
    self.endpoint = endpoint
    self.source = source
    self.limits = limits
    self.time = time
    self.jitter = jitter
    self.start = start
  }

  /// Hands the questions over and returns; the results go to `receive`, each within its time (the question's own, or else
  /// `SourceLimits.timeout`) of its turn. While the source is being left alone they are failures, and come before this
  /// returns.
  public func ask(_ questions: [Question], receive: @escaping Receiver) async {
    let inbox = Inbox(receive: receive)
    let now = time.now()
    let outcome: (error: SourceError?, batches: [SourceBatch]) = state.withLock { state in
      if let error = backingOff(state, now: now) { return (error, []) }
      for (index, question) in questions.enumerated() {
        let waiter = Waiter(inbox: inbox, index: index)
        if state.underWay[question] != nil {
          state.underWay[question]?.append(waiter)
        } else {
          state.waiting[question, default: []].append(waiter)
        }
      }
      return (nil, nextBatches(&state))
    }
    if let error = outcome.error {
      await receive(
        questions.indices.map { Delivery(index: $0, result: .failure(error), observedAt: now, roundTrip: .zero) })
    }
    for batch in outcome.batches { start(batch) }
  }

  /// Runs one batch to its end. Called by the pool, in a task that the pool owns.
  func perform(_ batch: SourceBatch) async {
    let started = time.now()
    // Only questions that travel alone say how long they may take.
    let timeout = batch.questions.first?.timeout ?? limits.timeout
    let results = await source.answers(to: batch.questions, timeout: timeout)
    let now = time.now()
    var post = Post(observedAt: now, roundTrip: now - started)
    let following: [SourceBatch] = state.withLock { state in
      state.batches -= 1
      settle(batch, results, started: started, state: &state, post: &post)
      state.statistics.record(questions: batch.questions.count, results: results, duration: now - started)
      if let error = backingOff(state, now: now) {
        // They would only wait for the same failure again.
        for waiters in state.waiting.values { post.add(.failure(error), for: waiters) }
        state.waiting = [:]
      }
      return nextBatches(&state)
    }
    for batch in following { start(batch) }
    await post.deliver()
  }

  public var openConnections: Int { source.openConnections }

  public var statistics: SourceStatistics { state.withLock { $0.statistics } }

  func shutdown() async { await source.shutdown() }

  private func nextBatches(_ state: inout State) -> [SourceBatch] {
    let travelAlone = !endpoint.answersTogether
    guard travelAlone || state.batches < limits.maximumBatches, !state.waiting.isEmpty else { return [] }
    let questions = Array(state.waiting.keys)
    state.batches += travelAlone ? questions.count : 1
    if state.underWay.isEmpty {
      swap(&state.underWay, &state.waiting)
    } else {
      state.underWay.merge(state.waiting) { $0 + $1 }
      state.waiting = [:]
    }
    return travelAlone
      ? questions.map { SourceBatch(lane: self, questions: [$0]) } : [SourceBatch(lane: self, questions: questions)]
  }

  private func settle(
    _ batch: SourceBatch, _ results: [Result<Answer, SourceError>], started: Timestamp, state: inout State,
    post: inout Post
  ) {
    var isWell = false
    var isOnlyLate = true
    for (index, question) in batch.questions.enumerated() {
      let result =
        results.indices.contains(index)
        ? results[index] : .failure(SourceError(.malformedAnswer, "\(endpoint): no result for this question"))
      switch result {
      case .success: isWell = true
      // A server that says no to one question is well.
      case .failure(let error) where error.code == .refusedByServer: isWell = true
      case .failure(let error):
        state.lastError = error
        if error.code != .timedOut { isOnlyLate = false }
      }
      post.add(result, for: state.underWay.removeValue(forKey: question) ?? [])
    }
    if isWell {
      state.answeredAt = post.observedAt
      state.backOff.succeeded()
    } else if isOnlyLate, let answeredAt = state.answeredAt, answeredAt > started {
      // It answered somebody else meanwhile: one question is slow, not the source.
    } else {
      state.backOff.failed(at: post.observedAt, jitter: jitter())
    }
  }

  private func backingOff(_ state: State, now: Timestamp) -> SourceError? {
    guard state.backOff.isWaiting(at: now) else { return nil }
    // Word for word what was said before: a text that changes with every poll would be a new event, a new line in the log and a
    // new status of the HPA each time.
    return SourceError(.backingOff, state.lastError?.message ?? "\(endpoint): failed before")
  }
}

extension Endpoint {
  /// Many questions cost one round trip, or hardly more. Over HTTP each is a request of its own, with a time of its own, and
  /// the transport bounds how many there are at once.
  public var answersTogether: Bool {
    switch self {
    case .redis, .kafka: true
    case .http: false
    }
  }
}

/// What one lane may take of its source's, and of Swell's, time.
public struct SourceLimits: Sendable {
  /// How long one round trip may take.
  public var timeout: Duration
  /// How many round trips may be under way at once.
  public var maximumBatches: Int

  public init(timeout: Duration = .seconds(3), maximumBatches: Int = 4) {
    self.timeout = timeout
    self.maximumBatches = max(1, maximumBatches)
  }
}

/// One result for one question of one `ask`.
public struct Delivery: Sendable {
  /// Position in the list of questions.
  public var index: Int
  public var result: Result<Answer, SourceError>
  /// When the answer came.
  public var observedAt: Timestamp
  /// How long the round trip took that brought it; zero when the source was not asked.
  public var roundTrip: Duration
}

/// A batch that is ready to be sent.
struct SourceBatch: Sendable {
  var lane: SourceLane
  var questions: [Question]
}

/// Where the results of one `ask` go.
private final class Inbox: Sendable {
  let receive: SourceLane.Receiver

  init(receive: @escaping SourceLane.Receiver) { self.receive = receive }
}

/// One question of one `ask`.
private struct Waiter {
  var inbox: Inbox
  var index: Int
}

/// Results sorted by inbox, delivered when the lane's lock is free again.
private struct Post {
  var observedAt: Timestamp
  var roundTrip: Duration
  private var deliveries: [ObjectIdentifier: (inbox: Inbox, list: [Delivery])] = [:]

  init(observedAt: Timestamp, roundTrip: Duration) {
    self.observedAt = observedAt
    self.roundTrip = roundTrip
  }

  mutating func add(_ result: Result<Answer, SourceError>, for waiters: [Waiter]) {
    for waiter in waiters {
      let delivery = Delivery(index: waiter.index, result: result, observedAt: observedAt, roundTrip: roundTrip)
      deliveries[ObjectIdentifier(waiter.inbox), default: (waiter.inbox, [])].list.append(delivery)
    }
  }

  func deliver() async {
    for (inbox, list) in deliveries.values { await inbox.receive(list) }
  }
}
