/// When a batch has to be over, and how much time it was given.
struct BatchDeadline: Sendable {
  var end: ContinuousClock.Instant
  var timeout: Duration

  var remaining: Duration { max(end - .now, .zero) }
  var hasPassed: Bool { ContinuousClock.now >= end }

  /// For an argument that takes whole milliseconds, where 0 or less may mean "forever".
  var remainingMilliseconds: Int32 { Int32(min(max(remaining.wholeMilliseconds, 1), 3_600_000)) }

  /// `2.5 s`
  var description: String { "\((Double(timeout.wholeMilliseconds) / 100).rounded() / 10) s" }
}
