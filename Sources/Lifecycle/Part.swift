internal import Logging
public import ServiceLifecycle
internal import UnixSignals

/// One long-lived part of the program, in a group that ends together.
public struct Part: Service {
  private let name: String
  private let endsAll: Bool
  private let body: @Sendable () async throws -> Void
  private let grace: Duration

  /// - Parameters:
  ///   - endsAll: the program ends when this part does.
  ///   - grace: how long the part may take to end once it is told to. Parts end one after the other, the last one first,
  ///     and a source that hangs is waited for inside a part for seconds: what still runs then ends with the program.
  public init(
    _ name: String, endsAll: Bool = false, grace: Duration = .milliseconds(300),
    body: @escaping @Sendable () async throws -> Void
  ) {
    self.name = name
    self.endsAll = endsAll
    self.grace = grace
    self.body = body
  }

  /// A signal cancels the body. What it throws then is the cancellation; before, it is a failure of the part.
  public func run() async throws {
    try await cancelWhenGracefulShutdown {
      do {
        try await Task { try await body() }.value(grace: grace)
        if !endsAll { try await Self.untilCancelled() }
      } catch is CancellationError {
        return
      } catch {
        throw PartFailure(description: "\(name): \(error)")
      }
    }
  }

  /// A part that has nothing more to do must not end the others.
  private static func untilCancelled() async throws {
    while true { try await Task.sleep(for: .seconds(3600)) }
  }

  /// Runs the parts until one that ends all does, one fails, or SIGINT or SIGTERM comes.
  public static func run(_ parts: [Part]) async throws {
    var logger = Logger(label: "swell")
    logger.logLevel = .critical
    let services = parts.map { part in
      ServiceGroupConfiguration.ServiceConfiguration(
        service: part, successTerminationBehavior: .gracefullyShutdownGroup,
        failureTerminationBehavior: .cancelGroup)
    }
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services, gracefulShutdownSignals: [.sigint, .sigterm], logger: logger))
    try await group.run()
  }
}

/// A part has ended before its time.
public struct PartFailure: Error, Sendable, CustomStringConvertible {
  public let description: String
}

extension Task where Success == Void, Failure == any Error {
  /// Waits until the task has ended. When whoever waits is cancelled, the task is, too, and is waited for `grace` longer.
  fileprivate func value(grace: Duration) async throws {
    let (ends, end) = AsyncThrowingStream<Never, any Error>.makeStream()
    Task {
      do {
        try await self.value
        end.finish()
      } catch {
        end.finish(throwing: error)
      }
    }
    try await withTaskCancellationHandler {
      // In a task of its own, which the cancellation does not reach: a cancelled task cannot wait.
      try await Task { for try await _ in ends {} }.value
    } onCancel: {
      cancel()
      Task {
        try await Task<Never, Never>.sleep(for: grace)
        end.finish()
      }
    }
  }
}
