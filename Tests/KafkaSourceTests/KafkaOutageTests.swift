internal import KafkaSource
internal import Questions
internal import TestSupport
internal import Testing

/// Brokers that are away, hang, or talk nonsense.
@Suite(.timeLimit(.minutes(5))) struct KafkaOutageTests {
  static let question = KafkaQuestion.lag(of: "workers", in: "orders")

  @Test func aRefusedConnectionIsKnownAtOnce() async throws {
    let port = try FaultServer.refusingPort()
    let kafka = KafkaAsking(["127.0.0.1:\(port)"])
    let clock = ContinuousClock()

    for question in [Self.question, KafkaQuestion(group: "workers", topics: .allCommitted)] {
      let started = clock.now
      let error = await kafka.failure(of: question, timeout: .seconds(20))
      #expect(error?.code == .connectionRefused)
      #expect(error?.message.contains("Connection refused") == true)
      #expect(error?.message.contains("127.0.0.1:\(port)") == true)
      #expect(clock.now - started < .seconds(10))
    }
  }

  @Test func theMessageStaysTheSameWhileTheCauseDoes() async throws {
    let kafka = KafkaAsking(["127.0.0.1:\(try FaultServer.refusingPort())"])
    var messages = Set<String>()
    for _ in 0..<5 {
      messages.insert(await kafka.failure(of: Self.question, timeout: .seconds(20))?.message ?? "no failure")
    }
    #expect(messages.count == 1, "\(messages)")
  }

  @Test func aHangingBrokerEndsAtTheDeadline() async throws {
    let server = try FaultServer(.hang)
    let kafka = KafkaAsking(["127.0.0.1:\(server.port)"])
    let clock = ContinuousClock()
    for _ in 0..<2 {
      let started = clock.now
      let error = await kafka.failure(of: Self.question, timeout: .seconds(1))
      #expect(error?.code == .timedOut)
      #expect(error?.message.contains("within 1.0 s") == true)
      #expect(clock.now - started >= .milliseconds(800))
      #expect(clock.now - started < .seconds(3))
    }
    #expect(kafka.source.openConnections == 1)
  }

  @Test(arguments: [
    (FaultServer.Behaviour.reset(afterSending: []), SourceError.Code.connectionLost),
    (.close(afterSending: [0, 0]), .connectionLost),
    (.answerAlways(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)), .malformedAnswer),
    (.answerAlways([0x7F, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4]), .malformedAnswer),
    (.answerAlways([0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4]), .malformedAnswer),
    // Answers to something that was never asked.
    (.answerAlways([0, 0, 0, 8, 0x7F, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF]), .timedOut),
    (.flood(prefix: [0, 0x98, 0x96, 0x80], filler: 0x41, count: 10_000_000), .timedOut),
  ])
  func brokersThatTalkNonsense(_ behaviour: FaultServer.Behaviour, _ code: SourceError.Code) async throws {
    let server = try FaultServer(behaviour)
    let kafka = KafkaAsking(["127.0.0.1:\(server.port)"])
    let started = ContinuousClock.now

    let error = await kafka.failure(of: Self.question, timeout: .seconds(2))

    #expect(error?.code == code, "\(String(describing: error))")
    #expect(ContinuousClock.now - started < .seconds(5))
  }

  @Test func anUnknownHostName() async {
    let kafka = KafkaAsking(["broker.invalid:9092"])
    let error = await kafka.failure(of: Self.question, timeout: .seconds(20))
    #expect(error?.code == .unreachable)
    #expect(error?.message.contains("broker.invalid") == true)
  }

  @Test func aBrokerThatComesBack() async throws {
    let broker = try await KafkaBroker.start()
    try await broker.administrator.createTopic("orders")
    try await broker.administrator.produce(10, to: "orders")
    try await broker.administrator.commit([0: 3], of: "orders", for: "workers")
    let kafka = KafkaAsking([broker.bootstrapServers], configure: { $0.metadataAge = .seconds(3600) })
    #expect(try await kafka.ask(Self.question).get().lag == 7)

    await broker.stop()
    let started = ContinuousClock.now
    #expect(await kafka.failure(of: Self.question, timeout: .seconds(20))?.code == .connectionRefused)
    #expect(ContinuousClock.now - started < .seconds(10))

    let again = try await KafkaBroker.start(port: broker.port, continuing: broker)
    #expect(try await kafka.ask(Self.question).get().lag == 7)
    await again.stop()
  }

  @Test func aBrokerThatStopsAndGoesOn() async throws {
    let broker = try await KafkaBroker.start()
    try await broker.administrator.createTopic("orders")
    let kafka = KafkaAsking([broker.bootstrapServers], configure: { $0.connectionTimeout = .seconds(1) })
    _ = try await kafka.ask(Self.question).get()

    broker.process.send(signal: 19)  // SIGSTOP
    // It may take a moment to obey.
    try await eventually("the broker hangs", within: .seconds(10)) {
      await kafka.failure(of: Self.question, timeout: .seconds(1))?.code == .timedOut
    }
    broker.process.send(signal: 18)  // SIGCONT

    #expect(try await kafka.ask(Self.question).get().topics["orders"]?.count == 1)
  }

  @Test func nineteenHungClustersDoNotHoldUpTheTwentieth() async throws {
    let server = try FaultServer(.hang)
    let broker = try await KafkaBroker.start()
    try await broker.administrator.createTopic("orders")
    let good = KafkaAsking([broker.bootstrapServers])
    let hung = (0..<19).map { _ in KafkaAsking(["127.0.0.1:\(server.port)"]) }

    await withTaskGroup { group in
      for kafka in hung {
        group.addTask { #expect(await kafka.failure(of: Self.question, timeout: .seconds(3))?.code == .timedOut) }
      }
      group.addTask {
        let started = ContinuousClock.now
        #expect(await good.failure(of: Self.question, timeout: .seconds(3)) == nil)
        #expect(ContinuousClock.now - started < .seconds(2))
      }
    }
  }

  /// A thread that blocks in the library must not keep the program, or a change of credentials, waiting.
  @Test(arguments: [true, false])
  func whoWaitsForAHangingBrokerIsLetGo(_ byShutdown: Bool) async throws {
    let server = try FaultServer(.hang)
    let kafka = KafkaAsking(["127.0.0.1:\(server.port)"])
    let questions: [KafkaQuestion] = [.lag(of: "workers", in: "orders"), .lag(of: "others", in: "orders")]
    let asking = Task { await kafka.ask(questions, timeout: .seconds(60)) }
    try await eventually("the broker is asked") { !server.received.isEmpty }

    let start = ContinuousClock.now
    if byShutdown { await kafka.source.shutdown() } else { asking.cancel() }
    let results = await asking.value

    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(results.count == 2)
    for result in results {
      #expect(throws: SourceError.self) { try result.get() }
      if case .failure(let error) = result {
        #expect(error.code == (byShutdown ? .unreachable : .connectionLost))
        #expect(error.message.contains("127.0.0.1:\(server.port)"))
      }
    }
  }
}
