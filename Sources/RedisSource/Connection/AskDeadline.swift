internal import NIOCore

/// When a batch must be answered, and how long that was from its beginning, for messages.
struct AskDeadline: Sendable {
  let timeout: Duration
  let time: NIODeadline

  init(after timeout: Duration) {
    self.timeout = timeout
    time = .now() + TimeAmount(clamping: timeout)
  }

  private init(timeout: Duration, time: NIODeadline) {
    self.timeout = timeout
    self.time = time
  }

  var hasPassed: Bool { time <= .now() }

  /// A fair share of the time that is left, when `candidates` are to be tried one after the other: a first one that
  /// hangs must not use up what the second needs.
  func share(among candidates: Int) -> AskDeadline {
    let now = NIODeadline.now()
    guard candidates > 1, time > now else { return self }
    return AskDeadline(timeout: timeout, time: now + .nanoseconds((time - now).nanoseconds / Int64(candidates)))
  }
}

extension Duration {
  /// `250 ms`, `3 s`, `1.5 s`.
  var inWords: String {
    let (seconds, attoseconds) = components
    let milliseconds = attoseconds / 1_000_000_000_000_000
    if seconds == 0 { return "\(milliseconds) ms" }
    return milliseconds == 0 ? "\(seconds) s" : "\(Double(seconds) + Double(milliseconds) / 1000) s"
  }
}
