import Testing

@testable import TestSupport

/// Connections to the test server that last.
@Suite struct ConnectionTests {
  /// An API server bears hundreds of requests, one after the other, on one connection, as libcurl sends them. It ends each
  /// stream by itself as soon as it has the body.
  @Test(arguments: ["--http1.1", "--http2"]) func hundredsOfRequestsShareAConnection(version: String) async throws {
    let fixture = try await Fixture()
    let identity = try fixture.server.clientCertificate(for: .admin)
    let folder = try TemporaryFolder()
    try folder.write(fixture.server.caPEM, to: "ca")
    try folder.write(identity.certificatePEM, to: "cert")
    try folder.write(identity.keyPEM, to: "key")
    let child = try await ChildProcess.start(
      "curl",
      [
        "-sS", "--max-time", "60", version, "--cacert", folder.path("ca"), "--cert", folder.path("cert"), "--key",
        folder.path("key"), "-o", "/dev/null", "-w", "%{http_code};", "\(fixture.server.url)/version?[1-400]",
      ])
    #expect(try await child.waitUntilExit(within: .seconds(90)) == 0)
    #expect(child.output == String(repeating: "200;", count: 400))
  }
}
