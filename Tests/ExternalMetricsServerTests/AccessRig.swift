import ExternalMetricsServer
import HTTPServing
import KubernetesAPI
import Synchronization
import TestSupport
import Testing

/// A cluster that says who has a token and who may do what, and remembers what it was asked.
final class TestCluster: TokenReviewer, AccessReviewer {
  struct Down: Error, CustomStringConvertible {
    let description = "dial tcp 10.0.0.1:443: secret-host refused"
  }

  private struct State {
    var tokens: [String: AccessUser] = [:]
    var mayRead: @Sendable (AccessQuestion) -> Bool = { _ in true }
    var isDown = false
    var isHanging = false
    var reviewedTokens: [String] = []
    var questions: [AccessQuestion] = []
  }

  private let state = Mutex(State())

  /// The HPA controller may read all metrics, `reader` one, and everybody reads discovery, as in a real cluster.
  static func usual() -> TestCluster {
    let cluster = TestCluster()
    cluster.state.withLock { state in
      state.tokens = [
        "good": AccessUser(name: "jane", uid: "7", groups: ["developers"]),
        "poor": AccessUser(name: "nobody-special"),
        "reader": AccessUser(name: "reader"),
      ]
      state.mayRead = { question in
        switch question.action {
        case .path(_, let verb): return verb == "get" && question.user.groups.contains("system:authenticated")
        case .resource(let asked):
          let isRead = asked.verb == "list" && asked.group == "external.metrics.k8s.io"
          if ["hpa", "jane"].contains(question.user.name) { return isRead }
          return isRead && question.user.name == "reader" && asked.namespace == "ai-inference"
            && asked.resource == "redis_stream_length"
        }
      }
    }
    return cluster
  }

  var isDown: Bool {
    get { state.withLock { $0.isDown } }
    set { state.withLock { $0.isDown = newValue } }
  }

  /// Answers nothing until this is over, or the task is cancelled.
  var isHanging: Bool {
    get { state.withLock { $0.isHanging } }
    set { state.withLock { $0.isHanging = newValue } }
  }

  var questions: [AccessQuestion] { state.withLock { $0.questions } }
  var reviewedTokens: [String] { state.withLock { $0.reviewedTokens } }

  func forget(token: String) { state.withLock { $0.tokens[token] = nil } }
  func allow(_ rule: @escaping @Sendable (AccessQuestion) -> Bool) { state.withLock { $0.mayRead = rule } }

  func review(_ token: BearerToken) async throws -> TokenVerdict {
    state.withLock { $0.reviewedTokens.append(token.secret) }
    try await beReachable()
    return state.withLock { $0.tokens[token.secret] }.map { .valid($0) } ?? .invalid
  }

  func isAllowed(_ question: AccessQuestion) async throws -> Bool {
    state.withLock { $0.questions.append(question) }
    try await beReachable()
    return state.withLock { $0.mayRead }(question)
  }

  private func beReachable() async throws {
    try? await eventually("it is reachable", within: .seconds(60)) { !isHanging || Task.isCancelled }
    try Task.checkCancellation()
    if isDown { throw Down() }
  }
}

/// A clock that the test moves.
final class TestClock: Sendable {
  private let time = Mutex(Timestamp(seconds: TestClock.start))
  /// 2026-01-01T00:00:00Z.
  static let start: Int64 = 1_767_225_600

  func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }

  var now: Timestamp { time.withLock { $0 } }

  var clock: DelegatedAccess.Clock {
    DelegatedAccess.Clock(
      now: { self.now },
      sleep: { duration in
        let end = self.now + duration
        try? await eventually("the time has come", within: .seconds(60)) { self.now >= end || Task.isCancelled }
        try Task.checkCancellation()
      })
  }
}

/// A guarded metrics API without a network.
struct AccessRig {
  static let validity = TestIssuer.Validity(from: TestClock.start - 86_400, to: TestClock.start + 86_400)
  static let metric = Asking.base + "/namespaces/ai-inference/redis_stream_length"

  let cluster = TestCluster.usual()
  let time = TestClock()
  let access: DelegatedAccess
  let responder: AuthenticatingResponder
  /// Statuses of the refusals.
  let refusals = RefusalLog()

  init(
    allowedNames: [String] = ["front-proxy-client"], settings: DelegatedAccess.Settings = DelegatedAccess.Settings()
  ) throws {
    let proxy = try TestIssuer.root("front proxy", validity: Self.validity)
    let client = try TestIssuer.root("clients", validity: Self.validity)
    try self.init(
      configuration: DelegatedAccess.Configuration(
        frontProxy: DelegatedAccess.FrontProxy(
          authoritiesPEM: proxy.certificatePEM, allowedNames: allowedNames),
        clientAuthoritiesPEM: client.certificatePEM),
      settings: settings)
  }

  init(
    configuration: DelegatedAccess.Configuration, settings: DelegatedAccess.Settings = DelegatedAccess.Settings()
  ) throws {
    access = try DelegatedAccess(
      configuration, tokens: cluster, access: cluster, clock: time.clock, settings: settings)
    let refusals = refusals
    responder = AuthenticatingResponder(
      access, ExternalMetricsResponder(provider: TestMetrics(), isReady: { true }),
      onRefusal: { status, _ in refusals.add(status) })
  }

  func reply(
    _ target: String, method: HTTPMethod = .get, _ headers: [(String, String)] = [], peer: PeerIdentity? = nil
  ) throws -> HTTPReply {
    responder.respond(
      to: try #require(HTTPRequest(method: method, target: target, headers: headers, peer: peer)))
  }

  func ask(
    _ target: String, method: HTTPMethod = .get, _ headers: [(String, String)] = [], peer: PeerIdentity? = nil
  ) async throws -> HTTPResponse {
    switch try reply(target, method: method, headers, peer: peer) {
    case .now(let response): response
    case .later(let make): await make()
    }
  }

  /// The same of a metric.
  func reply(_ headers: [(String, String)] = [], peer: PeerIdentity? = nil) throws -> HTTPReply {
    try reply(Self.metric, headers, peer: peer)
  }

  func ask(_ headers: [(String, String)] = [], peer: PeerIdentity? = nil) async throws -> HTTPResponse {
    try await ask(Self.metric, headers, peer: peer)
  }

  /// A certificate that a bundle vouches for.
  static func peer(
    _ commonName: String, of bundle: String?, organizations: [String] = [], until end: Int64 = TestClock.start + 3_600
  ) -> PeerIdentity {
    PeerIdentity(
      commonName: commonName, organizations: organizations,
      verifications: bundle.map { [.init(authority: $0, validity: TestClock.start - 3_600...end)] } ?? [])
  }

  static let proxy = peer("front-proxy-client", of: "requestheader")
}

final class RefusalLog: Sendable {
  private let log = Mutex<[Int]>([])

  func add(_ status: Int) { log.withLock { $0.append(status) } }
  var statuses: [Int] { log.withLock { $0 } }
}
