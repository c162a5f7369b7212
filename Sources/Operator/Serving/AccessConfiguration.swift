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

  private final class Loaded: Sendable {
    let isTrue = Atomic(false)
  }

  init(client: KubernetesClient, time: any TimeSource, logger: Logger) throws(DelegatedAccessError) {
    let reviews = ClusterReviews(client: client)
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

  func run() async { await reflector.run() }
}
