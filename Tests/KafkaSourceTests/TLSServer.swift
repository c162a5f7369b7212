internal import TestSupport
internal import Testing

/// A TLS server with a certificate of its own making for 127.0.0.1, which says nothing after the handshake.
struct TLSServer: Sendable {
  static let keyPassword = "opens the key"

  var port: Int
  /// PEM.
  var certificate: String
  var key: String
  var encryptedKey: String
  private var process: ChildProcess
  private var folder: TemporaryFolder

  static func start() async throws -> TLSServer {
    let folder = try TemporaryFolder("swell-tls")
    try await openssl(
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
        "/CN=swell test \(UInt64.random(in: 0...UInt64.max))", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
        folder.path("key.pem"), "-out", folder.path("certificate.pem"),
      ])
    try await openssl(
      [
        "pkcs8", "-topk8", "-v2", "aes256", "-in", folder.path("key.pem"), "-out", folder.path("encrypted.pem"),
        "-passout",
        "pass:\(keyPassword)",
      ])
    let port = try FreePort.next()
    // With -www the server reads a request, which for HTTP ends with an empty line, and answers afterwards.
    let process = try await ChildProcess.start(
      "openssl",
      [
        "s_server", "-accept", "127.0.0.1:\(port)", "-cert", folder.path("certificate.pem"), "-key",
        folder.path("key.pem"),
        "-www",
      ])
    try await process.waitForOutput("ACCEPT")
    return TLSServer(
      port: port, certificate: try folder.read("certificate.pem"), key: try folder.read("key.pem"),
      encryptedKey: try folder.read("encrypted.pem"), process: process, folder: folder)
  }

  private static func openssl(_ arguments: [String]) async throws {
    let process = try await ChildProcess.start("openssl", arguments)
    let status = try await process.waitUntilExit()
    try #require(status == 0, "openssl \(arguments): \(process.output)")
  }
}
