internal import Questions
internal import RedisSource
internal import TestSupport
internal import Testing

@Suite("TLS")
struct TLSTests {
  private func endpoint(_ server: RedisServer, _ tls: TLSOptions, host: String = "127.0.0.1") throws -> RedisEndpoint {
    .local(try #require(server.tlsPort), password: server.options.password, tls: tls, host: host)
  }

  private func failure(_ endpoint: RedisEndpoint) async -> SourceError? {
    let source = RedisSource(endpoint)
    defer { Task { await source.shutdown() } }
    return await source.failure(of: "PING", timeout: .seconds(10))
  }

  @Test("Verification: the right authority, by address and by name; the wrong one, none, another host's certificate")
  func verification() async throws {
    let certificates = try await TestCertificates.make()
    let server = try await RedisServer.start {
      $0.certificates = certificates; $0.password = "pw"
    }
    let trusting = TLSOptions(authorities: try certificates.authority)

    for host in ["127.0.0.1", "localhost"] {
      let source = RedisSource(try endpoint(server, trusting, host: host))
      let words = (0..<500).map { ["ECHO", "\(host) \($0)"] }
      #expect(await source.ask(words) == words.map { .success([.string($0[1])]) })
      #expect(source.openConnections == 1)
      await source.shutdown()
      try await eventually("the connection is closed") { source.openConnections == 0 }
    }

    let wrong = await failure(try endpoint(server, TLSOptions(authorities: try certificates.stranger)))
    #expect(wrong?.code == .tlsFailed)
    #expect(
      wrong?.message
        == "rediss://127.0.0.1:\(server.tlsPort ?? 0)/0: TLS: the server's certificate is not trusted "
        + "(certificate verify failed); check the CA certificate")
    #expect(await failure(try endpoint(server, TLSOptions()))?.code == .tlsFailed)
    #expect(await failure(try endpoint(server, TLSOptions(verifiesCertificate: false))) == nil)

    let elsewhere = try await RedisServer.start {
      $0.certificates = certificates
      $0.certificateName = "elsewhere"
    }
    for host in ["127.0.0.1", "localhost"] {
      let error = await failure(try endpoint(elsewhere, trusting, host: host))
      #expect(error?.code == .tlsFailed, "\(host): \(String(describing: error))")
      #expect(error?.message.contains("the certificate is for another host") == true, "\(String(describing: error))")
    }
  }

  @Test("Client certificate: with key, with encrypted key, without, and with the wrong password")
  func clientCertificate() async throws {
    let certificates = try await TestCertificates.make()
    let server = try await RedisServer.start {
      $0.certificates = certificates
      $0.requiresClientCertificate = true
    }
    let authority = try certificates.authority
    let certificate = try certificates.clientCertificate
    let plain = TLSOptions(
      authorities: authority, certificate: certificate, privateKey: SecretText(try certificates.clientKey))
    #expect(await failure(try endpoint(server, plain)) == nil)

    let encrypted = SecretText(try certificates.encryptedClientKey)
    let password = SecretText(TestCertificates.keyPassword)
    let locked = TLSOptions(
      authorities: authority, certificate: certificate, privateKey: encrypted, privateKeyPassword: password)
    #expect(await failure(try endpoint(server, locked)) == nil)

    let without = await failure(try endpoint(server, TLSOptions(authorities: authority)))
    #expect(without?.code == .tlsFailed, "\(String(describing: without))")

    for password in [SecretText("hunter2"), nil] {
      let error = await failure(
        try endpoint(
          server,
          TLSOptions(
            authorities: authority, certificate: certificate, privateKey: encrypted, privateKeyPassword: password)))
      #expect(error?.code == .unusableConfiguration)
      #expect(error?.message.contains("private key cannot be read") == true)
      #expect(error?.message.contains("hunter2") == false)
    }
  }

  @Test(
    "Settings that cannot be used are named",
    arguments: [
      (TLSOptions(authorities: "not PEM"), "the CA certificate is not PEM"),
      (TLSOptions(authorities: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "the CA certificate"),
      (TLSOptions(certificate: "not PEM", privateKey: SecretText("x")), "the client certificate is not PEM"),
    ])
  func unusable(_ tls: TLSOptions, _ problem: String) async throws {
    let error = await failure(.local(6379, tls: tls))
    #expect(error?.code == .unusableConfiguration)
    #expect(error?.message.contains(problem) == true, "\(String(describing: error))")
  }

  @Test("A certificate without its key")
  func missingKey() async throws {
    let certificates = try await TestCertificates.make()
    let error = await failure(.local(6379, tls: TLSOptions(certificate: try certificates.clientCertificate)))
    #expect(error?.code == .unusableConfiguration)
    #expect(error?.message.contains("without its private key") == true)
    let mismatch = TLSOptions(
      certificate: try certificates.clientCertificate, privateKey: SecretText(try certificates.serverKey))
    #expect(await failure(.local(6379, tls: mismatch))?.code == .unusableConfiguration)
  }

  @Test("TLS to a server that speaks plainly, that hangs, that hangs up, that answers garbage")
  func notTLS() async throws {
    let redis = try await RedisServer.start()
    let hang = try FaultServer(.hang)
    // A plain redis-server waits for the end of the line that it takes the handshake for.
    for port in [redis.port, hang.port] {
      let source = RedisSource(
        .local(port, tls: TLSOptions()), RedisSource.Configuration(connectTimeout: .milliseconds(200)))
      #expect(
        await source.failure(of: "PING")
          == SourceError(
            .timedOut,
            "rediss://127.0.0.1:\(port)/0: no answer to the TLS handshake within 200 ms; does the server speak TLS on "
              + "this port?"))
      #expect(source.openConnections == 0)
      await source.shutdown()
    }

    let close = try FaultServer(.close(afterSending: []))
    #expect(await failure(.local(close.port, tls: TLSOptions()))?.code == .tlsFailed)
    let garbage = try FaultServer(.answerAlways(Array("+PONG\r\n".utf8)))
    let error = await failure(.local(garbage.port, tls: TLSOptions()))
    #expect(error?.code == .tlsFailed)
    #expect(error?.message.contains("the server does not speak TLS here") == true, "\(String(describing: error))")
  }

  @Test("Plain speech to a TLS port")
  func plainToTLS() async throws {
    let certificates = try await TestCertificates.make()
    let server = try await RedisServer.start { $0.certificates = certificates }
    let source = RedisSource(port: try #require(server.tlsPort))
    let error = await source.failure(of: "PING")
    #expect(error?.code == .connectionLost || error?.code == .malformedAnswer, "\(String(describing: error))")
    await source.shutdown()
  }

  @Test("A frozen TLS server's connection is given up without waiting for its farewell")
  func frozen() async throws {
    let certificates = try await TestCertificates.make()
    let server = try await RedisServer.start { $0.certificates = certificates }
    let source = RedisSource(
      try endpoint(server, TLSOptions(authorities: try certificates.authority)),
      RedisSource.Configuration(silenceLimit: .milliseconds(1)))
    #expect(try await source.ask("PING") == .string("PONG"))
    server.freeze()
    #expect(await source.failure(of: "PING", timeout: .milliseconds(200))?.code == .timedOut)
    // Less than the five seconds that NIO would wait.
    try await eventually("the connection is closed", within: .seconds(3)) { source.openConnections == 0 }
    server.thaw()
    #expect(try await source.ask("PING") == .string("PONG"))
    await source.shutdown()
  }
}
