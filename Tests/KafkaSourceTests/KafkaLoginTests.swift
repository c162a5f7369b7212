internal import KafkaSource
internal import Questions
internal import Synchronization
internal import TestSupport
internal import Testing

/// TLS and SASL, and that no secret gets out when they fail.
@Suite(.timeLimit(.minutes(5))) struct KafkaLoginTests {
  static let question = KafkaQuestion.lag(of: "workers", in: "orders")
  static let password = SecretText("correct horse battery staple")

  @Test func aRejectedPassword() async throws {
    let broker = try RejectingKafkaBroker(
      mechanisms: ["PLAIN"], rejection: "user kim with password \(Self.password.reveal()) is not known here")
    let kafka = KafkaAsking([broker.bootstrapServers], sasl: .plain(username: "kim", password: Self.password))
    let started = ContinuousClock.now

    for _ in 0..<2 {
      let error = await kafka.failure(of: Self.question, timeout: .seconds(20))

      #expect(error?.code == .authenticationFailed, "\(String(describing: error))")
      #expect(error?.message.contains("user kim with password <redacted> is not known here") == true)
      #expect(error?.message.contains("horse") == false)
    }
    // The password did travel; it is the text that leaves it out.
    #expect(broker.received.contains(Self.password.reveal()))
    #expect(ContinuousClock.now - started < .seconds(15))
  }

  @Test func aMechanismThatTheBrokerDoesNotOffer() async throws {
    let broker = try RejectingKafkaBroker(mechanisms: ["SCRAM-SHA-512"], rejection: "no")
    let kafka = KafkaAsking([broker.bootstrapServers], sasl: .scramSHA256(username: "kim", password: Self.password))

    let error = await kafka.failure(of: Self.question, timeout: .seconds(10))

    #expect(error?.code == .authenticationFailed, "\(String(describing: error))")
    #expect(error?.message.contains("SCRAM") == true)
    #expect(error?.message.contains("horse") == false)
  }

  static let oauth = KafkaEndpoint.SASL.oauthBearer(
    tokenEndpoint: "https://login.example/token", clientID: "swell", clientSecret: password, scopes: ["kafka", "read"],
    extensions: ["logicalCluster": "lkc-1"])

  @Test func aTokenIsFetchedAndSent() async throws {
    let broker = try RejectingKafkaBroker(mechanisms: ["OAUTHBEARER"], rejection: "expired")
    let requests = Mutex<[OAuthTokenRequest]>([])
    let kafka = KafkaAsking([broker.bootstrapServers], sasl: Self.oauth) { request in
      requests.withLock { $0.append(request) }
      return .success(OAuthToken(value: SecretText("header.body.signature"), lifetime: .seconds(300)))
    }

    let error = await kafka.failure(of: Self.question, timeout: .seconds(10))

    #expect(error?.code == .authenticationFailed, "\(String(describing: error))")
    #expect(error?.message.contains("expired") == true)
    #expect(error?.message.contains("header.body") == false)
    #expect(requests.withLock { $0.count } == 1)
    #expect(requests.withLock { $0.first?.tokenEndpoint } == "https://login.example/token")
    #expect(broker.received.contains("auth=Bearer header.body.signature"))
    #expect(broker.received.contains("logicalCluster=lkc-1"))
  }

  @Test(arguments: [
    OAuthTokenResult.failure(
      SourceError(.authenticationFailed, "token endpoint answered 401 for \(password.reveal())")),
    .success(OAuthToken(value: SecretText(""), lifetime: .seconds(300))),
    .success(OAuthToken(value: SecretText("not\na token"), lifetime: .seconds(300))),
  ])
  func aTokenThatCannotBeHad(_ result: OAuthTokenResult) async throws {
    let broker = try RejectingKafkaBroker(mechanisms: ["OAUTHBEARER"], rejection: "no")
    let kafka = KafkaAsking([broker.bootstrapServers], sasl: Self.oauth) { _ in result }
    let started = ContinuousClock.now

    let error = await kafka.failure(of: Self.question, timeout: .seconds(20))

    #expect(error?.code == .authenticationFailed, "\(String(describing: error))")
    #expect(error?.message.contains("horse") == false)
    #expect(ContinuousClock.now - started < .seconds(10))
  }

  @Test func withoutAWayToFetchTokens() async {
    let kafka = KafkaAsking(["127.0.0.1:9"], sasl: Self.oauth)
    #expect(await kafka.failure(of: Self.question)?.code == .unusableConfiguration)
  }

  @Test func plainTextWhereTLSIsExpected() async throws {
    let server = try FaultServer(.answerAlways(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)))
    let kafka = KafkaAsking(["127.0.0.1:\(server.port)"], tls: TLSOptions())

    let error = await kafka.failure(of: Self.question, timeout: .seconds(10))

    #expect(error?.code == .tlsFailed, "\(String(describing: error))")
  }

  @Test func certificates() async throws {
    let server = try await TLSServer.start()
    let other = try await TLSServer.start()
    func failure(_ tls: TLSOptions) async -> SourceError? {
      await KafkaAsking(["127.0.0.1:\(server.port)"], tls: tls).failure(of: Self.question, timeout: .seconds(1))
    }

    let unknown = await failure(TLSOptions())
    #expect(unknown?.code == .tlsFailed, "\(String(describing: unknown))")
    #expect(unknown?.message.contains("certificate verify failed") == true)
    #expect(await failure(TLSOptions(authorities: other.certificate))?.code == .tlsFailed)
    // These get through the handshake, to a server that then says nothing.
    #expect(await failure(TLSOptions(verifiesCertificate: false))?.code == .timedOut)
    #expect(await failure(TLSOptions(authorities: server.certificate))?.code == .timedOut)
    #expect(await failure(TLSOptions(authorities: other.certificate + "\n" + server.certificate))?.code == .timedOut)
    #expect(
      await failure(
        TLSOptions(
          authorities: server.certificate, certificate: other.certificate, privateKey: SecretText(other.key)))?.code
        == .timedOut)
  }

  @Test func keysThatCannotBeUsed() async throws {
    let server = try await TLSServer.start()
    let garbage = "-----BEGIN PRIVATE KEY-----\ncorrecthorse\n-----END PRIVATE KEY-----\n"
    let bad: [TLSOptions] = [
      TLSOptions(authorities: "no certificate"),
      TLSOptions(certificate: "no certificate", privateKey: SecretText(server.key)),
      TLSOptions(certificate: server.certificate, privateKey: SecretText(garbage)),
      TLSOptions(
        certificate: server.certificate, privateKey: SecretText(server.encryptedKey),
        privateKeyPassword: SecretText("wrong horse")),
    ]
    for tls in bad {
      let error = await KafkaAsking(["127.0.0.1:9"], tls: tls).failure(of: Self.question)
      #expect(error?.code == .unusableConfiguration, "\(String(describing: error))")
      #expect(error?.message.contains("horse") == false)
    }
    let good = TLSOptions(
      verifiesCertificate: false, certificate: server.certificate, privateKey: SecretText(server.encryptedKey),
      privateKeyPassword: SecretText(TLSServer.keyPassword))
    let kafka = KafkaAsking(["127.0.0.1:\(server.port)"], tls: good)
    #expect(await kafka.failure(of: Self.question, timeout: .seconds(1))?.code == .timedOut)
  }
}

typealias OAuthTokenResult = Result<OAuthToken, SourceError>
