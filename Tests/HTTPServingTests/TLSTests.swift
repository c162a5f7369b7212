import HTTPServing
import TestSupport
import Testing

/// HTTPS and HTTP/2, spoken to with curl.
@Suite(.enabled("the curl program is needed") { await Curl.isInstalled })
struct TLSTests {
  @Test(arguments: ["--http1.1", "--http2"])
  func bothVersionsAreServed(version: String) async throws {
    try await ServerRig.run(identity: try .selfSigned()) { server in
      let curl = try await Curl.run(server, "/a?b=c", [version, "-k", "-w", "\n%{http_version} %{http_code}"])
      #expect(curl.output == "GET /a [b=c]\n\(version == "--http2" ? "2" : "1.1") 200")
      let head = try await Curl.run(server, "/a", [version, "-k", "-I"])
      #expect(head.output.lowercased().contains("content-length: 10"))
      #expect(!head.output.contains("GET"))
      let later = try await Curl.run(server, "/later", [version, "-k"])
      #expect(later.output == "GET /later []")
      let post = try await Curl.run(server, "/p", [version, "-k", "-X", "POST", "-d", "hello"])
      #expect(post.output == "POST /p []")
      let headers = try await Curl.run(server, "/headers", [version, "-k", "-i", "-H", "X-Test: 7"])
      #expect(headers.output.contains("x-answer: yes") && headers.output.hasSuffix("7"))
      #expect(!headers.output.contains("evil"))
    }
  }

  @Test(arguments: ["--http1.1", "--http2"])
  func limitsHoldInBoth(version: String) async throws {
    var limits = HTTPLimits()
    limits.targetBytes = 1_000
    try await ServerRig.run(identity: try .selfSigned(), limits: limits) { server in
      let folder = try TemporaryFolder()
      let body = try folder.write(String(repeating: "x", count: 1_500_000), to: "body")
      let status = ["-k", "-s", "-o", "/dev/null", "-w", "%{http_code}"]
      let large = try await Curl.run(server, "/p", [version, "--data-binary", "@" + body] + status)
      #expect(large.output == "413")
      let unsized = version == "--http2" ? "Content-Length:" : "Transfer-Encoding: chunked"
      let chunked = try await Curl.run(server, "/p", [version, "--data-binary", "@" + body, "-H", unsized] + status)
      #expect(chunked.output == "413")
      let long = try await Curl.run(server, "/" + String(repeating: "a", count: 2_000), [version] + status)
      #expect(long.output == "414")
      let bad = try await Curl.run(server, "/%zz", [version, "--globoff"] + status)
      #expect(bad.output == "400")
    }
  }

  @Test func manyStreamsShareAConnection() async throws {
    try await ServerRig.run(identity: try .selfSigned()) { server in
      let curl = try await Curl.run(server, "/later?[1-60]", ["--http2", "-k", "-Z", "-s", "-w", "|"])
      for number in 1...60 { #expect(curl.output.contains("GET /later [\(number)]")) }
    }
  }

  @Test func aStreamUnderWayIsFinishedAtShutdown() async throws {
    let responder = EchoResponder()
    let server = try await HTTPServer.bind(
      HTTPServerConfiguration(host: "127.0.0.1", port: 0, identity: try .selfSigned()), responder: responder)
    async let run: Void = server.run()
    async let curl = Curl.run(server, "/gate", ["--http2", "-k"])
    try await eventually("the request is being answered") { responder.gate.arrivals == 1 }
    let start = ContinuousClock.now
    server.beginShutdown()
    responder.gate.open()
    #expect(try await curl.output == "GET /gate []")
    await run
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test func theCertificateIsForLoopback() async throws {
    let identity = try TLSIdentity.selfSigned()
    let folder = try TemporaryFolder()
    let file = try folder.write(identity.certificatePEM, to: "ca.crt")
    try await ServerRig.run(identity: identity) { server in
      for host in ["localhost", "127.0.0.1"] {
        let curl = try await Curl.run(server, "/a", ["--cacert", file], host: host)
        #expect(curl.output == "GET /a []")
      }
      // For another name it is not good.
      let other = try await Curl.run(
        server, "/a", ["--cacert", file, "--resolve", "other.example:\(server.boundAddress.port):127.0.0.1"],
        host: "other.example")
      #expect(other.status == 60)
    }
  }

  @Test func oldTLSIsRefused() async throws {
    try await ServerRig.run(identity: try .selfSigned()) { server in
      let old = ["-k", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", "--tlsv1"]
      #expect(try await Curl.run(server, "/a", old).status == 35)
      for version in ["1.2", "1.3"] {
        let curl = try await Curl.run(server, "/a", ["-k", "--tlsv" + version, "--tls-max", version])
        #expect(curl.output == "GET /a []")
      }
    }
  }

  @Test func theOldestTLSCanBeChosen() async throws {
    try await ServerRig.run(identity: try .selfSigned(), tlsMinimumVersion: .tls13) { server in
      #expect(try await Curl.run(server, "/a", ["-k", "--tls-max", "1.2"]).status == 35)
      #expect(try await Curl.run(server, "/a", ["-k"]).output == "GET /a []")
      try server.replaceIdentity(.selfSigned())
      #expect(try await Curl.run(server, "/a", ["-k", "--tls-max", "1.2"]).status == 35)
    }
    #expect(TLSMinimumVersion(rawValue: "1.3") == .tls13 && TLSMinimumVersion(rawValue: "1.1") == nil)
  }

  @Test func theCertificateCanBeReplaced() async throws {
    let (old, new) = (try TLSIdentity.selfSigned(), try TLSIdentity.selfSigned())
    let folder = try TemporaryFolder()
    let oldFile = try folder.write(old.certificatePEM, to: "old.crt")
    let newFile = try folder.write(new.certificatePEM, to: "new.crt")
    try await ServerRig.run(identity: old) { server in
      #expect(try await Curl.run(server, "/a", ["--cacert", oldFile]).status == 0)
      #expect(try await Curl.run(server, "/a", ["--cacert", newFile]).status == 60)
      try server.replaceIdentity(new)
      #expect(try await Curl.run(server, "/a", ["--cacert", newFile]).status == 0)
      #expect(try await Curl.run(server, "/a", ["--cacert", oldFile]).status == 60)
    }
  }

  @Test func anIdentityIsReadFromFiles() async throws {
    let certificates = try await TestCertificates.make()
    let file = { (name: String) in certificates.folder.path(name) }
    let identity = try TLSIdentity(certificateFile: file("server.crt"), privateKeyFile: file("server.key"))
    #expect(identity.description == "TLSIdentity(1 certificates)")
    try await ServerRig.run(identity: identity) { server in
      let names = try await Curl.run(server, "/a", ["-k"])
      #expect(names.output == "GET /a []")
    }
  }

  @Test func badIdentitiesAreErrors() async throws {
    let certificates = try await TestCertificates.make()
    let file = { (name: String) in certificates.folder.path(name) }
    for (certificate, key) in [
      ("missing.crt", "server.key"), ("server.crt", "missing.key"), ("server.key", "server.key"),
      ("server.crt", "server.crt"), ("server.crt", "elsewhere.key"),
    ] {
      let error = #expect(throws: HTTPServerError.self, "\(certificate) with \(key)") {
        try TLSIdentity(certificateFile: file(certificate), privateKeyFile: file(key))
      }
      #expect(error?.code == .badIdentity)
      #expect(error?.message.contains("PRIVATE KEY") == false)
    }
  }
}

/// The curl program.
enum Curl {
  struct Result {
    var status: Int32
    var output: String
  }

  static var isInstalled: Bool {
    get async { (try? await ChildProcess.start("curl", ["--version"]).waitUntilExit()) == 0 }
  }

  static func run(
    _ server: HTTPServer, _ target: String, _ arguments: [String], host: String = "127.0.0.1"
  ) async throws -> Result {
    let scheme = server.boundAddress.isSecure ? "https" : "http"
    let child = try await ChildProcess.start(
      "curl",
      ["-sS", "--max-time", "20"] + arguments + ["\(scheme)://\(host):\(server.boundAddress.port)\(target)"])
    let status = try await child.waitUntilExit(within: .seconds(30))
    return Result(status: status, output: child.output)
  }
}
