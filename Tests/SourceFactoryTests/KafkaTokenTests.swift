internal import KafkaSource
internal import NIOPosix
internal import Polling
internal import Questions
internal import SourceFactory
internal import TestSupport
internal import Testing

/// A Kafka source of the factory gets its tokens over HTTP.
@Suite(.timeLimit(.minutes(2))) struct KafkaTokenTests {
  static let secret = "correct horse"
  static let tokenAnswer = #"{"access_token":"header.body.signature","expires_in":300}"#

  /// The error of a question to a broker that rejects every login.
  private func failure(broker: RejectingKafkaBroker, tokenEndpoint: String) async -> SourceError? {
    let factory = SourceFactory(
      group: MultiThreadedEventLoopGroup.singleton, time: SystemTime(), environment: [:])
    let source = factory.source(
      for: .kafka(
        KafkaEndpoint(
          bootstrapServers: [broker.bootstrapServers],
          sasl: .oauthBearer(
            tokenEndpoint: tokenEndpoint, clientID: "swell", clientSecret: SecretText(Self.secret),
            scopes: ["kafka", "read"], extensions: [:]))))
    let question = KafkaQuestion(group: "workers", topics: .one("orders", partitions: nil))
    let results = await source.answers(to: [.kafka(question)], timeout: .seconds(20))
    await source.shutdown()
    await factory.shutdown()
    if case .failure(let error) = results.first { return error }
    return nil
  }

  @Test func theTokenEndpointIsAskedWithAForm() async throws {
    let broker = try RejectingKafkaBroker(mechanisms: ["OAUTHBEARER"], rejection: "expired")
    defer { broker.stop() }
    let endpoint = try ScriptedHTTPServer { _ in .answer(status: 200, body: Self.tokenAnswer) }
    defer { endpoint.stop() }

    let error = await failure(broker: broker, tokenEndpoint: "http://127.0.0.1:\(endpoint.port)/token?tenant=a")

    #expect(error?.code == .authenticationFailed, "\(String(describing: error))")
    #expect(error?.message.contains("expired") == true)
    let request = try #require(endpoint.requests.first)
    #expect(request.method == "POST")
    #expect(request.target == "/token?tenant=a")
    #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
    #expect(request.body == "grant_type=client_credentials&scope=kafka%20read")
    // "swell:correct%20horse"
    #expect(request.headers["authorization"] == "Basic c3dlbGw6Y29ycmVjdCUyMGhvcnNl")
    #expect(broker.received.contains("auth=Bearer header.body.signature"))
  }

  @Test(arguments: [401, 500]) func aRefusalNamesTheTokenEndpoint(_ status: Int) async throws {
    let broker = try RejectingKafkaBroker(mechanisms: ["OAUTHBEARER"], rejection: "no")
    defer { broker.stop() }
    let endpoint = try ScriptedHTTPServer { request in
      // A server that tells what it was given.
      .answer(status: status, body: "\(Self.secret) \(request.headers)")
    }
    defer { endpoint.stop() }

    let url = "http://127.0.0.1:\(endpoint.port)/token"
    let error = await failure(broker: broker, tokenEndpoint: "\(url)?key=geheim")

    #expect(error?.code == .authenticationFailed, "\(String(describing: error))")
    #expect(error?.message.contains("token endpoint \(url) answered with status \(status)") == true)
    for secret in ["horse", "c3dlbGw6", "geheim"] { #expect(error?.message.contains(secret) == false) }
    #expect(!broker.received.contains("Bearer"))
  }

  @Test(arguments: [
    ("https://kim:geheim@login.example/token", "write a URL without user and password"),
    ("login.example/token", "write a URL without user and password"),
    ("http://127.0.0.1:1/token", "token endpoint http://127.0.0.1:1: connection refused"),
  ])
  func anEndpointThatCannotBeAsked(_ url: String, _ words: String) async throws {
    let broker = try RejectingKafkaBroker(mechanisms: ["OAUTHBEARER"], rejection: "no")
    defer { broker.stop() }

    let error = await failure(broker: broker, tokenEndpoint: url)

    #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    #expect(error?.message.contains("geheim") == false)
  }
}
