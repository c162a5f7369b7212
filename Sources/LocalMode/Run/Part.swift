internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// One long-lived part of the program, in a group that ends together.
struct Part: Service {
  private let name: String
  private let endsAll: Bool
  private let body: @Sendable () async throws -> Void

  /// - Parameter endsAll: the program ends when this part does.
  init(_ name: String, endsAll: Bool = false, body: @escaping @Sendable () async throws -> Void) {
    self.name = name
    self.endsAll = endsAll
    self.body = body
  }

  /// A signal cancels the body. What it throws then is the cancellation; before, it is a failure of the part.
  func run() async throws {
    try await cancelWhenGracefulShutdown {
      do {
        try await body()
        if !endsAll { try await Self.untilCancelled() }
      } catch is CancellationError {
        return
      } catch {
        throw LocalRunError("\(name): \(error)")
      }
    }
  }

  /// A part that has nothing more to do must not end the others.
  private static func untilCancelled() async throws {
    while true { try await Task.sleep(for: .seconds(3600)) }
  }

  /// Runs the parts until one that ends all does, one fails, or SIGINT or SIGTERM comes.
  static func run(_ parts: [Part]) async throws {
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
