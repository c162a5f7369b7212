public import KubernetesAPI

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Where the time comes from. Everything that waits or measures takes one, so that tests run on a manual clock.
public protocol TimeSource: Sendable {
  func now() -> Timestamp

  /// Returns at `deadline`, or at once when it has passed. Throws `CancellationError` when the task is cancelled.
  func sleep(until deadline: Timestamp) async throws
}

/// The machine's clock: the wall time at start plus what the monotonic clock has counted since. A step of the wall clock
/// therefore neither stops the polls nor starts them all at once.
public struct SystemTime: TimeSource {
  private let wallAtStart: Timestamp
  private let start: ContinuousClock.Instant

  public init() {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    wallAtStart = Timestamp(seconds: Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    start = .now
  }

  public func now() -> Timestamp { wallAtStart + (.now - start) }

  public func sleep(until deadline: Timestamp) async throws {
    try await Task.sleep(until: start + (deadline - wallAtStart), tolerance: .zero, clock: .continuous)
  }
}
