import ExternalMetricsServer
import HTTPServing
import KubernetesAPI
import TestSupport
import Testing

/// Who is taken for whom, and who for nobody.
@Suite struct AuthenticationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var peer: PeerIdentity?
    var headers: [(String, String)] = []
    /// Of whom the cluster is asked; nil for nobody, which is a 401.
    var user: AccessUser?

    var testDescription: String { name }
  }

  static let hpa: [(String, String)] = [
    ("X-Remote-User", "hpa"), ("X-Remote-Group", "system:serviceaccounts"),
    ("X-Remote-Group", "system:serviceaccounts:kube-system"), ("X-Remote-Extra-Scopes", "all"),
    ("x-remote-extra-authentication.kubernetes.io%2Fcredential-id", "JTI=1"), ("X-Remote-Uid", "42"),
  ]
  static let hpaUser = AccessUser(
    name: "hpa", uid: "42",
    groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
    extra: ["scopes": ["all"], "authentication.kubernetes.io/credential-id": ["JTI=1"]])
  static let jane = AccessUser(name: "jane", groups: ["developers", "system:authenticated"])
  static let janePeer = AccessRig.peer("jane", of: "client", organizations: ["developers"])
  static let token = [("Authorization", "Bearer good")]

  static let cases: [Case] = [
    Case(name: "front proxy", peer: AccessRig.proxy, headers: hpa, user: hpaUser),
    Case(
      name: "front proxy for somebody already authenticated", peer: AccessRig.proxy,
      headers: [("x-remote-user", "a"), ("x-remote-group", "system:authenticated")],
      user: AccessUser(name: "a", groups: ["system:authenticated"])),
    Case(
      name: "front proxy for nobody in particular", peer: AccessRig.proxy,
      headers: [("X-Remote-User", "system:anonymous"), ("X-Remote-Group", "system:unauthenticated")],
      user: AccessUser(name: "system:anonymous", groups: ["system:unauthenticated"])),
    Case(
      name: "front proxy, the first user counts", peer: AccessRig.proxy,
      headers: [("X-Remote-User", "a"), ("X-Remote-User", "b")],
      user: AccessUser(name: "a", groups: ["system:authenticated"])),
    Case(name: "front proxy without a user", peer: AccessRig.proxy),
    Case(name: "front proxy with an empty user", peer: AccessRig.proxy, headers: [("X-Remote-User", "")]),
    Case(
      name: "front proxy with a token", peer: AccessRig.proxy, headers: token,
      user: AccessUser(name: "jane", uid: "7", groups: ["developers", "system:authenticated"])),
    Case(name: "name not allowed", peer: AccessRig.peer("someone", of: "requestheader"), headers: hpa),
    Case(name: "name as a prefix", peer: AccessRig.peer("front-proxy-client2", of: "requestheader"), headers: hpa),
    Case(name: "spoofed headers and no certificate", headers: hpa),
    Case(
      name: "spoofed headers and an unknown certificate", peer: AccessRig.peer("front-proxy-client", of: nil),
      headers: hpa),
    Case(
      name: "proxy's name from the clients' authority", peer: AccessRig.peer("front-proxy-client", of: "client"),
      headers: hpa, user: AccessUser(name: "front-proxy-client", groups: ["system:authenticated"])),
    Case(
      name: "certificate ran out since the handshake",
      peer: AccessRig.peer("front-proxy-client", of: "requestheader", until: TestClock.start - 1), headers: hpa),
    Case(name: "client certificate", peer: janePeer, user: jane),
    Case(name: "client certificate with spoofed headers", peer: janePeer, headers: hpa, user: jane),
    Case(name: "client certificate without a name", peer: AccessRig.peer("", of: "client")),
    Case(name: "client certificate of the front proxy's authority", peer: AccessRig.peer("jane", of: "requestheader")),
    Case(
      name: "token", headers: token,
      user: AccessUser(name: "jane", uid: "7", groups: ["developers", "system:authenticated"])),
    Case(
      name: "token, scheme in capitals", headers: [("authorization", "BEARER poor")],
      user: AccessUser(
        name: "nobody-special", groups: ["system:authenticated"])),
    Case(name: "unknown token", headers: [("Authorization", "Bearer stolen")]),
    Case(name: "empty token", headers: [("Authorization", "Bearer ")]),
    Case(name: "password", headers: [("Authorization", "Basic amFuZTpnb29k")]),
    Case(name: "token without a scheme", headers: [("Authorization", "good")]),
    Case(name: "nothing"),
  ]

  @Test(arguments: cases)
  func theUserIsKnown(of request: Case) async throws {
    let rig = try AccessRig()
    let response = try await rig.ask(request.headers, peer: request.peer)
    guard let user = request.user else {
      #expect(try Asking.failure(response).message == "Unauthorized")
      #expect(response.status == 401 && rig.refusals.statuses == [401])
      #expect(rig.cluster.questions.isEmpty)
      return
    }
    #expect(response.status != 401)
    #expect(!rig.cluster.questions.isEmpty)
    for question in rig.cluster.questions { #expect(question.user == user) }
  }

  @Test func withoutAllowedNamesAnyNameMayBeTheProxy() async throws {
    let rig = try AccessRig(allowedNames: [])
    #expect(try await rig.ask(Self.hpa, peer: AccessRig.peer("someone", of: "requestheader")).status == 200)
    #expect(try await rig.ask(Self.hpa, peer: AccessRig.peer("someone", of: "client")).status == 403)
    #expect(try await rig.ask(Self.hpa).status == 401)
  }

  @Test func headersHaveTheConfiguredNames() async throws {
    let rig = try AccessRig(
      configuration: DelegatedAccess.Configuration(
        frontProxy: DelegatedAccess.FrontProxy(
          authoritiesPEM: try TestIssuer.root("front proxy", validity: AccessRig.validity).certificatePEM,
          userHeaders: ["X-First", "X-Second"], uidHeaders: [], groupHeaders: ["X-Groups", "X-Teams"],
          extraHeaderPrefixes: ["X-More-"])))
    _ = try await rig.ask(
      [
        ("X-Remote-User", "spoof"), ("X-First", ""), ("X-Second", "jane"), ("X-Teams", "b"), ("X-Groups", "a"),
        ("X-Remote-Group", "spoof"), ("X-More-Key", "1"), ("x-more-key", "2"), ("X-Remote-Uid", "spoof"),
      ], peer: AccessRig.proxy)
    let user = AccessUser(name: "jane", groups: ["a", "b", "system:authenticated"], extra: ["key": ["1", "2"]])
    #expect(rig.cluster.questions.first?.user == user)
  }

  @Test(arguments: ["/healthz", "/livez", "/readyz", "/readyz?verbose", "/healthz?exclude=ping"])
  func probesNeedNobody(target: String) async throws {
    let rig = try AccessRig()
    rig.cluster.isDown = true
    for headers in [[], [("Authorization", "Bearer stolen")], Self.hpa] {
      #expect(try await rig.ask(target, headers).status == 200)
    }
    #expect(rig.cluster.questions.isEmpty && rig.cluster.reviewedTokens.isEmpty)
  }

  @Test(arguments: [
    "/", "/version", "/apis", "/apis/external.metrics.k8s.io/v1beta1", "/openapi/v2", "/openapi/v3",
    "/readyz/first-decisions", "/healthz/", "//healthz", "/metrics", "/nowhere", AccessRig.metric,
  ])
  func everythingElseNeedsSomebody(target: String) async throws {
    let rig = try AccessRig()
    #expect(try await rig.ask(target).status == 401)
    #expect(try await rig.ask(target, [("X-Remote-User", "system:admin")]).status == 401)
  }

  @Test func aProbePathMayOnlyBeRead() async throws {
    #expect(try await AccessRig().ask("/healthz", method: .post).status == 401)
  }

  /// Whoever asks to be somebody else is not answered as himself.
  @Test func impersonationIsRefused() async throws {
    let rig = try AccessRig()
    for header in ["Impersonate-User", "impersonate-group", "Impersonate-Extra-Scopes"] {
      let response = try await rig.ask(Self.token + [(header, "x")])
      #expect(response.status == 403)
      #expect(try Asking.failure(response).message?.contains("impersonation") == true)
    }
    #expect(rig.cluster.questions.isEmpty)
  }

  @Test func tokensDoNotPrint() {
    let token = BearerToken("very-secret")
    var dumped = ""
    dump(token, to: &dumped)
    for text in ["\(token)", String(reflecting: token), "\([token])", "\(Optional(token) as Any)", dumped] {
      #expect(!text.contains("very-secret"), "\(text)")
    }
  }
}
