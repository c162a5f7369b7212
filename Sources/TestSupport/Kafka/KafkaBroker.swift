internal import Foundation

/// A private broker that speaks Kafka's protocol (noida-db) on a free port of 127.0.0.1. Stopped with the object, or by
/// `stop()`; its data goes away with it.
public final class KafkaBroker: Sendable {
  public let port: Int
  public let process: ChildProcess
  public let administrator: KafkaAdministrator
  private let folder: TemporaryFolder

  public var bootstrapServers: String { "127.0.0.1:\(port)" }

  /// Returns when the broker answers.
  /// - Parameters:
  ///   - port: to come back where another broker was; else a free one.
  ///   - previous: a stopped broker whose data this one goes on with.
  public static func start(port: Int? = nil, continuing previous: KafkaBroker? = nil) async throws -> KafkaBroker {
    let program = try await KafkaBrokerProgram.path()
    var lastError: any Error = ChildProcess.Failed(description: "the broker was not tried")
    for _ in 0..<3 {
      do {
        return try await start(program, port: try port ?? FreePort.next(), folder: previous?.folder)
      } catch {
        lastError = error
      }
    }
    throw lastError
  }

  private static func start(_ program: String, port: Int, folder: TemporaryFolder?) async throws -> KafkaBroker {
    let folder = try folder ?? TemporaryFolder("swell-kafka")
    let process = try await ChildProcess.start(
      program, ["start", "--only", "kafka", "--kafka-port", "\(port)", "--data-dir", folder.url.path])
    let administrator = try KafkaAdministrator(bootstrapServers: "127.0.0.1:\(port)")
    try await process.waitUntil("the broker answers") { await administrator.isAnswering() }
    return KafkaBroker(port, process, administrator, folder)
  }

  private init(
    _ port: Int, _ process: ChildProcess, _ administrator: KafkaAdministrator, _ folder: TemporaryFolder
  ) {
    self.port = port
    self.process = process
    self.administrator = administrator
    self.folder = folder
  }

  /// Ends the broker; connections to its port are refused from then on.
  public func stop() async { await process.stop() }
}
