internal import KubernetesAPI
internal import Polling

/// What a reflector does next after a watch has ended, and when: resume, list again, or first make sure that the
/// server's history is still the one it knows. Pure.
struct ReflectorPace {
  /// The server has forgotten where we stood, or refuses again and again to go on from there.
  private(set) var mustList = false
  /// The server was away: what it restored may be older than what we have.
  private(set) var mustCheck = false
  private(set) var retryAt: Timestamp?
  private var backOff = BackOff(first: .milliseconds(100), limit: .seconds(8))
  private var refusals = 0

  /// A watch that lasts longer than this has shown that the way is free.
  static let longEnough = Duration.seconds(10)
  /// A server sends a bookmark about every minute: one that sent none for this long may be waiting for a resource
  /// version that it will not reach.
  static let tooQuiet = KubernetesClient.longestSilence

  /// The server ended the watch, or it had to be cut.
  mutating func ended(
    _ end: WatchEnd, hadProgress: Bool, since start: Timestamp, at now: Timestamp, jitter: Double
  ) {
    mustList = false
    mustCheck = end == .overdue || (!hadProgress && now - start >= Self.tooQuiet)
    refusals = 0
    if hadProgress || now - start >= Self.longEnough {
      backOff.succeeded()
      retryAt = nil
    } else {
      // A server that ends every watch at once must not be asked in a loop.
      wait(at: now, jitter: jitter)
    }
  }

  mutating func failed(
    _ error: KubernetesError, wasOpen: Bool, hadProgress: Bool, at now: Timestamp, jitter: Double
  ) {
    if hadProgress {
      backOff.succeeded()
      refusals = 0
    }
    if error.code == .unreachable {
      // A stream that breaks is common; a server that cannot be reached may come back as another.
      mustCheck = !wasOpen
      mustList = false
    } else {
      refusals += 1
      mustList = error.code == .gone || error.isTooNew || refusals >= 3
      mustCheck = false
    }
    wait(at: now, jitter: jitter)
    if error.code == .gone, hadProgress || refusals == 1 { retryAt = nil }
    if let retryAfter = error.retryAfter { retryAt = max(retryAt ?? now, now + min(retryAfter, .seconds(60))) }
  }

  private mutating func wait(at now: Timestamp, jitter: Double) {
    backOff.failed(at: now, jitter: jitter)
    retryAt = backOff.retryAt
  }
}

extension KubernetesError {
  /// The resource version lies in the server's future: its history has begun anew.
  fileprivate var isTooNew: Bool { status == 504 && message.contains("Too large resource version") }
}
