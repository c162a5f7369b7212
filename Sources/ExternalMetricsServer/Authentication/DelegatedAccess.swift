public import HTTPServing
public import KubernetesAPI
internal import Synchronization

/// Who may ask the metrics API, as the cluster decides it: what Kubernetes calls delegated authentication and
/// authorization of an aggregated API server.
///
/// Users come from the front proxy's headers, from client certificates, or from bearer tokens by `TokenReview`; what they
/// may do, from `SubjectAccessReview`. What has been decided is in memory for some seconds and costs no wait.
///
/// ```swift
/// let access = try DelegatedAccess(
///   DelegatedAccess.Configuration(configMap: map.data), tokens: reviews, access: reviews, clock: .system)
/// configuration.clientAuthorities = access.clientAuthorities
/// try await HTTPServer.bind(configuration, responder: AuthenticatingResponder(access, metrics))
/// // When the ConfigMap changes:
/// try access.replaceConfiguration(DelegatedAccess.Configuration(configMap: map.data))
/// ```
public final class DelegatedAccess: Sendable {
  /// Times and bounds. The defaults are those of Kubernetes' own aggregated API servers.
  public struct Settings: Sendable {
    /// How long a token that is good stays so.
    public var validTokenLifetime: Duration = .seconds(10)
    public var invalidTokenLifetime: Duration = .seconds(10)
    public var allowedLifetime: Duration = .seconds(10)
    public var deniedLifetime: Duration = .seconds(10)
    /// Answers kept of each kind.
    public var cacheCapacity = 4096
    /// How long one review may take.
    public var reviewTimeout: Duration = .seconds(5)
    /// Reviews of each kind under way at a time; what goes beyond is answered with 503.
    public var concurrentReviews = 256
    /// Paths that everybody may read, without a look at who asks: what probes ask.
    public var alwaysAllowedPaths: Set<String> = ["/healthz", "/livez", "/readyz"]
    /// Groups that may do everything.
    public var alwaysAllowedGroups: Set<String> = [AccessUser.mastersGroup]

    public init() {}
  }

  /// Time, as it is injected.
  public struct Clock: Sendable {
    public var now: @Sendable () -> Timestamp
    /// Throws when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void

    public init(now: @escaping @Sendable () -> Timestamp, sleep: @escaping @Sendable (Duration) async throws -> Void) {
      self.now = now
      self.sleep = sleep
    }

    /// The machine's.
    public static let system = Clock(
      now: { Timestamp(nanoseconds: SystemClock.nanosecondsSinceEpoch()) },
      sleep: { try await ContinuousClock().sleep(for: $0) })
  }

  /// A configuration, and what is remembered only as long as it is in force.
  final class Active: Sendable {
    let configuration: Configuration
    /// nil without a front proxy.
    let callers: ProxiedCallers?

    init(_ configuration: Configuration) {
      self.configuration = configuration
      callers = configuration.frontProxy.map(ProxiedCallers.init)
    }
  }

  /// The bundles of the configuration, for ``HTTPServerConfiguration/clientAuthorities`` of the server before which this
  /// stands.
  public let clientAuthorities = ClientAuthorities()

  static let frontProxyBundle = "requestheader"
  static let clientBundle = "client"

  let settings: Settings
  let clock: Clock
  let tokenReviewer: any TokenReviewer
  let accessReviewer: any AccessReviewer
  let tokens: ReviewCache<TokenKey, TokenVerdict>
  let decisions: ReviewCache<AccessQuestion, Bool>
  private let current: Mutex<Active>

  /// - Throws: ``DelegatedAccessError`` when an authority of the configuration is no PEM.
  public init(
    _ configuration: Configuration, tokens tokenReviewer: any TokenReviewer, access accessReviewer: any AccessReviewer,
    clock: Clock, settings: Settings = Settings()
  ) throws(DelegatedAccessError) {
    self.settings = settings
    self.clock = clock
    self.tokenReviewer = tokenReviewer
    self.accessReviewer = accessReviewer
    tokens = ReviewCache(settings: settings, clock: clock) { verdict in
      verdict == .invalid ? settings.invalidTokenLifetime : settings.validTokenLifetime
    }
    decisions = ReviewCache(settings: settings, clock: clock) { isAllowed in
      isAllowed ? settings.allowedLifetime : settings.deniedLifetime
    }
    current = Mutex(Active(configuration))
    try replaceConfiguration(configuration)
  }

  /// Takes another configuration, as when the cluster's authorities rotate. Open connections are judged by it, too.
  ///
  /// - Throws: ``DelegatedAccessError`` when an authority is no PEM; everything stays as it was.
  public func replaceConfiguration(_ configuration: Configuration) throws(DelegatedAccessError) {
    var bundles: [String: String] = [:]
    bundles[Self.frontProxyBundle] = configuration.frontProxy?.authoritiesPEM
    bundles[Self.clientBundle] = configuration.clientAuthoritiesPEM
    do {
      try clientAuthorities.replace(bundles)
    } catch {
      let isClient = configuration.clientAuthoritiesPEM.map { !ClientAuthorities.isBundle($0) } ?? false
      throw DelegatedAccessError(
        key: isClient ? "client-ca-file" : "requestheader-client-ca-file",
        message: "holds no certificate: give one or more in PEM")
    }
    let active = Active(configuration)
    current.withLock { $0 = active }
  }

  /// What is in force.
  public var configuration: Configuration { active.configuration }

  var active: Active { current.withLock { $0 } }

  /// Answers of the cluster in memory, of both kinds; for telemetry.
  public var rememberedAnswers: Int { tokens.count + decisions.count }
}
