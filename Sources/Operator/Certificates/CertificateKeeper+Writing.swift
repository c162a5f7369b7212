internal import Certificates
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization

/// Writing the Secret. Nobody's change is lost: creation fails where there is one, replacement where it changed.
extension CertificateKeeper {
  /// The leader may; at the very start, when there is nothing to serve yet, anybody.
  private var mayWrite: Bool { isLeader() || identity.current == nil }

  /// Makes the Secret that is not there: with the certificates that were in it, where it was lost.
  ///
  /// - Returns: when to look again.
  func create() async -> Timestamp {
    let now = time.now()
    guard mayWrite else { return now + .seconds(60) }
    let (known, next) = memory.withLock { ($0.certificates, $0.pace.next(after: now)) }
    if let next { return next }
    let (name, namespace) = (configuration.secretName, configuration.namespace)
    do {
      let certificates = try known ?? CertificateSet.make(names: configuration.names, now: now)
      let secret = try CertificateSecret.new(name: name, namespace: namespace, holding: certificates)
      let created: Secret = try await client.create(secret, .secrets, namespace: namespace)
      logger.notice(
        known == nil ? "certificates made" : "the Secret of the certificates was gone and is restored", metadata: place)
      wrote(created)
      return now
    } catch let error as KubernetesError where error.code == .alreadyExists {
      return await readWinner()
    } catch {
      return failed(error, "create")
    }
  }

  /// Another replica was faster: its Secret counts.
  private func readWinner() async -> Timestamp {
    do {
      let winner: Secret = try await client.get(
        .secrets, namespace: configuration.namespace, name: configuration.secretName)
      wrote(winner)
      return time.now()
    } catch {
      return failed(error, "get")
    }
  }

  /// - Returns: when to look again.
  func write(_ certificates: CertificateSet, into secret: Secret, why: String) async -> Timestamp {
    let now = time.now()
    if let next = memory.withLock({ $0.pace.next(after: now) }) { return next }
    do {
      let replaced: Secret = try await client.replace(
        CertificateSecret.replaced(secret, by: certificates), .secrets, namespace: configuration.namespace,
        name: configuration.secretName)
      logger.notice("certificates renewed", metadata: place.merging(["why": "\(why)"]) { $1 })
      wrote(replaced)
      return now
    } catch let error as KubernetesError where error.code == .conflict || error.code == .notFound {
      // Somebody else was faster: what is there now is looked at.
      ahead.forget()
      memory.withLock { $0.pace.hasFailed(at: now) }
      return now + .seconds(1)
    } catch {
      return failed(error, "update")
    }
  }

  /// Replaces what cannot be read.
  ///
  /// - Returns: when to look again.
  func repair(_ secret: Secret, _ error: CertificateError) async -> Timestamp {
    let version = secret.metadata.resourceVersion ?? ""
    let isNews = memory.withLock { memory in
      defer { memory.unreadableVersion = version }
      return memory.unreadableVersion != version
    }
    if isNews {
      logger.warning(
        "the Secret of the certificates cannot be read", metadata: place.merging(["error": "\(error)"]) { $1 })
    }
    let now = time.now()
    guard mayWrite else { return now + .seconds(60) }
    do {
      let known = memory.withLock(\.certificates)
      let certificates = try known ?? CertificateSet.make(names: configuration.names, now: now)
      return await write(certificates, into: secret, why: "the Secret could not be read")
    } catch {
      return failed(error, "update")
    }
  }

  private func wrote(_ secret: Secret) {
    let now = time.now()
    ahead.note(secret, at: now)
    writing.ended(configuration.secretName)
    memory.withLock { $0.pace.hasWritten(at: now) }
  }

  private func failed(_ error: any Error, _ verb: String) -> Timestamp {
    let now = time.now()
    let next = memory.withLock { memory in
      memory.pace.hasFailed(at: now)
      return memory.pace.next(after: now)
    }
    let isRefused = (error as? KubernetesError)?.code == .forbidden
    let advice =
      isRefused ? "allow verb \(verb) on this Secret, or give certificates by --cert-dir" : "it is tried again"
    writing.failed(
      configuration.secretName, error, ["namespace": "\(configuration.namespace)", "advice": "\(advice)"])
    return next ?? now + .seconds(1)
  }

  private var place: Logger.Metadata {
    ["namespace": "\(configuration.namespace)", "secret": "\(configuration.secretName)"]
  }
}
