internal import Questions
internal import Synchronization

/// What a client's callbacks tell: how many sockets are open and what went wrong last. Outlives the client, because the
/// library calls back until the last moment of its destruction.
final class ClientEvents: Sendable {
  private struct State {
    /// When the last broker that could be asked went away, if the cluster has not answered since. The library tells this
    /// once, not again for each further attempt.
    var downSince: ContinuousClock.Instant?
    var lastFailure: SourceError?
    var onTokenNeeded: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  private let sockets = Atomic<Int>(0)
  let texts: FailureTexts

  init(texts: FailureTexts) { self.texts = texts }

  // MARK: Sockets

  var openSockets: Int { sockets.load(ordering: .relaxed) }
  func socketOpened() { sockets.add(1, ordering: .relaxed) }
  func socketClosed() { sockets.subtract(1, ordering: .relaxed) }

  // MARK: Failures

  /// The library's error callback. The cluster is out of reach when no connection is left, or when the credentials were
  /// rejected.
  func failed(code: Int32, reason: String) {
    let failure = texts.clientFailure(code: code, reason: reason)
    state.withLock { state in
      if let failure { state.lastFailure = failure }
      if texts.isOutage(code: code), state.downSince == nil { state.downSince = .now }
    }
  }

  /// Whether the cluster went out of reach since it answered last.
  var isDown: Bool { state.withLock { $0.downSince != nil } }

  func succeeded() {
    state.withLock { state in
      state.downSince = nil
      state.lastFailure = nil
    }
  }

  /// Why the last connection failed, unless something succeeded since.
  var lastFailure: SourceError? { state.withLock { $0.lastFailure } }

  /// The reason for a batch that began at `start` to end early. Where the cluster was out of reach already, it gets a second
  /// to be back: a new connection is tried every half second. nil when waiting may help: a connection is being made, or the
  /// last one merely broke.
  func reasonToGiveUp(start: ContinuousClock.Instant) -> SourceError? {
    guard let downSince = state.withLock({ $0.downSince }) else { return nil }
    if downSince < start, ContinuousClock.now - start < .seconds(1) { return nil }
    guard openSockets == 0, let failure = lastFailure else { return nil }
    switch failure.code {
    case .connectionRefused, .unreachable, .tlsFailed, .authenticationFailed, .malformedAnswer: return failure
    default: return nil
    }
  }

  // MARK: Tokens

  func onTokenNeeded(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.onTokenNeeded = action } }
  func tokenNeeded() { state.withLock { $0.onTokenNeeded }?() }
}
