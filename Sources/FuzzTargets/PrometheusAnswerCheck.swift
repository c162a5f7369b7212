internal import Autoscaling
internal import Questions
internal import Triggers

/// Prometheus answers: a finite number or unknown with a cause, never a number from an answer that was cut short or has
/// something behind it, and `ignoreNullValues` changes nothing where there is a number.
enum PrometheusAnswerCheck {
  private static let strict = trigger(ignoresNull: false)
  private static let lenient = trigger(ignoresNull: true)

  private static func trigger(ignoresNull: Bool) -> (any ExternalTrigger)? {
    let declaration = TriggerDeclaration(
      index: 0, type: "prometheus",
      metadata: [
        "serverAddress": "http://prometheus:9090", "query": "sum(rate(requests_total[1m]))", "threshold": "10",
        "ignoreNullValues": "\(ignoresNull)",
      ])
    guard case .external(let trigger)? = try? TriggerTypes.parse(declaration) else { return nil }
    return trigger
  }

  static func run(_ input: [UInt8]) throws(BrokenInvariant) {
    guard let strict, let lenient else { throw BrokenInvariant("the trigger of the check is not accepted") }
    let outcome = outcome(strict, input)
    try OutcomeCheck.run(outcome)
    let lenientOutcome = self.outcome(lenient, input)
    try OutcomeCheck.run(lenientOutcome)
    let failure = self.outcome(strict, input, status: 503)
    try OutcomeCheck.run(failure)
    if case .value = failure { throw BrokenInvariant("a number from an answer with status 503") }

    switch (outcome, lenientOutcome) {
    case (.value(let measurement), _):
      try require(!measurement.isAssumedFromEmptyAnswer, "an assumed number that nobody asked for")
      try requireEqual(lenientOutcome, outcome, "a number with ignoreNullValues")
      try checkDamaged(input, strict)
    case (.unknown, .value(let assumed)):
      try require(assumed.isAssumedFromEmptyAnswer && assumed.value == 0, "\(assumed) is assumed, and not 0")
      try checkDamaged(input, lenient)
    case (.unknown, .unknown): break
    }
  }

  /// Every beginning of the JSON text that is not all of it, and anything added, is no answer.
  private static func checkDamaged(_ input: [UInt8], _ trigger: any ExternalTrigger) throws(BrokenInvariant) {
    let end = (input.lastIndex { ![0x20, 0x0A, 0x0D, 0x09].contains($0) } ?? -1) + 1
    var random = InputRandom(input)
    let lengths = [max(end - 1, 0), Int.random(in: 0..<max(end, 1), using: &random)]
    for length in lengths {
      if case .value(let measurement) = outcome(trigger, Array(input.prefix(length))) {
        throw BrokenInvariant("\(measurement) from the first \(length) of \(end) bytes")
      }
    }
    if case .value(let measurement) = outcome(trigger, input + [UInt8(ascii: "}")]) {
      throw BrokenInvariant("\(measurement) from an answer with one brace too many")
    }
  }

  private static func outcome(
    _ trigger: any ExternalTrigger, _ body: [UInt8], status: Int = 200
  ) -> Reading.Outcome {
    var memory = TriggerMemory.nothing
    return trigger.outcome(of: .http(HTTPAnswer(status: status, body: body)), memory: &memory)
  }
}
