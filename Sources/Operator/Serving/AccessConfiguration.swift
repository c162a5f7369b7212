internal import ExternalMetricsServer
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization

/// Follows what the cluster's API server says about its front proxy and its clients' authorities, so that a rotation of
/// those takes effect by itself.
final class AccessConfiguration: Sendable {
  private static let namespace = "kube-system"
  private static let name = "extension-apiserver-authentication"

  let access: DelegatedAccess
  private let reflector: Reflector<ConfigMap>
  private let loaded: Loaded
  private let time: any TimeSource
  private let logger: Logger

  private final class Loaded: Sendable {
    let isTrue = Atomic(false)
  }

  init(client: KubernetesClient, time: any TimeSource, logger: Logger) throws(DelegatedAccessError) {
    self.time = time
    self.logger = logger
    let reviews = ClusterReviews(client: client, time: time, logger: logger)
    let access = try DelegatedAccess(
      DelegatedAccess.Configuration(), tokens: reviews, access: reviews,
      clock: DelegatedAccess.Clock(now: { time.now() }, sleep: { try await time.sleep(until: time.now() + $0) }))
    self.access = access
    let loaded = Loaded()
    self.loaded = loaded
    reflector = Reflector(
      client, .configMaps, namespace: Self.namespace, fieldSelector: "metadata.name=\(Self.name)", time: time,
      onChange: { change in
        let map: ConfigMap
        switch change {
        case .added(let new), .modified(_, let new): map = new
        case .deleted: return
        case .synced:
          loaded.isTrue.store(true, ordering: .releasing)
          return
        }
        do {
          try access.replaceConfiguration(DelegatedAccess.Configuration(configMap: map.data ?? [:]))
        } catch {
          logger.error(
            "the cluster's authentication settings cannot be used; those before stay in force",
            metadata: ["configMap": "\(Self.namespace)/\(Self.name)", "error": "\(error)"])
        }
      })
  }

  /// The settings have been read, so that front proxies are known.
  var isLoaded: Bool { loaded.isTrue.load(ordering: .acquiring) }

  /// Why the settings may be out of date; nil while they are followed.
  var failure: String? { reflector.lastFailure?.message }

  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.reflector.run() }
      group.addTask { await self.tellOfFailures() }
    }
  }

  /// Without the settings nobody gets an answer: each cause is told once.
  private func tellOfFailures() async {
    let log = FailureLog<String>(
      logger, .error, time: time, label: "configMap",
      problem: "the cluster's authentication settings cannot be read; trying again",
      end: "the cluster's authentication settings are read again",
      advice: "if this is forbidden, bind the Role extension-apiserver-authentication-reader in kube-system")
    await log.follow(time: time) {
      reflector.lastFailure.map { ["\(Self.namespace)/\(Self.name)": $0] } ?? [:]
    }
  }
}
