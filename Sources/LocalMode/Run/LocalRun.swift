internal import CMemory
internal import Engine
internal import EngineHTTP
internal import ExternalMetricsServer
internal import Foundation
internal import HTTPServing
internal import KubernetesAPI
internal import Lifecycle
internal import Manifests
internal import NIOPosix
internal import Polling
internal import SourceFactory

/// The whole of `swell local`: engine, simulated workloads, HPA, both servers, output; until a signal or the duration ends
/// it.
public struct LocalRun: Sendable {
  public struct Options: Sendable {
    public var paths: [String]
    public var bindAddress: String
    public var securePort: Int
    public var metricsPort: Int
    public var podStart: Duration
    public var hpaSyncPeriod: Duration
    /// Nil: a table on a terminal, JSON elsewhere.
    public var output: OutputFormat?
    /// Nil: until a signal.
    public var duration: Duration?

    public init(
      paths: [String], bindAddress: String, securePort: Int, metricsPort: Int, podStart: Duration,
      hpaSyncPeriod: Duration, output: OutputFormat?, duration: Duration?
    ) {
      self.paths = paths
      self.bindAddress = bindAddress
      self.securePort = securePort
      self.metricsPort = metricsPort
      self.podStart = podStart
      self.hpaSyncPeriod = hpaSyncPeriod
      self.output = output
      self.duration = duration
    }
  }

  private let options: Options

  public init(_ options: Options) {
    self.options = options
  }

  /// - Throws: `LocalRunError` when it cannot start or a part of it fails.
  public func run() async throws {
    do {
      _ = try ManifestLoader().files(at: options.paths)
    } catch {
      throw LocalRunError("\(error)", isUsage: true)
    }
    swell_memory_keep_small()
    let time = SystemTime()
    let output = DecisionOutput(format: options.output, isTerminal: TerminalSize.isTerminal)
    let targets = SimulatedTargets(time: time, podStart: options.podStart)
    let eventLoops = MultiThreadedEventLoopGroup.singleton
    let eventLoop = eventLoops.next()
    let sources = SourceFactory(
      group: eventLoop, time: time, environment: ProcessInfo.processInfo.environment)
    let pool = SourcePool(time: time) { sources.source(for: $0) }
    let engine = ScaleEngine(time: time, sources: pool, targets: targets, observer: output)
    let hpa = LocalHPAController(engine: engine, targets: targets, time: time, period: options.hpaSyncPeriod)
    let follower = ManifestFollower(paths: options.paths, engine: engine, targets: targets, time: time) {
      output.note($0)
    }
    let manifestsRead = Signal()
    let servers: LocalServers
    do {
      servers = try await LocalServers.bind(
        engine: engine, manifestsRead: manifestsRead, options: options, eventLoops: eventLoops)
    } catch {
      throw LocalRunError(error.message)
    }

    servers.announce { output.note($0) }
    // Engine, Redis connections, the answers that wait for them and the first client of the metrics API take turns on one
    // thread: asking for one reading then costs no change of thread. Long work (manifests, the HPA's rounds) is elsewhere.
    let executor = EventLoopTaskExecutor(eventLoop)
    var parts = [
      Part("engine") {
        await withDiscardingTaskGroup { group in
          group.addTask(executorPreference: executor) { await engine.run() }
          // Before the first poll, the objects; both servers answer meanwhile.
          await follower.load()
          manifestsRead.fire()
          group.addTask { await follower.run() }
        }
        await sources.shutdown()
      },
      Part("hpa") { await hpa.run() },
      Part("external metrics API") {
        await withTaskExecutorPreference(executor) { await servers.api.run() }
      },
      Part("telemetry") { await servers.status.run() },
    ]
    if output.isLive { parts.append(Part("table") { await draw(engine, on: output, time: time) }) }
    if let duration = options.duration {
      parts.append(Part("duration", endsAll: true) { try await time.sleep(until: time.now() + duration) })
    }
    do {
      try await Part.run(parts)
    } catch let failure as PartFailure {
      throw LocalRunError(failure.description)
    }
    output.end()
  }

  private func draw(_ engine: ScaleEngine, on output: DecisionOutput, time: any TimeSource) async {
    repeat {
      output.draw(engine.objects.map(\.snapshot))
    } while (try? await time.sleep(until: time.now() + .milliseconds(500))) != nil
  }
}

/// Why `swell local` could not start or go on.
public struct LocalRunError: Error, Sendable, CustomStringConvertible {
  public let description: String
  /// The command line is at fault.
  public let isUsage: Bool

  init(_ description: String, isUsage: Bool = false) {
    self.description = description
    self.isUsage = isUsage
  }
}
