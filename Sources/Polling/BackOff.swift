public import KubernetesAPI

/// How long a source that does not answer is left alone: doubling from `first` to `limit`, with jitter of ±20 %.
///
/// The limit is shorter than the usual polling interval, so that at 15 s or more every poll really asks; it protects a
/// source (and its logs) from many objects and HPAs asking in between.
public struct BackOff: Sendable {
  public var first: Duration
  public var limit: Duration
  public private(set) var failures = 0
  public private(set) var retryAt: Timestamp?

  public init(first: Duration = .milliseconds(250), limit: Duration = .seconds(8)) {
    self.first = first
    self.limit = limit
  }

  /// True while the source should not be asked.
  public func isWaiting(at now: Timestamp) -> Bool {
    guard let retryAt else { return false }
    return now < retryAt
  }

  public mutating func succeeded() {
    failures = 0
    retryAt = nil
  }

  /// - Parameter jitter: uniform in 0..<1.
  public mutating func failed(at now: Timestamp, jitter: Double) {
    // Round trips that were under way together and fail together are one failure.
    guard !isWaiting(at: now) else { return }
    let doublings = min(failures, 20)
    failures = failures.addingSaturating(1)
    let plain = min(first * (1 << doublings), limit)
    retryAt = now + plain * (0.8 + 0.4 * min(max(jitter, 0), 1))
  }
}
