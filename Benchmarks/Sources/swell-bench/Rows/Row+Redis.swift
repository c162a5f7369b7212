internal import KubernetesAPI
internal import NIOPosix
internal import Polling
internal import Questions
internal import RedisSource
internal import Synchronization
internal import TestSupport

extension Row {
  /// Counted by the Redis server.
  static let connections = Row(
    name: "connections", what: "connections to one Redis for 1,000 / 10,000 triggers", keda: "1,003 / –",
    bounds: [.atMost(2, ""), .atMost(2, "")]
  ) {
    var figures: [Figure] = []
    for count in [1_000, 10_000] {
      let swell = try await SwellProcess.start(count)
      var most = 0
      // Through several polls.
      for _ in 0..<20 {
        most = max(most, try await swell.redis.clients())
        try await Task.sleep(for: .milliseconds(500))
      }
      await swell.stop()
      guard most > 0 else { throw BenchmarkError("swell is not connected to Redis") }
      figures.append(Figure(Double(most), ""))
    }
    return figures
  }

  /// From the first question handed to the source's lane to the last result, as the engine's polls do it.
  static let redisSweep = Row(
    name: "redis-sweep", what: "one sweep over 10,000 redis-streams triggers on one Redis", keda: "–",
    bounds: [.atMost(0.3, "s")]
  ) {
    let workers = Workers(count: 10_000)
    let redis = try await RedisServer.start()
    try await workers.fill(redis)
    let endpoint = Endpoint.redis(
      RedisEndpoint(topology: .standalone(HostPort(host: RedisServer.host, port: redis.port))))
    let pool = SourcePool(time: SystemTime()) { endpoint in
      guard case .redis(let redis) = endpoint else {
        return ScriptedSource(always: .failure(SourceError(.wrongSource, "\(endpoint) is not Redis")))
      }
      return RedisSource(endpoint: redis, group: MultiThreadedEventLoopGroup.singleton.next())
    }
    let questions = (0..<workers.count).map(Workers.question)
    var seconds: [Double] = []
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask { await pool.run() }
      let lane = pool.acquire(endpoint)
      for _ in 0..<7 { seconds.append(try await Self.sweep(lane, questions)) }
      group.cancelAll()
    }
    await redis.stop()
    return [Figure(median(seconds), "s", note: "(first, with connecting: \(Figure(seconds[0], "s").text))")]
  }

  private static func sweep(_ lane: SourceLane, _ questions: [Question]) async throws -> Double {
    let open = Mutex(questions.count)
    let failure = Mutex<SourceError?>(nil)
    let done = Signal()
    let start = ContinuousClock.now
    await lane.ask(questions) { deliveries in
      for delivery in deliveries {
        if case .failure(let error) = delivery.result { failure.withLock { $0 = error } }
      }
      let rest = open.withLock { rest -> Int in
        rest -= deliveries.count
        return rest
      }
      if rest == 0 { done.fire() }
    }
    await done.wait()
    if let error = failure.withLock({ $0 }) { throw BenchmarkError(error.message) }
    return (ContinuousClock.now - start).seconds
  }
}
