import ExternalMetricsServer
import HTTPServing
import KubernetesAPI
import TestSupport
import Testing

/// The guarded API behind real TLS, asked by curl: certificates, headers and tokens as they come over the wire.
@Suite(
  .enabled("the curl program is needed") {
    (try? await ChildProcess.start("curl", ["--version"]).waitUntilExit()) == 0
  })
struct AccessOverTLSTests {
  static let versions = ["--http1.1", "--http2"]
  static let hpa = ["-H", "X-Remote-User: hpa", "-H", "X-Remote-Group: system:serviceaccounts"]

  /// A certificate and headers, and what they are worth.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var headers: [String] = AccessOverTLSTests.hpa
    var status: Int
    var make: @Sendable (TLSRig) throws -> TestIssuer.Identity?

    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "front proxy", status: 200) { try $0.proxy.issue("front-proxy-client") },
    Case(name: "front proxy through an intermediate", status: 200) {
      try $0.proxy.intermediate("between").issue("front-proxy-client")
    },
    Case(name: "no certificate", status: 401) { _ in nil },
    Case(name: "name not allowed", status: 401) { try $0.proxy.issue("front-proxy-clients") },
    Case(name: "not for clients", status: 401) { try $0.proxy.issue("front-proxy-client", purposes: [.server]) },
    Case(name: "expired", status: 401) {
      try $0.proxy.issue(
        "front-proxy-client",
        validity: TestIssuer.Validity(from: TestClock.start - 7_200, to: TestClock.start - 3_600))
    },
    Case(name: "unknown authority", status: 401) { _ in
      try TestIssuer.root("front proxy", validity: AccessRig.validity).issue("front-proxy-client")
    },
    Case(name: "the clients' authority in the proxy's place", status: 403) {
      try $0.clients.issue("front-proxy-client")
    },
    Case(name: "client with rights", headers: [], status: 200) { try $0.clients.issue("jane") },
    Case(name: "client with rights and a spoofed name", headers: ["-H", "X-Remote-User: nobody"], status: 200) {
      try $0.clients.issue("jane")
    },
    Case(name: "client without rights", headers: [], status: 403) { try $0.clients.issue("joe") },
    Case(name: "client without rights and a spoofed name", status: 403) { try $0.clients.issue("joe") },
    Case(name: "a master", headers: [], status: 200) {
      try $0.clients.issue("admin", organizations: ["system:masters"])
    },
    Case(name: "a master of an unknown authority", headers: [], status: 401) { _ in
      try TestIssuer.root("clients", validity: AccessRig.validity).issue("admin", organizations: ["system:masters"])
    },
    Case(name: "good token", headers: ["-H", "Authorization: Bearer good"], status: 200) { _ in nil },
    Case(name: "token without rights", headers: ["-H", "Authorization: Bearer poor"], status: 403) { _ in nil },
    Case(name: "unknown token", headers: ["-H", "Authorization: Bearer stolen"], status: 401) { _ in nil },
    Case(
      name: "unknown certificate and a good token", headers: ["-H", "Authorization: Bearer good"], status: 200
    ) { _ in
      try TestIssuer.root("stranger", validity: AccessRig.validity).issue("stranger")
    },
  ]

  @Test(arguments: cases, versions)
  func theRightOnesAreServed(request: Case, by version: String) async throws {
    try await TLSRig.run { rig in
      let answer = try await rig.curl([version] + request.headers, as: try request.make(rig))
      #expect(answer.hasSuffix("|\(request.status)"), "\(answer)")
      // Neither a value nor whether there is one.
      #expect(answer.contains(#""value":"500""#) == (request.status == 200))
      #expect(answer.contains("inference-worker") == (request.status == 200))
    }
  }

  /// One connection of the front proxy carries everybody: who asks is a matter of each request.
  @Test(arguments: versions)
  func manyUsersShareTheProxysConnection(version: String) async throws {
    try await TLSRig.run { rig in
      let identity = try rig.proxy.issue("front-proxy-client")
      var arguments: [String] = []
      for (user, next) in [("hpa", true), ("joe", true), ("reader", true), ("", true), ("hpa", false)] {
        arguments += [version, "-k", "-s", "-w", "|%{http_code} %{num_connects};", "-o", "/dev/null"]
        arguments += try rig.files(identity)
        if !user.isEmpty { arguments += ["-H", "X-Remote-User: \(user)"] }
        arguments += [rig.url] + (next ? ["--next"] : [])
      }
      let child = try await ChildProcess.start("curl", arguments)
      _ = try await child.waitUntilExit(within: .seconds(30))
      #expect(child.output == "|200 1;|403 0;|200 0;|401 0;|200 0;")
    }
  }

  @Test func authoritiesCanBeReplacedWhileRunning() async throws {
    try await TLSRig.run { rig in
      let next = try TestIssuer.root("next front proxy", validity: AccessRig.validity)
      let (old, new) = (try rig.proxy.issue("front-proxy-client"), try next.issue("front-proxy-client"))
      #expect(try await rig.curl(Self.hpa, as: old).hasSuffix("|200"))
      #expect(try await rig.curl(Self.hpa, as: new).hasSuffix("|401"))

      var configuration = rig.access.configuration
      configuration.frontProxy?.authoritiesPEM = rig.proxy.certificatePEM + next.certificatePEM
      try rig.access.replaceConfiguration(configuration)
      #expect(try await rig.curl(Self.hpa, as: old).hasSuffix("|200"))
      #expect(try await rig.curl(Self.hpa, as: new).hasSuffix("|200"))

      configuration.frontProxy?.authoritiesPEM = "not a certificate"
      #expect(throws: DelegatedAccessError.self) { try rig.access.replaceConfiguration(configuration) }
      #expect(try await rig.curl(Self.hpa, as: old).hasSuffix("|200"))

      configuration.frontProxy?.authoritiesPEM = next.certificatePEM
      try rig.access.replaceConfiguration(configuration)
      #expect(try await rig.curl(Self.hpa, as: old).hasSuffix("|401"))
      #expect(try await rig.curl(Self.hpa, as: new).hasSuffix("|200"))

      configuration.frontProxy = nil
      try rig.access.replaceConfiguration(configuration)
      #expect(try await rig.curl(Self.hpa, as: new).hasSuffix("|401"))
    }
  }

  @Test(arguments: versions)
  func probesNeedNoCertificate(version: String) async throws {
    try await TLSRig.run { rig in
      let answer = try await rig.curl([version], as: nil, target: "/readyz")
      #expect(answer == "ok|200")
    }
  }
}

/// The guarded API on a port of its own, with two authorities.
struct TLSRig: Sendable {
  let proxy: TestIssuer
  let clients: TestIssuer
  let access: DelegatedAccess
  let server: HTTPServer
  let folder: TemporaryFolder

  static func run(_ body: (TLSRig) async throws -> Void) async throws {
    let proxy = try TestIssuer.root("front proxy", validity: AccessRig.validity)
    let clients = try TestIssuer.root("clients", validity: AccessRig.validity)
    let rig = try AccessRig(
      configuration: DelegatedAccess.Configuration(
        frontProxy: DelegatedAccess.FrontProxy(
          authoritiesPEM: proxy.certificatePEM, allowedNames: ["front-proxy-client"]),
        clientAuthoritiesPEM: clients.certificatePEM))
    let server = try await HTTPServer.bind(
      HTTPServerConfiguration(
        host: "127.0.0.1", port: 0, identity: try .selfSigned(), clientAuthorities: rig.access.clientAuthorities,
        secondsSinceEpoch: { TestClock.start }),
      responder: rig.responder)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await server.run() }
      defer { group.cancelAll() }
      try await body(
        TLSRig(proxy: proxy, clients: clients, access: rig.access, server: server, folder: try TemporaryFolder()))
    }
  }

  var url: String {
    "\(server.boundAddress)\(AccessRig.metric)?labelSelector=scaledobject.keda.sh%2Fname%3Dinference-worker"
  }

  /// The body and the status, `…|200`.
  func curl(
    _ arguments: [String], as identity: TestIssuer.Identity?, target: String? = nil
  ) async throws -> String {
    let files = try identity.map(files) ?? []
    let child = try await ChildProcess.start(
      "curl",
      ["-sS", "-k", "--max-time", "20", "-w", "|%{http_code}"] + arguments + files
        + [target.map { "\(server.boundAddress)\($0)" } ?? url])
    _ = try await child.waitUntilExit(within: .seconds(30))
    return child.output
  }

  func files(_ identity: TestIssuer.Identity) throws -> [String] {
    let name = "\(identity.keyPEM.hashValue)"
    return [
      "--cert", try folder.write(identity.chainPEM, to: "\(name).crt"), "--key",
      try folder.write(identity.keyPEM, to: "\(name).key"),
    ]
  }
}
