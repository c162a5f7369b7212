internal import CRdkafka
internal import Questions

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// One round of questions, on one thread that may block: topics, then committed and end offsets at the same time, then the
/// topics that only the committed offsets name.
struct KafkaBatch {
  let client: KafkaClient
  let limits: KafkaSource.Limits
  let deadline: BatchDeadline
  private let start: ContinuousClock.Instant

  init(client: KafkaClient, limits: KafkaSource.Limits, deadline: BatchDeadline) {
    self.client = client
    self.limits = limits
    self.deadline = deadline
    client.runCallbacks()
    start = .now
  }

  /// One result per question, in order.
  func answers(to questions: [KafkaQuestion]) -> [Result<KafkaAnswer, SourceError>] {
    var facts = KafkaFacts(texts: client.events.texts)
    let usable = questions.filter { facts.rejection(of: $0) == nil }
    do throws(SourceError) {
      try learn(Self.namedTopics(in: usable), into: &facts)
      askAboutNamedTopics(usable, into: &facts)
      try askAboutCommittedTopics(usable, into: &facts)
      try askMovedPartitionsAgain(usable, into: &facts)
    } catch {
      return questions.map { .failure(facts.rejection(of: $0) ?? error) }
    }
    let late = client.events.texts.failure(.timedOut, "no answer within \(deadline.description)")
    return questions.map { facts.answer(to: $0, missing: reasonToStop() ?? late) }
  }

  private static func namedTopics(in questions: [KafkaQuestion]) -> Set<String> {
    var names = Set<String>()
    for question in questions {
      if case .one(let topic, _) = question.topics { names.insert(topic) }
    }
    return names
  }

  // MARK: Topics

  /// Finds out about `names`, from memory where that is fresh.
  private func learn(_ names: Set<String>, into facts: inout KafkaFacts) throws(SourceError) {
    let (known, isComplete) = client.topics.look(up: names, now: .now)
    if isComplete, !client.events.isDown {
      facts.topics.merge(known) { $1 }
    } else {
      try refreshTopics()
      facts.topics.merge(client.topics.lastSeen(names)) { $1 }
    }
  }

  /// Asks the cluster about all topics in use. While no broker is connected the library is asked in short slices, so that a
  /// refused connection ends the wait at once instead of at the deadline.
  private func refreshTopics() throws(SourceError) {
    var isProbing = true
    while !deadline.hasPassed {
      let wait = isProbing ? min(deadline.remaining, .milliseconds(100)) : deadline.remaining
      let started = ContinuousClock.now
      let code = rd_kafka_resp_err_t(rawValue: client.topics.refresh(timeout: wait, now: started))
      switch code {
      case RD_KAFKA_RESP_ERR_NO_ERROR:
        client.events.succeeded()
        return
      case RD_KAFKA_RESP_ERR__TIMED_OUT:
        // A broker is connected and takes its time.
        isProbing = false
      case RD_KAFKA_RESP_ERR__TRANSPORT:
        isProbing = true
        // The connection broke while the request was on its way.
        if .now - started < .milliseconds(10) { usleep(10_000) }
      default:
        throw client.events.texts.requestFailure(code: code.rawValue, subject: "topics")
      }
      if let reason = reasonToStop() { throw reason }
    }
    throw unreachedError()
  }

  private func unreachedError() -> SourceError {
    let cause = client.events.lastFailure
    // Nothing is connected: what went wrong last is the reason. Else somebody accepted and does not answer.
    if let cause, client.events.openSockets == 0 { return cause }
    let texts = client.events.texts
    let late = "no answer from any broker within \(deadline.description)"
    return texts.failure(.timedOut, cause.map { "\(late); before that: \(texts.cause(of: $0))" } ?? late)
  }

  /// The reason to end the batch early: the whole cluster is out of reach.
  private func reasonToStop() -> SourceError? {
    client.runCallbacks()
    return client.events.reasonToGiveUp(start: start)
  }

  // MARK: Offsets

  private func askAboutNamedTopics(_ questions: [KafkaQuestion], into facts: inout KafkaFacts) {
    let ends = fetchEnds(of: facts.partitionsToAsk(for: questions))
    let requests = facts.groupRequests(for: questions)
    if var groups = GroupOffsets(requests, client: client, limit: limits.groupsInFlight, deadline: deadline) {
      let outcomes = groups.collect(reasonToStop: reasonToStop)
      facts.add(zip(requests, outcomes))
    }
    facts.add(ends?.collect(reasonToStop: reasonToStop))
  }

  private func askAboutCommittedTopics(
    _ questions: [KafkaQuestion], into facts: inout KafkaFacts
  ) throws(SourceError) {
    let names = facts.committedTopics(of: questions)
    let further = names.subtracting(facts.topics.keys)
    if !further.isEmpty { try learn(further, into: &facts) }
    // Of a topic that was asked for with some of its partitions, the others are still unknown.
    let partitions = facts.partitions(of: names).filter { facts.ends[$0.topic]?[$0.id] == nil }
    facts.add(fetchEnds(of: partitions)?.collect(reasonToStop: reasonToStop))
  }

  /// Partitions that have moved to another broker since their leader was learned are asked about once more.
  private func askMovedPartitionsAgain(
    _ questions: [KafkaQuestion], into facts: inout KafkaFacts
  ) throws(SourceError) {
    let moved = facts.movedPartitions()
    if moved.isEmpty || deadline.hasPassed { return }
    client.topics.expire()
    try learn(Set(moved.keys), into: &facts)
    let again = facts.partitions(of: Set(moved.keys)).filter { moved[$0.topic]?.contains($0.id) == true }
    facts.add(fetchEnds(of: again)?.collect(reasonToStop: reasonToStop))
  }

  private func fetchEnds(of partitions: [EndOffsets.Partition]) -> EndOffsets? {
    if partitions.isEmpty { return nil }
    return EndOffsets(
      partitions, client: client, partitionsPerRequest: limits.partitionsPerRequest, deadline: deadline)
  }
}
