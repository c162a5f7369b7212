internal import KafkaSource
internal import Questions
internal import TestSupport

extension Row {
  /// 1,000 groups, each in a topic of its own with 12 partitions: nothing can be shared but the connections. The broker's own
  /// time is part of the figure.
  static let kafkaSweep = Row(
    name: "kafka-sweep", what: "1,000 consumer groups × 12 partitions on one broker, one sweep: connections / time",
    keda: "2 connections a trigger (600 for 300)", bounds: [.atMost(3, ""), .atMost(1, "s")]
  ) {
    let (count, partitions) = (1_000, 12)
    let broker = try await KafkaBroker.start()
    let topics = (0..<count).map { "topic-\($0)" }
    for start in stride(from: 0, to: count, by: 100) {
      try await broker.administrator.createTopics(Array(topics[start..<start + 100]), partitions: partitions)
    }
    let offsets = Dictionary(uniqueKeysWithValues: (0..<Int32(partitions)).map { ($0, Int64(0)) })
    for (number, topic) in topics.enumerated() {
      try await broker.administrator.commit(offsets, of: topic, for: "group-\(number)")
    }
    let source = KafkaSource(endpoint: KafkaEndpoint(bootstrapServers: [broker.bootstrapServers]))
    let questions = topics.enumerated().map { number, topic in
      Question.kafka(KafkaQuestion(group: "group-\(number)", topics: .one(topic, partitions: nil)))
    }
    var seconds: [Double] = []
    var connections = 0
    for _ in 0..<6 {
      let start = ContinuousClock.now
      let results = await source.answers(to: questions, timeout: .seconds(20))
      seconds.append((ContinuousClock.now - start).seconds)
      connections = max(connections, source.openConnections)
      for result in results {
        guard case .kafka(let answer) = try result.get(), answer.topics.values.first?.count == partitions else {
          throw BenchmarkError("an answer has not all \(partitions) partitions")
        }
      }
    }
    await source.shutdown()
    await broker.stop()
    return [
      Figure(Double(connections), ""),
      Figure(
        median(Array(seconds.dropFirst())), "s",
        note: "(first, with connecting and metadata: \(Figure(seconds[0], "s").text))"),
    ]
  }
}
