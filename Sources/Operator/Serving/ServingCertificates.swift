internal import HTTPServing
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization

/// Where the servers' certificate comes from: Swell's own in a Secret, or files that somebody else fills.
final class ServingCertificates: Sendable {
  private enum Source: Sendable {
    case secret(CertificateKeeper)
    case files(CertificateFileKeeper)
  }

  private let source: Source
  private let servers: Listeners

  /// The servers that show the certificate, once they listen.
  private final class Listeners: Sendable {
    let current = Mutex<OperatorServers?>(nil)
    let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func show(_ identity: TLSIdentity) {
      guard let servers = current.withLock({ $0 }) else { return }
      do {
        try servers.replaceIdentity(identity)
        logger.info("a certificate is in use from now on")
      } catch {
        logger.error("a certificate cannot be used; the one before stays", metadata: ["error": "\(error)"])
      }
    }
  }

  /// - Throws: `OperatorRunError` when there are to be files and they are not there or do not go together.
  init(
    client: KubernetesClient, options: OperatorOptions, leadership: Leadership, time: any TimeSource, logger: Logger
  ) throws(OperatorRunError) {
    let servers = Listeners(logger: logger)
    self.servers = servers
    let apiService = options.managesAPIService ? "v1beta1.external.metrics.k8s.io" : nil
    let webhook = options.managesAPIService && options.webhookPort != 0 ? options.webhookConfiguration : nil
    let service = "\(options.namespace)/\(options.serviceName)"
    if let folder = options.certificateFolder {
      let keeper = CertificateFileKeeper(
        options.managesAPIService ? client : nil,
        CertificateFileKeeper.Configuration(
          folder: folder, apiService: apiService, webhookConfiguration: webhook, service: service),
        time: time, logger: logger, isLeader: { leadership.isLeader }, onIdentity: { servers.show($0) })
      if let problem = keeper.load() {
        throw OperatorRunError(description: "--cert-dir: \(problem)")
      }
      source = .files(keeper)
    } else {
      source = .secret(
        CertificateKeeper(
          client,
          CertificateKeeper.Configuration(
            namespace: options.namespace, secretName: options.certificateSecret,
            names: CertificateKeeper.Configuration.serviceNames(
              [options.serviceName, options.webhookServiceName], namespace: options.namespace),
            apiService: apiService, webhookConfiguration: webhook, service: service),
          time: time, logger: logger, isLeader: { leadership.isLeader }, onIdentity: { servers.show($0) }))
    }
  }

  private var identity: ServedIdentity {
    switch source {
    case .secret(let keeper): keeper.identity
    case .files(let keeper): keeper.identity
    }
  }

  /// There is a certificate that clients of the cluster trust.
  var isReady: Bool { identity.current != nil }

  /// These show the certificate from now on.
  func show(on servers: OperatorServers) {
    self.servers.current.withLock { $0 = servers }
    if let identity = identity.current { self.servers.show(identity) }
  }

  func leadershipChanged() {
    switch source {
    case .secret(let keeper): keeper.leadershipChanged()
    case .files(let keeper): keeper.leadershipChanged()
    }
  }

  func run() async {
    switch source {
    case .secret(let keeper): await keeper.run()
    case .files(let keeper): await keeper.run()
    }
  }
}
