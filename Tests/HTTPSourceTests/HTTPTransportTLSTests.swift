import Foundation
import HTTPSource
import Questions
import TestSupport
import Testing

/// TLS against a real Prometheus. Serialized: each test starts one.
@Suite(.serialized) struct HTTPTransportTLSTests {
  static let query = "/api/v1/query?query=vector(42)"

  @Test func authoritiesAndUnsafe() async throws {
    let certificates = try await TestCertificates.make()
    let (own, foreign) = (try certificates.authority, try certificates.stranger)
    let server = try await PrometheusServer.start { $0.certificates = certificates }
    func secure(_ tls: TLSOptions) -> HTTPEndpoint { endpoint(server.port, scheme: "https", tls: tls) }
    try await withTransport { transport in
      let trusted = await transport.get(secure(TLSOptions(authorities: own)), Self.query)
      #expect(trusted.text?.contains("\"42\"") == true, "\(trusted)")
      // Both authorities in one text, as bundles come.
      let both = await transport.get(secure(TLSOptions(authorities: foreign + own)), Self.query)
      #expect(both.status == 200, "\(both)")

      for (tls, name) in [(TLSOptions(), "no CA"), (TLSOptions(authorities: foreign), "another CA")] {
        let result = await transport.get(secure(tls), Self.query)
        #expect(result.code == .tlsFailed, "\(name): \(result)")
        #expect(result.error?.message.contains("certificate") == true, "\(name): \(result)")
      }
      #expect(await transport.get(secure(TLSOptions(verifiesCertificate: false)), Self.query).status == 200)

      let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
      let unreadable = await transport.get(secure(TLSOptions(authorities: broken)), Self.query)
      #expect(unreadable.code == .unusableConfiguration, "\(unreadable)")

      // Plain HTTP where TLS is spoken: Go's server says so with a status.
      #expect(await transport.get(endpoint(server.port), Self.query).status == 400)
    }
    await server.stop()
  }

  @Test func greetingAServerWithoutTLS() async throws {
    let server = try FaultServer(.answerOnce(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)))
    defer { server.stop() }
    try await withTransport { transport in
      let result = await transport.get(endpoint(server.port, scheme: "https"))
      #expect(result.code == .tlsFailed, "\(result)")
    }
  }

  @Test func aHandshakeThatHangsEndsAtTheDeadline() async throws {
    let server = try FaultServer(.hang)
    defer { server.stop() }
    try await withTransport { transport in
      let result = await transport.get(endpoint(server.port, scheme: "https"), timeout: .milliseconds(300))
      #expect(result.code == .timedOut, "\(result)")
      try await eventually("the server sees the connections end") { server.openConnections == 0 }
    }
  }

  @Test func certificateForAnotherHost() async throws {
    let certificates = try await TestCertificates.make()
    let server = try await PrometheusServer.start {
      $0.certificates = certificates
      $0.certificateName = "elsewhere"
    }
    try await withTransport { transport in
      let strict = TLSOptions(authorities: try certificates.authority)
      let result = await transport.get(endpoint(server.port, scheme: "https", tls: strict), Self.query)
      #expect(result.code == .tlsFailed, "\(result)")
      let lax = TLSOptions(verifiesCertificate: false, authorities: try certificates.authority)
      #expect(await transport.get(endpoint(server.port, scheme: "https", tls: lax), Self.query).status == 200)
    }
    await server.stop()
  }

  /// The system's authorities count beside the endpoint's own, whether they come as a file or as a folder.
  @Test func systemAuthoritiesStayTrusted() async throws {
    let system = try await TestCertificates.make()
    let own = try system.stranger
    let server = try await PrometheusServer.start { $0.certificates = system }
    let folder = try TemporaryFolder()
    let hash = try await ChildProcess.start(
      "openssl", ["x509", "-noout", "-subject_hash", "-in", system.path("ca.crt")])
    #expect(try await hash.waitUntilExit() == 0)
    try folder.write(system.authority, to: hash.output.filter { !$0.isWhitespace } + ".0")
    for environment in [["SSL_CERT_FILE": system.path("ca.crt")], ["SSL_CERT_DIR": folder.url.path]] {
      try await withTransport(environment: environment) { transport in
        for tls in [TLSOptions(), TLSOptions(authorities: own)] {
          let result = await transport.get(endpoint(server.port, scheme: "https", tls: tls), Self.query)
          #expect(result.status == 200, "\(environment): \(result)")
        }
      }
    }
    await server.stop()
  }

  @Test func clientCertificates() async throws {
    let ours = try await TestCertificates.make()
    let theirs = try await TestCertificates.make()
    let server = try await PrometheusServer.start {
      $0.certificates = ours
      $0.requiresClientCertificate = true
    }
    let authority = try ours.authority
    func with(_ certificate: String?, _ key: String?, password: String? = nil) -> HTTPEndpoint {
      endpoint(
        server.port, scheme: "https",
        tls: TLSOptions(
          authorities: authority, certificate: certificate, privateKey: key.map(SecretText.init),
          privateKeyPassword: password.map(SecretText.init)))
    }
    let (certificate, key, encryptedKey) = (
      try ours.clientCertificate, try ours.clientKey, try ours.encryptedClientKey
    )
    let (strangerCertificate, strangerKey) = (try theirs.clientCertificate, try theirs.clientKey)
    try await withTransport { transport in
      // Good ones first, so that connections are there that endpoints with other TLS options must not get.
      let good = [
        with(certificate, key), with(certificate + key, nil),
        with(certificate, encryptedKey, password: TestCertificates.keyPassword),
      ]
      for endpoint in good {
        let result = await transport.get(endpoint, Self.query)
        #expect(result.status == 200, "\(result)")
      }
      for endpoint in [with(nil, nil), with(strangerCertificate, strangerKey)] {
        let result = await transport.get(endpoint, Self.query)
        // The server's verdict, or the reset that came before it.
        #expect(result.code == .tlsFailed || result.code == .connectionLost, "\(result)")
        #expect(result.error?.message.contains("certificate") == true, "\(result)")
      }
      let unusable = [
        with(certificate, strangerKey), with(certificate, encryptedKey),
        with(certificate, encryptedKey, password: "falsch"),
      ]
      for endpoint in unusable {
        let result = await transport.get(endpoint, Self.query)
        #expect(result.code == .unusableConfiguration, "\(result)")
        #expect(result.error?.message.contains("or keyPassword is wrong") == true, "\(result)")
        #expect(result.error?.message.contains("falsch") == false)
      }
    }
    await server.stop()
  }

  @Test func oneConnectionCarriesManyRequestsByHTTP2() async throws {
    let certificates = try await TestCertificates.make()
    let server = try await PrometheusServer.start { $0.certificates = certificates }
    let secure = endpoint(server.port, scheme: "https", tls: TLSOptions(authorities: try certificates.authority))
    try await withTransport { transport in
      #expect(await transport.get(secure, Self.query).status == 200)
      let statuses = await withTaskGroup(of: Int?.self) { group in
        for _ in 0..<200 { group.addTask { await transport.get(secure, Self.query).status } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses == Array(repeating: 200, count: 200))
      #expect(transport.openConnections(to: secure) == 1)
    }
    await server.stop()
  }
}
