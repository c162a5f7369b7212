import HTTPServing
import TestSupport
import Testing

/// Real handshakes with client certificates: the server takes everybody, and says who vouches for whom.
@Suite(.enabled("the curl program is needed") { await Curl.isInstalled })
struct ClientCertificateTests {
  static let now: Int64 = 784_111_777
  static let validity = TestIssuer.Validity(from: now - 86_400, to: now + 86_400)

  /// A certificate, and the bundles that ought to vouch for it.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var vouchers: String
    var commonName = "jane"
    var make: @Sendable (TestIssuer) throws -> TestIssuer.Identity

    var testDescription: String { name }
  }

  /// `root` is the authority of the bundle "client"; the bundle "requestheader" has another one.
  static let cases: [Case] = [
    Case(name: "right authority", vouchers: "client") { try $0.issue("jane") },
    Case(name: "purposes left open", vouchers: "client") { try $0.issue("jane", purposes: nil) },
    Case(name: "any purpose", vouchers: "client") { try $0.issue("jane", purposes: [.any]) },
    Case(name: "for servers and clients", vouchers: "client") { try $0.issue("jane", purposes: [.server, .client]) },
    Case(name: "for servers only", vouchers: "") { try $0.issue("jane", purposes: [.server]) },
    Case(name: "with names", vouchers: "client") { try $0.issue("jane", names: ["jane.example"]) },
    Case(name: "unknown authority", vouchers: "") { _ in
      try TestIssuer.root("stranger", validity: validity).issue("jane")
    },
    Case(name: "authority of the same name with another key", vouchers: "") { _ in
      try TestIssuer.root("root", validity: validity).issue("jane")
    },
    Case(name: "expired", vouchers: "") {
      try $0.issue("jane", validity: TestIssuer.Validity(from: now - 7_200, to: now - 3_600))
    },
    Case(name: "not valid yet", vouchers: "") {
      try $0.issue("jane", validity: TestIssuer.Validity(from: now + 3_600, to: now + 7_200))
    },
    Case(name: "valid to this second", vouchers: "client") {
      try $0.issue("jane", validity: TestIssuer.Validity(from: now - 10, to: now))
    },
    Case(name: "unknown critical extension", vouchers: "") {
      try $0.issue("jane", hasUnknownCriticalExtension: true)
    },
    Case(name: "through an intermediate", vouchers: "client") { try $0.intermediate("between").issue("jane") },
    Case(name: "through two intermediates", vouchers: "client") {
      try $0.intermediate("upper").intermediate("lower").issue("jane")
    },
    Case(name: "intermediate for servers only", vouchers: "") {
      try $0.intermediate("between", purposes: [.server]).issue("jane")
    },
    Case(name: "intermediate is no authority", vouchers: "") {
      try $0.intermediate("between", isAuthority: false).issue("jane")
    },
    Case(name: "intermediate may not sign", vouchers: "") {
      try $0.intermediate("between", signsCertificates: false).issue("jane")
    },
    Case(name: "intermediate has expired", vouchers: "") {
      try $0.intermediate("between", validity: TestIssuer.Validity(from: now - 7_200, to: now - 3_600)).issue("jane")
    },
    Case(name: "no common name", vouchers: "client", commonName: "") { try $0.issue("") },
  ]

  @Test(arguments: cases, [["--http1.1", "--tls-max", "1.2"], ["--http2"]])
  func whoVouchesIsTold(of certificate: Case, by arguments: [String]) async throws {
    let root = try TestIssuer.root("root", validity: Self.validity)
    let identity = try certificate.make(root)
    try await Self.serve(root) { server, _ in
      let folder = try TemporaryFolder()
      let curl = try await Curl.run(server, "/", arguments + ["-k"] + Self.files(identity, in: folder))
      #expect(curl.status == 0, "\(curl.output)")
      #expect(curl.output == "cn=\(certificate.commonName) by=\(certificate.vouchers)")
    }
  }

  @Test(arguments: ["--http1.1", "--http2"])
  func nobodyNeedsACertificate(version: String) async throws {
    let root = try TestIssuer.root("root", validity: Self.validity)
    try await Self.serve(root) { server, _ in
      let curl = try await Curl.run(server, "/", [version, "-k"])
      #expect(curl.output == "nobody")
    }
  }

  @Test func withoutAuthoritiesNobodyIsAsked() async throws {
    let root = try TestIssuer.root("root", validity: Self.validity)
    let folder = try TemporaryFolder()
    let arguments = ["-k"] + (try Self.files(try root.issue("jane"), in: folder))
    try await ServerRig.run(identity: try .selfSigned(), responder: PeerResponder()) { server in
      let curl = try await Curl.run(server, "/", arguments)
      #expect(curl.output == "nobody")
    }
  }

  @Test func namesAreTold() async throws {
    let root = try TestIssuer.root("root", validity: Self.validity)
    let identity = try root.issue("jane", organizations: ["developers", "system:masters"], names: ["jane.example"])
    try await Self.serve(root) { server, _ in
      let folder = try TemporaryFolder()
      let curl = try await Curl.run(server, "/names", ["-k"] + Self.files(identity, in: folder))
      #expect(curl.output == "jane [developers, system:masters] [jane.example]")
    }
  }

  /// New connections go by the new authorities, and open ones from their next request on.
  @Test func authoritiesCanBeReplaced() async throws {
    let root = try TestIssuer.root("root", validity: Self.validity)
    let next = try TestIssuer.root("next", validity: Self.validity)
    let (old, new) = (try root.issue("old"), try next.issue("new"))
    try await Self.serve(root) { server, authorities in
      let folder = try TemporaryFolder()
      let (oldFiles, newFiles) = (
        ["-k"] + (try Self.files(old, in: folder)), ["-k"] + (try Self.files(new, in: folder))
      )
      #expect(try await Curl.run(server, "/", oldFiles).output == "cn=old by=client")
      #expect(try await Curl.run(server, "/", newFiles).output == "cn=new by=")
      #expect(throws: HTTPServerError.self) { try authorities.replace(["client": "nonsense"]) }
      #expect(try await Curl.run(server, "/", oldFiles).output == "cn=old by=client")

      // One connection on both sides of the change, which its first request brings about.
      for version in ["--http1.1", "--http2"] {
        try authorities.replace(["client": root.certificatePEM])
        let open = try await Curl.run(server, "/replace?[1-3]", [version, "-w", "%{num_connects};"] + oldFiles)
        #expect(open.output == "cn=old by=client|1;cn=old by=|0;cn=old by=|0;")
      }
      #expect(try await Curl.run(server, "/", newFiles).output == "cn=new by=client")
      #expect(try await Curl.run(server, "/", oldFiles).output == "cn=old by=")
    } whenAsked: { authorities in
      try? authorities.replace(["client": next.certificatePEM])
    }
  }

  /// A resumed session has no certificates of its own; who was known at its start is known.
  @Test(
    .enabled("the openssl program is needed") {
      (try? await ChildProcess.start("openssl", ["version"]).waitUntilExit()) == 0
    },
    arguments: ["-tls1_2", "-tls1_3"])
  func aResumedSessionKeepsTheIdentity(version: String) async throws {
    let root = try TestIssuer.root("root", validity: Self.validity)
    let identity = try root.intermediate("between").issue("jane")
    try await Self.serve(root) { server, _ in
      let folder = try TemporaryFolder()
      let files = try Self.files(identity, in: folder)
      func ask(_ session: String) async throws -> String {
        let request = #"(printf 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'; sleep 0.5)"#
        let child = try await ChildProcess.start(
          "sh",
          [
            "-c",
            "\(request) | openssl s_client -connect 127.0.0.1:\(server.boundAddress.port) \(version) -ign_eof "
              + "-cert \(files[1]) -cert_chain \(files[1]) -key \(files[3]) \(session) 2>&1",
          ])
        _ = try await child.waitUntilExit(within: .seconds(30))
        return child.output
      }
      let session = folder.path("session")
      let first = try await ask("-sess_out \(session)")
      #expect(first.contains("New, TLSv") && first.contains("cn=jane by=client"), "\(first)")
      let second = try await ask("-sess_in \(session)")
      #expect(second.contains("cn=jane by=client"), "\(second)")
      #expect(second.contains("Reused, TLSv"), "\(second)")
    }
  }

  // MARK: Support

  private static func serve(
    _ root: TestIssuer, _ body: (HTTPServer, ClientAuthorities) async throws -> Void,
    whenAsked: @escaping @Sendable (ClientAuthorities) -> Void = { _ in }
  ) async throws {
    let authorities = ClientAuthorities()
    try authorities.replace([
      "client": root.certificatePEM,
      "requestheader": try TestIssuer.root("front proxy", validity: validity).certificatePEM,
    ])
    let responder = PeerResponder(whenAsked: { whenAsked(authorities) })
    try await ServerRig.run(identity: try .selfSigned(), clientAuthorities: authorities, responder: responder) {
      try await body($0, authorities)
    }
  }

  private static func files(_ identity: TestIssuer.Identity, in folder: TemporaryFolder) throws -> [String] {
    let name = "\(identity.keyPEM.hashValue)"
    return [
      "--cert", try folder.write(identity.chainPEM, to: "\(name).crt"), "--key",
      try folder.write(identity.keyPEM, to: "\(name).key"),
    ]
  }
}

/// Answers with what it knows of the client.
struct PeerResponder: HTTPResponder {
  var whenAsked: @Sendable () -> Void = {}

  func respond(to request: HTTPRequest) -> HTTPReply {
    guard let peer = request.peer else { return .now(.text("nobody")) }
    let vouchers = ["client", "requestheader"].filter { peer.isVerified(by: $0, at: ClientCertificateTests.now) }
    let text = "cn=\(peer.commonName) by=\(vouchers.joined(separator: ","))"
    switch request.path {
    case "/names":
      let groups = peer.organizations.joined(separator: ", ")
      return .now(.text("\(peer.commonName) [\(groups)] [\(peer.dnsNames.joined(separator: ", "))]"))
    case "/replace":
      whenAsked()
      return .now(.text(text + "|"))
    default:
      return .now(.text(text))
    }
  }
}
