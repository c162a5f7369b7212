internal import Questions

/// What other threads ask of the transport's thread.
enum TransportCommand: Sendable {
  case start(Submission)
  case cancel(UInt64)
  case close(HTTPEndpoint, ConnectionLedger, CheckedContinuation<Void, Never>)
}

/// A request on its way to the transport's thread.
struct Submission: Sendable {
  var id: UInt64
  var request: HTTPRequest
  var deadline: ContinuousClock.Instant
  /// What the deadline was made of, for messages.
  var timeout: Duration
  var ledger: ConnectionLedger
  var continuation: CheckedContinuation<Result<HTTPAnswer, SourceError>, Never>
}
