internal import KubernetesAPI
internal import Polling

/// Runs work that must end by a point in time of an injected clock.
enum Deadline {
  /// The value of `work`, or nil when the time came first: `work` is then cancelled and waited for.
  static func race<Value: Sendable>(
    until deadline: Timestamp, time: any TimeSource, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value? {
    try await race(until: { deadline }, time: time, work)
  }

  /// The same with a deadline that `work` may put off.
  static func race<Value: Sendable>(
    until deadline: @escaping @Sendable () -> Timestamp, time: any TimeSource,
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value? {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        var end = deadline()
        repeat {
          try await time.sleep(until: end)
          let later = deadline()
          if later <= end { return nil }
          end = later
        } while true
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }
}
