internal import Certificates
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization

/// Keeps the `caBundle` of one object right, by server-side apply. An object that does not exist is looked at again when
/// it appears.
final class CABundleKeeper: Sendable {
  private struct State {
    var pace = WritePace()
    /// The resource version over which was written, and until when the watch may take to tell of it.
    var written: (over: String?, end: Timestamp)?
    /// Why there is nothing to do, as it was said last.
    var told: String?

    /// Nil when it may be written now: not while the watch is behind, nor too often.
    func next(after now: Timestamp, watched: String?) -> Timestamp? {
      if let written, written.over == watched, now < written.end { return written.end }
      return pace.next(after: now)
    }
  }

  private let client: KubernetesClient
  private let type: ResourceType
  private let name: String
  private let service: String?
  private let fieldManager: String
  private let time: any TimeSource
  private let logger: Logger
  private let log: FailureLog<String>
  private let reflector: Reflector<CABundleHolder>
  private let state = Mutex(State())

  /// - Parameters:
  ///   - service: `namespace/name` of Swell's Service; an APIService that names another is left alone.
  ///   - onChange: called when the object may have changed.
  init(
    _ client: KubernetesClient, _ type: ResourceType, name: String, service: String?, fieldManager: String,
    time: any TimeSource, logger: Logger, onChange: @escaping @Sendable () -> Void
  ) {
    self.service = service
    self.client = client
    self.type = type
    self.name = name
    self.fieldManager = fieldManager
    self.time = time
    self.logger = logger
    log = FailureLog(
      logger, .error, time: time, label: "name", problem: "caBundle cannot be written",
      end: "caBundle is as it should be again")
    reflector = Reflector(
      client, type, fieldSelector: "metadata.name=\(name)", time: time, onChange: { _ in onChange() })
  }

  /// Those of the objects that are given by name.
  static func keepers(
    _ client: KubernetesClient, apiService: String?, service: String?, webhookConfiguration: String?,
    fieldManager: String, time: any TimeSource, logger: Logger, onChange: @escaping @Sendable () -> Void
  ) -> [CABundleKeeper] {
    let objects: [(ResourceType, String?)] = [
      (.apiServices, apiService), (.validatingWebhookConfigurations, webhookConfiguration),
    ]
    return objects.compactMap { type, name in
      name.map {
        CABundleKeeper(
          client, type, name: $0, service: service, fieldManager: fieldManager, time: time, logger: logger,
          onChange: onChange)
      }
    }
  }

  func run() async { await reflector.run() }

  /// Why it is not known what the object is like now; nil while it is.
  var failures: [String: KubernetesError] {
    reflector.lastFailure.map { ["\(type.kind) \(name)": $0] } ?? [:]
  }

  /// What could not be written is another replica's to tell from now on.
  func forgetFailures() { log.forgetAll() }

  /// Whether everybody who looks at the object has this bundle. Also when there is no such object, or somebody else sees
  /// to it.
  func isPublished(_ bundle: PEMBundle) -> Bool {
    guard reflector.isSynced else { return false }
    guard let object, !object.isInjectedByOthers, !object.isServed(byOtherThan: service) else { return true }
    return object.holds(bundle, as: type)
  }

  /// Puts the bundle right where it is not.
  ///
  /// - Returns: when to try again; nil when there is nothing to do.
  func publish(_ pem: String) async -> Timestamp? {
    guard reflector.isSynced, let bundle = PEMBundle(pem) else { return nil }
    guard let object else {
      tell(.notice, "the object that refers the cluster to Swell is missing: apply it with Swell's manifests")
      return nil
    }
    if object.isServed(byOtherThan: service) {
      tell(.warning, "caBundle is left alone: the object names another Service than Swell's")
      return nil
    }
    if object.isInjectedByOthers {
      tell(.notice, "caBundle is left to cert-manager, which the object's annotation names")
      return nil
    }
    state.withLock { $0.told = nil }
    guard !object.holds(bundle, as: type) else {
      log.ended(name)
      return nil
    }
    let now = time.now()
    if let next = state.withLock({ $0.next(after: now, watched: object.metadata.resourceVersion) }) { return next }
    do throws(KubernetesError) {
      let body = object.application(of: pem, as: type)
      let _: IgnoredAnswer = try await client.patch(
        .apply(body, fieldManager: fieldManager, force: true), type, namespace: nil, name: name)
      let end = time.now() + .seconds(5)
      state.withLock { state in
        state.pace.hasWritten(at: time.now())
        state.written = (object.metadata.resourceVersion, end)
      }
      logger.info("caBundle written", metadata: ["kind": "\(type.kind)", "name": "\(name)"])
      return end
    } catch {
      if error.isCancellation { return nil }
      state.withLock { $0.pace.hasFailed(at: time.now()) }
      // Deleted meanwhile, or another object by now: the watch tells.
      if error.code != .conflict, error.code != .notFound {
        log.failed(name, error, ["kind": "\(type.kind)", "advice": "\(advice(error))"])
      }
      return state.withLock { $0.pace.next(after: time.now()) } ?? time.now()
    }
  }

  private var object: CABundleHolder? { reflector.object(named: name, in: nil) }

  private func advice(_ error: KubernetesError) -> String {
    error.code == .forbidden
      ? "allow verb patch on \(type.groupResource) \(name), or switch its management off" : "it is tried again"
  }

  /// Says why there is nothing to do, once until that changes.
  private func tell(_ level: Logger.Level, _ message: String) {
    let isNews = state.withLock { state in
      defer { state.told = message }
      return state.told != message
    }
    guard isNews else { return }
    logger.log(level: level, "\(message)", metadata: ["kind": "\(type.kind)", "name": "\(name)"])
  }
}

/// How fast something may be written that somebody else may be writing too: at once, then with gaps that double from 1 s
/// to 30 s, until it was quiet for a minute.
struct WritePace {
  private var last: Timestamp?
  private var gap = Duration.seconds(0)

  static let longest = Duration.seconds(30)

  /// Nil when it may be written now.
  func next(after now: Timestamp) -> Timestamp? {
    guard let last, now < last + gap else { return nil }
    return last + gap
  }

  mutating func hasWritten(at now: Timestamp) { advance(to: now) }

  mutating func hasFailed(at now: Timestamp) { advance(to: now) }

  private mutating func advance(to now: Timestamp) {
    let isQuiet = last.map { now - $0 > .seconds(60) + gap } ?? true
    gap = isQuiet ? .seconds(1) : min(max(gap, .seconds(1)) * 2, Self.longest)
    last = now
  }
}
