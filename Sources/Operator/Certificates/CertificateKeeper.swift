internal import Certificates
internal import HTTPServing
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization

/// Makes the certificate of Swell's servers, keeps it in a Secret, renews it, and tells the API server whom to trust.
///
/// Whoever comes first makes the Secret. From then on only the leader writes; the other replicas follow the Secret and load
/// what is new in it. How an authority is replaced without anybody noticing: `CertificateSet`.
final class CertificateKeeper: Sendable {
  struct Configuration: Sendable {
    /// Swell's own namespace.
    var namespace: String
    var secretName = "swell-certificates"
    /// What clients call the servers: `swell.swell-system.svc` and so on; see `serviceNames`.
    var names: [String]
    /// Nil where its `caBundle` is not Swell's business.
    var apiService: String? = "v1beta1.external.metrics.k8s.io"
    /// Nil where its `caBundle` is not Swell's business.
    var webhookConfiguration: String?
    /// `namespace/name` of Swell's Service: an APIService that names another is not Swell's. Nil: it is.
    var service: String?
    var fieldManager = "swell"

    /// The names by which a Service is reached: `svc`, `svc.ns`, `svc.ns.svc` and `svc.ns.svc.cluster.local`.
    static func serviceNames(
      _ services: [String], namespace: String, clusterDomain: String = "cluster.local"
    ) -> [String] {
      services.flatMap { service in
        let full = "\(service).\(namespace).svc"
        return [full, "\(full).\(clusterDomain)", "\(service).\(namespace)", service]
      }
    }
  }

  let identity: ServedIdentity

  let client: KubernetesClient
  let configuration: Configuration
  let time: any TimeSource
  let logger: Logger
  let isLeader: @Sendable () -> Bool
  private let wakeUp: WakeUp
  private let secrets: Reflector<Secret>
  private let bundles: [CABundleKeeper]
  let ahead: SecretAhead
  let writing: FailureLog<String>
  private let renewing: FailureLog<String>
  private let serving: FailureLog<String>
  let memory = Mutex(Memory())

  struct Memory {
    /// The certificates last seen in the Secret, for the case that it is lost.
    var certificates: CertificateSet?
    var pace = WritePace()
    /// Of the Secret that could not be read, so that it is told once.
    var unreadableVersion: String?
  }

  /// - Parameters:
  ///   - isLeader: whether this replica may write; call `leadershipChanged` when it changes.
  ///   - onIdentity: told of the first certificate and of each new one.
  init(
    _ client: KubernetesClient, _ configuration: Configuration, time: any TimeSource, logger: Logger,
    isLeader: @escaping @Sendable () -> Bool, onIdentity: @escaping @Sendable (TLSIdentity) -> Void
  ) {
    self.client = client
    self.configuration = configuration
    self.time = time
    self.logger = logger
    self.isLeader = isLeader
    identity = ServedIdentity(onChange: onIdentity)
    let wakeUp = WakeUp()
    self.wakeUp = wakeUp
    let ahead = SecretAhead()
    self.ahead = ahead
    func log(_ problem: String, _ end: String) -> FailureLog<String> {
      FailureLog(logger, .error, time: time, label: "secret", problem: problem, end: end)
    }
    writing = log("the Secret of the certificates cannot be written", "the Secret of the certificates is written again")
    renewing = log("certificates cannot be renewed", "certificates can be renewed again")
    serving = log("the serving certificate cannot be used", "the serving certificate can be used again")
    secrets = Reflector(
      client, .secrets, namespace: configuration.namespace, fieldSelector: "metadata.name=\(configuration.secretName)",
      time: time,
      onChange: { change in
        ahead.follow(change)
        wakeUp.poke()
      })
    bundles = CABundleKeeper.keepers(
      client, apiService: configuration.apiService, service: configuration.service,
      webhookConfiguration: configuration.webhookConfiguration,
      fieldManager: configuration.fieldManager, time: time, logger: logger, onChange: wakeUp.poke)
  }

  func leadershipChanged() {
    if !isLeader() {
      for bundle in bundles { bundle.forgetFailures() }
      for log in [writing, renewing] { log.forgetAll() }
    }
    wakeUp.poke()
  }

  /// Until cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.secrets.run() }
      for bundle in bundles { group.addTask { await bundle.run() } }
      group.addTask { await self.tellOfUnfollowed() }
      await secrets.waitUntilSynced()
      while !Task.isCancelled {
        var next = await look()
        if let end = ahead.end { next = min(next, end) }
        await wakeUp.wait(until: next, time: time)
      }
    }
  }

  /// Without the Secret there is no certificate, and without the others nobody trusts it.
  private func tellOfUnfollowed() async {
    let name = "Secret \(configuration.namespace)/\(configuration.secretName)"
    await FailureLog.ofCertificates(logger, time).follow(time: time) { [secrets, bundles] in
      var failures = bundles.failures
      failures[name] = secrets.lastFailure
      return failures
    }
  }

  // MARK: Looking

  /// Does what is due now.
  ///
  /// - Returns: when to look again, should nothing change before.
  private func look() async -> Timestamp {
    let watched = secrets.object(named: configuration.secretName, in: configuration.namespace)
    guard let secret = ahead.newest(watched, at: time.now()) else { return await create() }
    do throws(CertificateError) {
      return await keep(try CertificateSecret.certificates(in: secret), of: secret)
    } catch {
      if let next = await serveForeign(secret) { return next }
      return await repair(secret, error)
    }
  }

  private func keep(_ certificates: CertificateSet, of secret: Secret) async -> Timestamp {
    memory.withLock { $0.certificates = certificates }
    serve(certificates.serving)
    let now = time.now()
    guard isLeader() else { return now + .seconds(60) }
    do throws(CertificateError) {
      let bundle = PEMBundle(certificates.bundlePEM)
      let isPublished = bundle.map { bundle in bundles.allSatisfy { $0.isPublished(bundle) } } ?? false
      if let due = try certificates.successor(names: configuration.names, now: now, isPublished: isPublished) {
        return await write(due.certificates, into: secret, why: "\(due.change)")
      }
      renewing.ended(configuration.secretName)
    } catch {
      renewing.failed(configuration.secretName, error)
    }
    return await publish(certificates.bundlePEM, before: min(certificates.nextLook(after: now), now + .seconds(600)))
  }

  /// A Secret that somebody else fills (without the authority's key) is served and left alone.
  ///
  /// - Returns: nil when it is not such a Secret.
  private func serveForeign(_ secret: Secret) async -> Timestamp? {
    guard !secret.keys.contains(CertificateSecret.authorityKey),
      let certificate = secret.value(forKey: CertificateSecret.certificate),
      let key = secret.value(forKey: CertificateSecret.key),
      let serving = try? ServingCertificate(certificatePEM: certificate, privateKeyPEM: key)
    else { return nil }
    serve(serving)
    let next = time.now() + .seconds(600)
    guard isLeader(), let authorities = secret.value(forKey: CertificateSecret.authorityCertificate) else {
      return next
    }
    return await publish(authorities, before: next)
  }

  /// - Returns: when to look again, `limit` at the latest.
  private func publish(_ bundlePEM: String, before limit: Timestamp) async -> Timestamp {
    var next = limit
    for bundle in bundles {
      if let retry = await bundle.publish(bundlePEM) { next = min(next, retry) }
    }
    return next
  }

  private func serve(_ serving: ServingCertificate) {
    do {
      let isNew = try identity.replace(certificatePEM: serving.certificatePEM, keyPEM: serving.privateKeyPEM())
      self.serving.ended(configuration.secretName)
      guard isNew else { return }
      logger.info("serving certificate loaded", metadata: ["validUntil": "\(serving.validUntil.rfc3339)"])
    } catch {
      self.serving.failed(configuration.secretName, error)
    }
  }
}
