internal import KafkaSource
internal import Questions
internal import TestSupport
internal import Testing

/// Against a real broker.
@Suite(.timeLimit(.minutes(5))) struct KafkaSourceTests {
  @Test func aGroupThatIs1500MessagesBehind() async throws {
    let broker = try await KafkaBroker.start()
    let admin = broker.administrator
    try await admin.createTopic("orders")
    try await admin.produce(1_700, to: "orders")
    try await admin.commit([0: 200], of: "orders", for: "workers")
    let kafka = KafkaAsking([broker.bootstrapServers])

    let answer = try await kafka.ask(.lag(of: "workers", in: "orders")).get()

    #expect(answer.topics == ["orders": [0: PartitionOffsets(end: 1_700, committed: 200)]])
    #expect(answer.lag == 1_500)
  }

  @Test func partitions() async throws {
    let broker = try await KafkaBroker.start()
    let admin = broker.administrator
    try await admin.createTopic("orders", partitions: 4)
    for (partition, count) in [(0, 5), (1, 7), (3, 9)] {
      try await admin.produce(count, to: "orders", partition: Int32(partition))
    }
    try await admin.commit([0: 5, 1: 2], of: "orders", for: "workers")
    let kafka = KafkaAsking([broker.bootstrapServers])

    let results = await kafka.ask([
      .lag(of: "workers", in: "orders"),
      .lag(of: "workers", in: "orders", partitions: [1, 3, 9]),
      .lag(of: "workers", in: "orders", partitions: [7]),
      .lag(of: "workers", in: "orders", partitions: []),
    ])

    let all: [Int32: PartitionOffsets] = [
      0: PartitionOffsets(end: 5, committed: 5), 1: PartitionOffsets(end: 7, committed: 2),
      2: PartitionOffsets(end: 0, committed: -1), 3: PartitionOffsets(end: 9, committed: -1),
    ]
    #expect(try results[0].get().topics == ["orders": all])
    #expect(try results[1].get().topics == ["orders": all.filter { [1, 3].contains($0.key) }])
    #expect(try results[2].get().topics == ["orders": [:]])
    #expect(try results[3].get().topics == ["orders": [:]])
  }

  @Test func allTopicsThatAGroupHasCommitted() async throws {
    let broker = try await KafkaBroker.start()
    let admin = broker.administrator
    try await admin.createTopics(["orders", "returns", "other"], partitions: 2)
    try await admin.produce(10, to: "orders")
    try await admin.produce(20, to: "returns", partition: 1)
    try await admin.commit(["orders": [0: 4], "returns": [1: 5]], for: "workers")
    let kafka = KafkaAsking([broker.bootstrapServers])

    let results = await kafka.ask([
      KafkaQuestion(group: "workers", topics: .allCommitted),
      .lag(of: "workers", in: "orders", partitions: [0]),
      KafkaQuestion(group: "nobody", topics: .allCommitted),
    ])

    // Partitions that the group has never committed count too, as KEDA has it.
    #expect(
      try results[0].get().topics == [
        "orders": [0: PartitionOffsets(end: 10, committed: 4), 1: PartitionOffsets(end: 0, committed: -1)],
        "returns": [0: PartitionOffsets(end: 0, committed: -1), 1: PartitionOffsets(end: 20, committed: 5)],
      ])
    #expect(try results[1].get().topics == ["orders": [0: PartitionOffsets(end: 10, committed: 4)]])
    #expect(try results[2].get().topics == [:])
  }

  @Test func aFailedQuestionLeavesItsNeighboursAlone() async throws {
    let broker = try await KafkaBroker.start()
    try await broker.administrator.createTopic("orders", partitions: 2)
    try await broker.administrator.produce(3, to: "orders")
    try await broker.administrator.commit([0: 1, 1: 0], of: "orders", for: "workers")
    let kafka = KafkaAsking([broker.bootstrapServers])
    let redis = Question.redis(RedisQuestion([]))

    let results = await kafka.source.answers(
      to: [
        .kafka(.lag(of: "workers", in: "missing")),
        redis,
        .kafka(.lag(of: "", in: "orders")),
        .kafka(.lag(of: "workers", in: "or ders")),
        .kafka(.lag(of: "workers", in: String(repeating: "x", count: 1 << 20))),
        .kafka(.lag(of: "wor\0kers", in: "orders")),
        .kafka(.lag(of: String(repeating: "x", count: 1 << 20), in: "orders")),
        .kafka(.lag(of: "workers", in: "orders")),
        .kafka(.lag(of: "nobody", in: "orders")),
      ], timeout: .seconds(10))

    func code(_ index: Int) -> SourceError.Code? {
      if case .failure(let error) = results[index] { return error.code }
      return nil
    }
    #expect(
      results.indices.map(code) == [
        .refusedByServer, .wrongSource, .unusableConfiguration, .unusableConfiguration, .unusableConfiguration,
        .unusableConfiguration, .unusableConfiguration, nil, nil,
      ])
    guard case .failure(let error) = results[0], case .success(.kafka(let workers)) = results[7],
      case .success(.kafka(let nobody)) = results[8]
    else {
      Issue.record("unexpected: \(results)")
      return
    }
    #expect(error.message == "kafka://\(broker.bootstrapServers): topic \"missing\" does not exist")
    #expect(workers.lag == 2)
    #expect(nobody.topics["orders"]?[0] == PartitionOffsets(end: 3, committed: -1))
  }

  @Test func askingForATopicDoesNotCreateIt() async throws {
    let broker = try await KafkaBroker.start()
    let kafka = KafkaAsking([broker.bootstrapServers])

    #expect(await kafka.failure(of: .lag(of: "workers", in: "later"))?.code == .refusedByServer)
    #expect(await kafka.failure(of: .lag(of: "workers", in: "later"))?.code == .refusedByServer)
    try await broker.administrator.createTopic("later", partitions: 3)
    // And once it exists it is seen at once.
    #expect(try await kafka.ask(.lag(of: "workers", in: "later")).get().topics["later"]?.count == 3)
  }

  @Test func newPartitionsAreSeenWhenWhatIsKnownHasAged() async throws {
    let broker = try await KafkaBroker.start()
    try await broker.administrator.createTopic("orders", partitions: 1)
    let fresh = KafkaAsking([broker.bootstrapServers], configure: { $0.metadataAge = .zero })
    let lasting = KafkaAsking([broker.bootstrapServers], configure: { $0.metadataAge = .seconds(3600) })
    #expect(try await fresh.ask(.lag(of: "workers", in: "orders")).get().topics["orders"]?.count == 1)
    #expect(try await lasting.ask(.lag(of: "workers", in: "orders")).get().topics["orders"]?.count == 1)

    try await broker.administrator.deleteTopic("orders")
    try await broker.administrator.createTopic("orders", partitions: 2)

    #expect(try await fresh.ask(.lag(of: "workers", in: "orders")).get().topics["orders"]?.count == 2)
    #expect(try await lasting.ask(.lag(of: "workers", in: "orders")).get().topics["orders"]?.count == 1)
  }

  @Test func severalBatchesAtOnceShareTheConnections() async throws {
    let broker = try await KafkaBroker.start()
    let topics = (0..<20).map { "topic-\($0)" }
    try await broker.administrator.createTopics(topics, partitions: 3)
    let kafka = KafkaAsking([broker.bootstrapServers])
    #expect(kafka.source.openConnections == 0)

    await withTaskGroup { group in
      for topic in topics {
        group.addTask {
          let result = await kafka.ask((0..<10).map { .lag(of: "group-\($0)", in: topic) })
          #expect(result.allSatisfy { (try? $0.get().topics[topic]?.count) == 3 })
        }
      }
    }

    #expect((1...3).contains(kafka.source.openConnections))
  }

  @Test func shutdownClosesTheConnections() async throws {
    let broker = try await KafkaBroker.start()
    try await broker.administrator.createTopic("orders")
    let kafka = KafkaAsking([broker.bootstrapServers])
    _ = try await kafka.ask(.lag(of: "workers", in: "orders")).get()
    #expect(kafka.source.openConnections > 0)

    await kafka.source.shutdown()

    try await eventually("the connections close", within: .seconds(10)) { kafka.source.openConnections == 0 }
    #expect(await kafka.failure(of: .lag(of: "workers", in: "orders"))?.message.contains("shut down") == true)
    #expect(kafka.source.openConnections == 0)
  }
}
