internal import Admission
internal import Engine
internal import ExternalMetricsServer
internal import Foundation
internal import HTTPServing
internal import KubernetesAPI
internal import KubernetesClient
internal import Lifecycle
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Polling
internal import SourceFactory

/// The whole of `swell run`: the operator, the engine, the servers; until a signal ends it.
public struct OperatorRun: Sendable {
  private let options: OperatorOptions

  public init(_ options: OperatorOptions) { self.options = options }

  /// - Throws: `OperatorRunError` when it cannot start or a part of it fails.
  public func run() async throws {
    let time = SystemTime()
    let logger = logger(time)
    let client: KubernetesClient
    do {
      let access =
        if let file = options.kubeconfig {
          try ClusterAccess.kubeconfig(path: file, context: options.context)
        } else {
          try ClusterAccess.inCluster()
        }
      client = try KubernetesClient(access, time: time, userAgent: "swell/\(BuildInfo.version)")
    } catch {
      throw OperatorRunError(description: error.message)
    }
    let eventLoops = MultiThreadedEventLoopGroup.singleton
    let eventLoop = eventLoops.next()
    let sources = SourceFactory(
      group: eventLoop, time: time, environment: ProcessInfo.processInfo.environment)
    let pool = SourcePool(time: time) { sources.source(for: $0) }
    let cluster = ClusterOperator(client: client, pool: pool, options: options, time: time, logger: logger)
    let access = try AccessConfiguration(client: client, time: time, logger: logger)
    let certificates = try ServingCertificates(
      client: client, options: options, leadership: cluster.leadership, time: time, logger: logger)
    cluster.onLeadership { certificates.leadershipChanged() }
    let admission = AdmissionStatistics()
    let servers: OperatorServers
    do {
      servers = try await OperatorServers.bind(
        OperatorServers.Contents(
          // Nobody in the cluster trusts this one; it serves until the first of the cluster's has come.
          engine: cluster.engine, access: access.access, identity: try TLSIdentity.selfSigned(),
          webhook: options.webhookPort == 0 ? nil : webhook(cluster, client, admission, time),
          eventLoops: eventLoops,
          notReady: {
            if !certificates.isReady { return "there is no certificate yet" }
            if !access.isLoaded {
              return "the cluster's authentication settings have not been read"
                + (access.failure.map { ": \($0)" } ?? "")
            }
            return cluster.notReady
          },
          inventory: { cluster.inventory }, replica: cluster.replicaView,
          moreMetrics: { OperatorMetrics(client: client, admission: admission, cluster: cluster).write(to: &$0) }),
        options: options)
    } catch {
      throw OperatorRunError(description: error.message)
    }
    certificates.show(on: servers)
    logger.notice("Swell \(BuildInfo.version) starts", metadata: servers.addresses)
    for (variable, advice) in KEDAVariables.withoutEffect(in: ProcessInfo.processInfo.environment) {
      logger.warning(
        "a variable of KEDA has no effect here", metadata: ["variable": "\(variable)", "advice": "\(advice)"])
    }

    // Engine, Redis connections, and the metrics API's first clients take turns on one thread, as in local mode.
    let executor = EventLoopTaskExecutor(eventLoop)
    // The last one ends first: the Lease is given back before anything else stops.
    let parts = [
      Part("Kubernetes client") {
        await Signal().wait()
        await client.shutdown()
      },
      Part("servers") { await servers.run() },
      Part("external metrics API") {
        await withTaskExecutorPreference(executor) { await servers.api.run() }
      },
      Part("authentication settings") { await access.run() },
      Part("certificates") { await certificates.run() },
      Part("engine") {
        await withTaskExecutorPreference(executor) { await cluster.engine.run() }
        await sources.shutdown()
      },
      Part("operator") { await cluster.run() },
      Part("leader election", grace: .milliseconds(800)) { await cluster.lead() },
    ]
    do {
      try await Part.run(parts)
    } catch let failure as PartFailure {
      throw OperatorRunError(description: failure.description)
    }
    logger.notice("Swell has ended")
  }

  private func webhook(
    _ cluster: ClusterOperator, _ client: KubernetesClient, _ statistics: AdmissionStatistics, _ time: any TimeSource
  ) -> any HTTPResponder {
    let facts = ClusterAdmissionFacts(
      client: client, cache: cluster.cache, mapper: cluster.mapper, clusterNamespace: options.clusterNamespace,
      time: time)
    return AdmissionResponder(
      reviewer: AdmissionReviewer(facts: facts, clusterNamespace: options.clusterNamespace, time: time),
      statistics: statistics)
  }

  private func logger(_ time: any TimeSource) -> Logger {
    let level = Logger.Level(rawValue: options.logLevel) ?? .info
    let isJSON = options.logsJSON
    return Logger(label: "swell") { _ in LineLogHandler(level: level, isJSON: isJSON) { time.now() } }
  }
}

/// Why `swell run` could not start or go on.
public struct OperatorRunError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

extension OperatorServers {
  fileprivate var addresses: Logger.Metadata {
    let servers = [("api", api)] + zip(["webhook"], secure.dropFirst()) + plain.map { ($0.name, $0.server) }
    return Logger.Metadata(uniqueKeysWithValues: servers.map { ($0.0, "\($0.1.boundAddress)") })
  }
}
