internal import Foundation

/// A private certificate authority, a server certificate for `localhost`, 127.0.0.1 and ::1, one for another host, and a
/// client certificate, made by the openssl program. All PEM; valid for two days.
public final class TestCertificates: Sendable {
  public let folder: TemporaryFolder
  /// Password of `encryptedClientKey`.
  public static let keyPassword = "key-password"

  public static func make() async throws -> TestCertificates {
    let folder = try TemporaryFolder("swell-certificates")
    try folder.write("subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n", to: "server.ext")
    try folder.write("subjectAltName=DNS:elsewhere.example\n", to: "elsewhere.ext")
    try folder.write("extendedKeyUsage=clientAuth\n", to: "client.ext")
    func openssl(_ line: String) async throws {
      let child = try await ChildProcess.start(
        "openssl", line.split(separator: " ").map(String.init), directory: folder.url.path)
      guard try await child.waitUntilExit() == 0 else {
        throw ChildProcess.Failed(description: "openssl \(line): \(child.output)")
      }
    }
    func authority(_ name: String) async throws {
      try await openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(name) -keyout \(name).key "
          + "-out \(name).crt")
    }
    func leaf(_ name: String) async throws {
      try await openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=\(name) -keyout \(name).key -out \(name).csr")
      try await openssl(
        "x509 -req -in \(name).csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 "
          + "-extfile \(name).ext -out \(name).crt"
      )
    }
    try await authority("ca")
    try await authority("stranger")
    try await leaf("server")
    try await leaf("elsewhere")
    try await leaf("client")
    try await openssl(
      "pkcs8 -topk8 -in client.key -out client-encrypted.key -v2 aes256 -passout pass:\(keyPassword)")
    return TestCertificates(folder)
  }

  private init(_ folder: TemporaryFolder) { self.folder = folder }

  /// The authority that signed everything here.
  public var authority: String { get throws { try folder.read("ca.crt") } }
  /// An authority that signed nothing here.
  public var stranger: String { get throws { try folder.read("stranger.crt") } }
  public var serverCertificate: String { get throws { try folder.read("server.crt") } }
  public var serverKey: String { get throws { try folder.read("server.key") } }
  public var clientCertificate: String { get throws { try folder.read("client.crt") } }
  public var clientKey: String { get throws { try folder.read("client.key") } }
  public var encryptedClientKey: String { get throws { try folder.read("client-encrypted.key") } }

  /// Paths for servers' settings: `ca.crt`, `server.crt`, `server.key`, `elsewhere.crt`, `elsewhere.key`, `client.crt`,
  /// `client.key`.
  public func path(_ name: String) -> String { folder.path(name) }
}
