internal import Certificates
internal import Foundation
internal import HTTPServing
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization

/// Serves a certificate given by files, as cert-manager and Secret volumes mount it: `tls.crt`, `tls.key`, and `ca.crt`
/// where the API server is to be told whom to trust. Nothing is written to Secrets.
///
/// The files are read every few seconds and compared by what is in them, for a volume changes by swapping a link. A pair
/// that does not go together (half written, broken) changes nothing: the one before stays in use.
final class CertificateFileKeeper: Sendable {
  struct Configuration: Sendable {
    var folder: String
    var interval = Duration.seconds(5)
    /// Nil where its `caBundle` is not Swell's business. Both need `ca.crt`.
    var apiService: String?
    var webhookConfiguration: String?
    /// `namespace/name` of Swell's Service: an APIService that names another is not Swell's. Nil: it is.
    var service: String?
    var fieldManager = "swell"
  }

  let identity: ServedIdentity

  private let configuration: Configuration
  private let time: any TimeSource
  private let logger: Logger
  private let isLeader: @Sendable () -> Bool
  private let wakeUp: WakeUp
  private let bundles: [CABundleKeeper]
  private let told = Mutex<String?>(nil)

  /// - Parameters:
  ///   - client: for `caBundle`s; nil where none is managed.
  ///   - isLeader: whether this replica may write; call `leadershipChanged` when it changes.
  ///   - onIdentity: told of the first certificate and of each new one.
  init(
    _ client: KubernetesClient?, _ configuration: Configuration, time: any TimeSource, logger: Logger,
    isLeader: @escaping @Sendable () -> Bool, onIdentity: @escaping @Sendable (TLSIdentity) -> Void
  ) {
    self.configuration = configuration
    self.time = time
    self.logger = logger
    self.isLeader = isLeader
    identity = ServedIdentity(onChange: onIdentity)
    let wakeUp = WakeUp()
    self.wakeUp = wakeUp
    bundles =
      client.map {
        CABundleKeeper.keepers(
          $0, apiService: configuration.apiService, service: configuration.service,
          webhookConfiguration: configuration.webhookConfiguration,
          fieldManager: configuration.fieldManager, time: time, logger: logger, onChange: wakeUp.poke)
      } ?? []
  }

  func leadershipChanged() {
    if !isLeader() { for bundle in bundles { bundle.forgetFailures() } }
    wakeUp.poke()
  }

  /// Until cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      for bundle in bundles { group.addTask { await bundle.run() } }
      if !bundles.isEmpty {
        group.addTask { [bundles, time, logger] in
          await FailureLog.ofCertificates(logger, time).follow(time: time) { bundles.failures }
        }
      }
      while !Task.isCancelled {
        load()
        var next = time.now() + configuration.interval
        if isLeader(), let authorities = try? read("ca.crt") {
          for bundle in bundles {
            if let retry = await bundle.publish(authorities) { next = min(next, retry) }
          }
        }
        await wakeUp.wait(until: next, time: time)
      }
    }
  }

  /// Looks at the files once. For a start that must not go on without a certificate: call it before `run`.
  ///
  /// - Returns: what is wrong with them; nil when they are in use.
  @discardableResult
  func load() -> String? {
    let problem = problemOfFiles()
    let isNews = told.withLock { told in
      defer { told = problem }
      return told != problem
    }
    if isNews, let problem {
      logger.error(
        "a certificate file cannot be used; what was in it before stays in use",
        metadata: ["folder": "\(configuration.folder)", "error": "\(problem)"])
    }
    return problem
  }

  private func problemOfFiles() -> String? {
    do {
      try loadIdentity()
      try checkAuthorities()
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func loadIdentity() throws(FileProblem) {
    let certificate = try read("tls.crt")
    let key = try read("tls.key")
    do {
      if try identity.replace(certificatePEM: certificate, keyPEM: key) {
        logger.info("serving certificate loaded", metadata: ["folder": "\(configuration.folder)"])
      }
    } catch {
      throw FileProblem("\(configuration.folder)/\(Self.cause(of: error, certificate: certificate, key: key))")
    }
  }

  /// Which of the two files is wrong, which the server's own error does not say.
  private static func cause(of error: HTTPServerError, certificate: String, key: String) -> String {
    do {
      _ = try ServingCertificate(certificatePEM: certificate, privateKeyPEM: key)
      return "tls.crt and tls.key: \(error.message)"
    } catch {
      return error.message
    }
  }

  /// There may be none, or an empty one, as cert-manager writes it for an issuer that tells no authority.
  private func checkAuthorities() throws(FileProblem) {
    let file = "\(configuration.folder)/ca.crt"
    guard FileManager.default.fileExists(atPath: file) else { return }
    let text = try read("ca.crt")
    guard text.isEmpty || PEMBundle(text) != nil else {
      throw FileProblem("\(file) holds no PEM certificate, or something that is none")
    }
  }

  /// What is wrong with which file; holds nothing of what is in it.
  private struct FileProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }

  /// A certificate of more than a megabyte is none.
  private func read(_ name: String) throws(FileProblem) -> String {
    let path = "\(configuration.folder)/\(name)"
    guard FileManager.default.fileExists(atPath: path) else { throw FileProblem("\(path) does not exist") }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw FileProblem("\(path) may not be read: its mode or owner does not let this user")
    }
    defer { try? handle.close() }
    let data: Data
    do {
      // Of an empty file there is nothing to read.
      data = try handle.read(upToCount: 1_048_577) ?? Data()
    } catch {
      throw FileProblem("\(path) cannot be read: it is no file")
    }
    guard data.count <= 1_048_576 else { throw FileProblem("\(path) is larger than 1 MiB") }
    return String(decoding: data, as: UTF8.self)
  }
}
