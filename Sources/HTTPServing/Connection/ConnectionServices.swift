internal import NIOCore

/// What every connection of a server shares.
struct ConnectionServices: Sendable {
  let responder: any HTTPResponder
  let limits: HTTPLimits
  let secondsSinceEpoch: @Sendable () -> Int64
  /// Runs an answer that has to wait, as a child task of the server's `run()`.
  let runLater: @Sendable (@escaping @Sendable () async -> Void) -> Void
  /// Whether the responder wants bodies.
  let keepsBodies: Bool
  /// In bytes: what the responder wants, or what is read to be thrown away.
  let largestBody: Int
  let bodyBudget: BodyBudget

  init(
    responder: any HTTPResponder, limits: HTTPLimits, secondsSinceEpoch: @escaping @Sendable () -> Int64,
    runLater: @escaping @Sendable (@escaping @Sendable () async -> Void) -> Void
  ) {
    self.responder = responder
    self.limits = limits
    self.secondsSinceEpoch = secondsSinceEpoch
    self.runLater = runLater
    let maximumBody = responder.maximumBody
    keepsBodies = maximumBody > 0
    largestBody = maximumBody > 0 ? maximumBody : limits.bodyBytes
    bodyBudget = BodyBudget(limit: limits.totalBodyBytes)
  }

  /// Whether the client said that a body follows which is too large to take.
  func isBodyTooLarge(contentLength: String?) -> Bool {
    // A length that no Int holds is refused by the parser or is too large anyway.
    guard let contentLength else { return false }
    return (Int(contentLength) ?? .max) > largestBody
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
