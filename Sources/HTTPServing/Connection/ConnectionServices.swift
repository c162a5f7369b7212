internal import NIOCore

/// What every connection of a server shares.
struct ConnectionServices: Sendable {
  let responder: any HTTPResponder
  let limits: HTTPLimits
  let secondsSinceEpoch: @Sendable () -> Int64
  /// Runs an answer that has to wait, as a child task of the server's `run()`.
  let runLater: @Sendable (@escaping @Sendable () async -> Void) -> Void

  /// Whether the client said that a body follows which is too large to take.
  func isBodyTooLarge(contentLength: String?) -> Bool {
    // A length that no Int holds is refused by the parser or is too large anyway.
    guard let contentLength else { return false }
    return (Int(contentLength) ?? .max) > limits.bodyBytes
  }
}

extension Duration {
  /// For event loop timers; sub-nanosecond parts are dropped, and what does not fit is the longest there is.
  var timeAmount: TimeAmount {
    let (seconds, attoseconds) = components
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return .nanoseconds(seconds < 0 ? 0 : .max / 4) }
    return .nanoseconds(min(max(nanoseconds, 0), .max / 4) + attoseconds / 1_000_000_000)
  }
}
