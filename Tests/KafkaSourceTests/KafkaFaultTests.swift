internal import KafkaSource
internal import Questions
internal import TestSupport
internal import Testing

/// A cluster of three brokers that fails in chosen places.
@Suite(.timeLimit(.minutes(5))) struct KafkaFaultTests {
  /// Error codes of Kafka's protocol.
  enum Code {
    static let unknownTopic: Int32 = 3
    static let leaderNotAvailable: Int32 = 5
    static let notLeader: Int32 = 6
    static let topicNotAuthorized: Int32 = 29
    static let groupNotAuthorized: Int32 = 30
    static let clusterNotAuthorized: Int32 = 31
  }

  @Test func partitionsOnThreeBrokers() async throws {
    let cluster = try MockKafkaCluster(brokers: 3)
    try await cluster.createTopic("orders", partitions: 6)
    for partition in 0..<6 {
      try await cluster.setLeader(of: "orders", partition: Int32(partition), to: Int32(partition % 3 + 1))
      try await cluster.administrator.produce(partition + 1, to: "orders", partition: Int32(partition))
    }
    try await cluster.administrator.commit([0: 1, 5: 2], of: "orders", for: "workers")
    let kafka = KafkaAsking(cluster.bootstrapServers)

    let answer = try await kafka.ask(.lag(of: "workers", in: "orders")).get()

    #expect(answer.topics["orders"]?.mapValues(\.end) == [0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6])
    #expect(answer.topics["orders"]?.mapValues(\.committed) == [0: 1, 1: -1, 2: -1, 3: -1, 4: -1, 5: 2])
    // One for each broker, and the first contact.
    #expect(kafka.source.openConnections <= 4)
  }

  @Test func aGroupThatMayNotBeReadFailsAlone() async throws {
    let cluster = try MockKafkaCluster()
    try await cluster.createTopic("orders", partitions: 2)
    let kafka = KafkaAsking(cluster.bootstrapServers, configure: { $0.groupsInFlight = 1 })
    try await cluster.pushErrors([Code.groupNotAuthorized], for: .offsetFetch)

    let results = await kafka.ask((0..<4).map { .lag(of: "group-\($0)", in: "orders") })

    let failures = results.compactMap { result -> SourceError? in
      if case .failure(let error) = result { return error }
      return nil
    }
    #expect(failures.count == 1)
    #expect(failures.first?.code == .refusedByServer)
    #expect(failures.first?.message.contains("Group authorization failed") == true, "\(failures)")
    #expect(failures.first?.message.contains("consumer group \"group-") == true)
  }

  @Test func aTopicThatMayNotBeRead() async throws {
    let cluster = try MockKafkaCluster()
    try await cluster.createTopic("orders")
    try await cluster.createTopic("secret")
    try await cluster.setError(Code.topicNotAuthorized, ofTopic: "secret")
    let kafka = KafkaAsking(cluster.bootstrapServers)

    let results = await kafka.ask([.lag(of: "workers", in: "orders"), .lag(of: "workers", in: "secret")])

    #expect(throws: Never.self) { try results[0].get() }
    guard case .failure(let error) = results[1] else {
      Issue.record("the topic could be read")
      return
    }
    #expect(error.code == .refusedByServer)
    #expect(error.message.contains("topic \"secret\""))
    #expect(error.message.contains("Topic authorization failed"))
  }

  @Test func anErrorForOnePartitionIsFoundAmongMany() async throws {
    let cluster = try MockKafkaCluster()
    try await cluster.createTopic("orders", partitions: 8)
    let kafka = KafkaAsking(cluster.bootstrapServers)
    // The first request as a whole, then half of it, a quarter, an eighth.
    try await cluster.pushErrors(Array(repeating: Code.clusterNotAuthorized, count: 4), for: .listOffsets)

    let answer = try await kafka.ask(.lag(of: "workers", in: "orders")).get()

    let partitions = try #require(answer.topics["orders"])
    #expect(partitions.count == 8)
    #expect(partitions.values.filter { $0.error != nil }.count == 1)
    #expect(partitions.values.filter { $0.end == 0 && $0.error == nil }.count == 7)
  }

  @Test func partitionsThatMoveAreFollowed() async throws {
    let cluster = try MockKafkaCluster(brokers: 2)
    try await cluster.createTopic("orders")
    try await cluster.setLeader(of: "orders", partition: 0, to: 1)
    let kafka = KafkaAsking(cluster.bootstrapServers, configure: { $0.metadataAge = .seconds(3600) })
    #expect(try await kafka.ask(.lag(of: "workers", in: "orders")).get().topics["orders"]?[0]?.end == 0)

    try await cluster.setLeader(of: "orders", partition: 0, to: 2)

    let answer = try await kafka.ask(.lag(of: "workers", in: "orders")).get()
    #expect(answer.topics["orders"]?[0] == PartitionOffsets(end: 0, committed: -1))
  }

  @Test func oneBrokerOfThreeIsDown() async throws {
    let cluster = try MockKafkaCluster(brokers: 3)
    try await cluster.createTopic("here")
    try await cluster.createTopic("there")
    try await cluster.setLeader(of: "here", partition: 0, to: 1)
    try await cluster.setLeader(of: "there", partition: 0, to: 3)
    try await cluster.setCoordinator(of: "workers", to: 1)
    let kafka = KafkaAsking(cluster.bootstrapServers)
    let questions = [KafkaQuestion.lag(of: "workers", in: "here"), .lag(of: "workers", in: "there")]
    for result in await kafka.ask(questions) { #expect(throws: Never.self) { try result.get() } }

    try await cluster.setBroker(3, isUp: false)
    let results = await kafka.ask(questions, timeout: .seconds(2))

    #expect(throws: Never.self) { try results[0].get() }
    #expect(throws: SourceError.self) { try results[1].get() }

    try await cluster.setBroker(3, isUp: true)
    try await eventually("the broker is seen again", within: .seconds(20)) {
      await kafka.ask(questions).allSatisfy { (try? $0.get()) != nil }
    }
  }

  @Test func aCoordinatorThatIsNotAvailableFailsItsGroupOnly() async throws {
    let cluster = try MockKafkaCluster(brokers: 2)
    try await cluster.createTopic("orders")
    try await cluster.setLeader(of: "orders", partition: 0, to: 1)
    try await cluster.setCoordinator(of: "good", to: 1)
    try await cluster.setCoordinator(of: "bad", to: 2)
    let kafka = KafkaAsking(cluster.bootstrapServers)
    try await cluster.setBroker(2, isUp: false)
    let started = ContinuousClock.now

    let results = await kafka.ask(
      [.lag(of: "good", in: "orders"), .lag(of: "bad", in: "orders")], timeout: .seconds(2))

    #expect(ContinuousClock.now - started < .seconds(4))
    #expect(throws: Never.self) { try results[0].get() }
    guard case .failure(let error) = results[1] else {
      Issue.record("the group could be read")
      return
    }
    #expect(error.message.contains("bad"), "\(error)")
  }

  @Test func aSlowBrokerIsWaitedForAndThenNot() async throws {
    let cluster = try MockKafkaCluster()
    try await cluster.createTopic("orders")
    let kafka = KafkaAsking(cluster.bootstrapServers)
    try await cluster.setRoundTrip(of: 1, milliseconds: 200)

    #expect(await kafka.failure(of: .lag(of: "workers", in: "orders"), timeout: .seconds(10)) == nil)

    try await cluster.setRoundTrip(of: 1, milliseconds: 3_000)
    #expect(await kafka.failure(of: .lag(of: "workers", in: "orders"), timeout: .seconds(1))?.code == .timedOut)
  }
}
