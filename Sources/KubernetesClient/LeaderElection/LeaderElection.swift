internal import Foundation
internal import KubernetesAPI
public import Polling
internal import Synchronization

/// One of several replicas leads: the one that holds the Lease.
///
/// The resource version is the lock, so that of two that reach for it one gets it. A leader counts from when it sent
/// its last successful renewal and stops after `renewDeadline` without another; the others count from when they saw
/// that renewal, which is later, and take over after `leaseDuration`, which is longer. So there are never two, whatever
/// the clocks say and however slow the API is. From its init on, the client writes only while this replica leads, and
/// gives up what is under way when that ends: 3 s before another may begin.
///
/// A request about the Lease that is not answered within `retryPeriod` is made once more on another connection, while
/// the first goes on: neither a connection that died without a word nor an API server that takes 2 s for an answer ends
/// a leadership.
///
/// With the defaults: a crashed leader is followed within 8.5 s and the time of two requests (8 s for the Lease, half a
/// `retryPeriod` until its last renewal was seen); one that was told to stop, within half a second.
public final class LeaderElection: Sendable {
  public struct Configuration: Sendable {
    public var namespace: String
    public var name: String
    /// Which replica this is. Must be unique.
    public var identity: String
    /// How long the others wait for a sign of life; whole seconds.
    public var leaseDuration: Duration
    /// How long a leader goes on without having renewed; shorter than `leaseDuration`, or it is cut to 4/5 of that.
    public var renewDeadline: Duration
    /// How soon a failed renewal is repeated; the others look at the Lease twice in this time.
    public var retryPeriod: Duration

    public init(
      namespace: String, name: String = "swell", identity: String, leaseDuration: Duration = .seconds(8),
      renewDeadline: Duration = .seconds(5), retryPeriod: Duration = .seconds(1)
    ) {
      self.namespace = namespace
      self.name = name
      self.identity = identity
      self.leaseDuration = leaseDuration
      self.renewDeadline = min(renewDeadline, leaseDuration * 0.8)
      self.retryPeriod = retryPeriod
    }
  }

  private struct State {
    var observation = LeaseObservation()
    var isLeading = false
    /// When the last successful renewal was sent.
    var renewedAt: Timestamp?
    var lastFailure: KubernetesError?
  }

  private let client: KubernetesClient
  private let configuration: Configuration
  private let time: any TimeSource
  private let random: @Sendable () -> Double
  private let state = Mutex(State())

  public init(
    _ client: KubernetesClient, _ configuration: Configuration, time: any TimeSource,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    self.client = client
    self.configuration = configuration
    self.time = time
    self.random = random
    client.fence.putUp()
  }

  /// Whether this replica may write. Turns false by itself when the time to renew has passed, even if this process was
  /// stopped meanwhile.
  public var isLeader: Bool {
    let now = time.now()
    return state.withLock { state in
      guard state.isLeading, let renewedAt = state.renewedAt else { return false }
      return now < renewedAt + configuration.renewDeadline
    }
  }

  /// Who leads as far as this replica knows; nil when nobody does.
  public var leader: String? { state.withLock(\.observation.holder) }
  /// Why the Lease could not be read or written last; nil when it could.
  public var lastFailure: KubernetesError? { state.withLock(\.lastFailure) }

  /// Takes part in the election until the task is cancelled; a leader then releases the Lease within 500 ms.
  /// - Parameter onChange: told true when this replica begins to lead and false when it ends. The calls do not overlap,
  ///   and renewals go on while one runs. At the end, false is awaited before the release, so that nothing is written
  ///   after it.
  public func run(onChange: @escaping @Sendable (Bool) async -> Void) async {
    // Not a child, for it must also run when this task has been cancelled; awaited below.
    var lastCall: Task<Void, Never>?
    func tell(_ isLeading: Bool) {
      lastCall = Task { [lastCall] in
        await lastCall?.value
        await onChange(isLeading)
      }
    }
    while !Task.isCancelled {
      let wasLeading = state.withLock(\.isLeading)
      await attempt()
      let isLeading = state.withLock(\.isLeading)
      if isLeading != wasLeading { tell(isLeading) }
      if Task.isCancelled { break }
      try? await time.sleep(until: nextAttempt())
    }
    let wasLeading = state.withLock { state in
      defer { state.isLeading = false }
      return state.isLeading
    }
    if wasLeading { tell(false) }
    await lastCall?.value
    guard wasLeading else { return client.fence.close() }
    await Task {
      // What was decided before may still be written, but not after the release.
      await self.client.fence.close(at: self.time.now() + Self.lastWrites, time: self.time)
      await self.release()
    }.value
  }

  /// One try to renew or to take over. Ends leading when the time for it is up or somebody else holds the Lease.
  private func attempt() async {
    let start = time.now()
    let (isLeading, renewedAt) = state.withLock { ($0.isLeading, $0.renewedAt) }
    var limit = configuration.renewDeadline
    if isLeading, let renewedAt { limit = max(.zero, renewedAt + configuration.renewDeadline - start) }
    let failure = await renewOrAcquireInTime(isLeading: isLeading, within: limit, from: start)
    let now = time.now()
    let hasEnded = state.withLock { state in
      state.lastFailure = failure
      guard state.isLeading else { return isLeading }
      let isHeld = state.observation.holder == configuration.identity
      let isInTime = state.renewedAt.map { now < $0 + configuration.renewDeadline } ?? false
      if !isHeld || !isInTime { state.isLeading = false }
      return !state.isLeading
    }
    if hasEnded { client.fence.close() }
  }

  /// - Returns: why it did not work, or nil.
  private func renewOrAcquireInTime(
    isLeading: Bool, within limit: Duration, from start: Timestamp
  ) async -> KubernetesError? {
    let late = KubernetesError(
      .unreachable, message: "the Lease \(configuration.namespace)/\(configuration.name) could not be renewed in time")
    guard limit > .zero else { return late }
    do {
      // Around all of it: waiting behind other requests counts here.
      let result: Bool? = try await Deadline.race(until: start + limit, time: time) {
        try await self.twice(from: start) { [time = self.time] in
          let now = time.now()
          try await self.renewOrAcquire(isLeading: isLeading, within: start + limit - now, from: now)
        }
        return true
      }
      return result == nil ? late : nil
    } catch {
      return error as? KubernetesError ?? .cancelled("renewing the Lease")
    }
  }

  /// Does the same again beside the first time, when that has not ended after `retryPeriod`: it may be on a connection
  /// that has died. Ends when one of them has worked, or both have failed.
  private func twice(
    from start: Timestamp, _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      defer { group.cancelAll() }
      group.addTask {
        try await body()
        return true
      }
      group.addTask {
        try await self.time.sleep(until: start + self.configuration.retryPeriod)
        return false
      }
      if try await group.next() ?? true { return }
      group.addTask {
        try await body()
        return true
      }
      var failure: (any Error)?
      for _ in 0..<2 {
        do {
          if try await group.next() ?? true { return }
        } catch {
          failure = failure ?? error
        }
      }
      if let failure { throw failure }
    }
  }

  private func renewOrAcquire(
    isLeading: Bool, within limit: Duration, from start: Timestamp
  ) async throws(KubernetesError) {
    if isLeading {
      do throws(KubernetesError) {
        return try await write(within: limit, from: start)
      } catch {
        // Somebody wrote to it: look who.
        guard error.code == .conflict || error.code == .notFound else { throw error }
      }
    }
    do throws(KubernetesError) {
      let lease: Lease = try await client.get(
        .leases, namespace: configuration.namespace, name: configuration.name, priority: .actuation, within: limit)
      let now = time.now()
      let mayWrite = state.withLock { state in
        state.observation.see(lease, at: now)
        return state.observation.holder == configuration.identity
          || state.observation.isFree(at: now, duration: configuration.leaseDuration)
      }
      if mayWrite { try await write(within: limit, from: now) }
    } catch {
      guard error.code == .notFound else { throw error }
      state.withLock { $0.observation = LeaseObservation() }
      try await write(within: limit, from: time.now())
    }
  }

  /// - Parameter start: no later than when the request goes out.
  private func write(within limit: Duration, from start: Timestamp) async throws(KubernetesError) {
    let observation = state.withLock(\.observation)
    let wanted = observation.held(by: configuration.identity, configuration, at: start)
    let written: Lease
    if observation.lease == nil {
      written = try await client.create(
        wanted, .leases, namespace: configuration.namespace, answer: Lease.self, priority: .actuation, within: limit)
    } else {
      written = try await client.replace(
        wanted, .leases, namespace: configuration.namespace, name: configuration.name, answer: Lease.self,
        priority: .actuation, within: limit)
    }
    let now = time.now()
    state.withLock { state in
      state.observation.see(written, at: now)
      // Of two renewals the later counts, whichever is answered first.
      let renewedAt = state.isLeading ? max(start, state.renewedAt ?? start) : start
      state.renewedAt = renewedAt
      state.isLeading = now < renewedAt + configuration.renewDeadline
      if state.isLeading { client.fence.open(until: renewedAt + configuration.renewDeadline) }
    }
  }

  /// How long writes that are under way may take when the leadership is given back.
  private static let lastWrites = Duration.milliseconds(200)

  private func nextAttempt() -> Timestamp {
    let now = time.now()
    let jitter = 0.8 + 0.2 * min(max(random(), 0), 1)
    return state.withLock { state in
      if state.isLeading, let renewedAt = state.renewedAt {
        if state.lastFailure == nil {
          // Counted from when the last one was sent, so that a slow API leaves as much time for the next.
          let pause = min(configuration.retryPeriod * 2, configuration.renewDeadline * 0.4) * jitter
          return max(now, renewedAt + pause)
        }
        return min(now + configuration.retryPeriod * 0.5 * jitter, renewedAt + configuration.renewDeadline)
      }
      let next = now + configuration.retryPeriod * 0.5 * jitter
      // At the very moment when the Lease expires, and not at the next look.
      guard let expiry = state.observation.expiry(duration: configuration.leaseDuration), expiry > now else {
        return next
      }
      return min(next, expiry)
    }
  }

  /// Gives the Lease up, if it still is ours. When that fails, the others wait for it to expire.
  private func release() async {
    let end = time.now() + .milliseconds(500)
    for _ in 0..<2 {
      let now = time.now()
      let observation = state.withLock(\.observation)
      guard now < end, observation.holder == configuration.identity, let lease = observation.released(at: now) else {
        return
      }
      do throws(KubernetesError) {
        let released: Lease = try await client.replace(
          lease, .leases, namespace: configuration.namespace, name: configuration.name, priority: .actuation,
          within: end - now)
        let seenAt = time.now()
        return state.withLock { $0.observation.see(released, at: seenAt) }
      } catch {
        // A renewal whose answer never came may have been written.
        guard error.code == .conflict,
          let lease: Lease = try? await client.get(
            .leases, namespace: configuration.namespace, name: configuration.name, priority: .actuation,
            within: max(.milliseconds(1), end - time.now()))
        else { return }
        let seenAt = time.now()
        state.withLock { $0.observation.see(lease, at: seenAt) }
      }
    }
  }
}
