internal import Foundation
internal import TestSupport
internal import Testing

/// The examples with more than one trigger, on real servers.
@Suite struct SeveralTriggersTests {
  /// 100 pending at 5 a replica want 20, a lag of 1,500 at 100 a replica wants 15: the larger wins.
  @Test func theLargerOfRedisAndKafkaDecides() async throws {
    async let starting = KafkaBroker.start()
    let redis = RedisStream(server: try await RedisServer.start(), stream: "embedding-requests")
    try await redis.deliver(100)
    let kafka = try await starting
    try await kafka.administrator.createTopic("documents", partitions: 3)
    for partition in Int32(0)..<3 {
      try await kafka.administrator.produce(600, to: "documents", partition: partition)
    }
    try await kafka.administrator.commit([0: 100, 1: 100, 2: 100], of: "documents", for: "embedding-batch")
    let manifests = try Manifests.example(
      "multi-trigger",
      replacing: [
        ("127.0.0.1:6379", redis.server.address), ("127.0.0.1:9092", kafka.bootstrapServers),
        ("pollingInterval: 15", "pollingInterval: 1"), ("replicas: 0", "replicas: 12"),
      ])

    let query = try await SwellProgram.run("query", "-f", manifests.path, "-o", "json")
    #expect(query.status == 0, "\(query.everything)")
    let entry = try #require(try QueryEntry.all(in: query.output).first)
    #expect(entry.desiredReplicas == 20 && entry.active && entry.triggers.map(\.value) == [100, 1_500])
    #expect(entry.reasons[0].message.contains("s0-redis-streams-embedding-requests"))

    let swell = try await LocalSwell.start(manifests.path)
    let line = try await swell.waitForDecision("20 replicas") { $0.scaledTo == 20 }
    #expect(line.author == "hpa" && line.currentReplicas == 12 && line.desiredReplicas == 20)
    #expect(line.triggers.map(\.value) == [100, 1_500] && line.triggers.map(\.target) == ["5", "100"])
    let loop = try #require(try swell.decisions().first(where: \.isLoop))
    for decision in [line, loop] {
      let binding = try #require(decision.reasons.first)
      #expect(binding.message.contains("s0-redis-streams-embedding-requests"), "\(decision.reasons)")
    }
    for (alias, value) in [("redis_stream_length", "100"), ("kafka_lag", "1500")] {
      let list = try await swell.get(alias, in: "ai-inference").decoded(as: ExternalMetricValueList.self)
      #expect(list.items.map(\.value) == [value])
    }
    // Less in Redis: now the lag binds.
    try await redis.acknowledgeAll()
    let count = try swell.decisions().count
    let other = try await swell.waitForDecision("the lag decides", after: count) {
      $0.isLoop && $0.desiredReplicas == 15
    }
    #expect(other.reasons[0].message.contains("s1-kafka-documents"))
    await swell.stop()
  }

  /// cpu and memory are left to the HPA; the request rate decides what can be decided here.
  @Test func agentsFollowTheirRequestRate() async throws {
    let prometheus = try await PrometheusServer.start()
    let rates = [("planner", 90, 3), ("researcher", 10, 2), ("coder", 70, 4), ("reviewer", 1_000, 5)]
    let manifests = try Manifests.example(
      "agents",
      replacing: rates.map { agent, rate, _ in
        ("sum(rate(agent_requests_total{agent=\"\(agent)\"}[1m]))", "vector(\(rate))")
      } + [("127.0.0.1:9090", "127.0.0.1:\(prometheus.port)"), ("pollingInterval: 15", "pollingInterval: 1")])

    let check = try await SwellProgram.run("check", "-f", manifests.path)
    #expect(check.output.components(separatedBy: "decided by the HPA").count == 1 + 2 * rates.count)
    let query = try await SwellProgram.run("query", "-f", manifests.path)
    #expect(query.status == 0, "what the HPA decides is not unknown: \(query.everything)")
    #expect(query.output.contains("agents/agent-planner: 3 replicas, active"))
    #expect(query.output.contains("trigger 0 cpu: decided by the HPA"), "\(query.output)")
    let swell = try await LocalSwell.start(manifests.path)
    for (agent, rate, replicas) in rates {
      let name = "agent-\(agent)"
      let line = try await swell.waitForDecision("\(replicas) of \(name)", of: name) {
        $0.desiredReplicas == replicas && $0.author == "hpa" && ($0.scaledTo ?? $0.currentReplicas) == replicas
      }
      let trigger = try #require(line.triggers.last)
      #expect(trigger.metricName == "s2-prometheus" && trigger.value == Double(rate) && trigger.active)
    }
    let capped = try #require(try swell.decisions("agent-reviewer").first { $0.scaledTo == 5 })
    #expect(capped.codes.first == "limitedByMaximum", "\(capped.codes)")
    // As KEDA counts requests: by the type of the trigger, whatever its name.
    let metrics = try await CurlReply.get("\(swell.telemetry)/metrics").body
    for series in [
      #"keda_scaler_http_requests_total{namespace="agents",scaled_resource="agent-coder",scaler="prometheus","#
        + #"trigger_name="requests",metric_name="s2-prometheus",status_code="200"} "#,
      #"keda_scaler_http_request_duration_seconds_count{scaler="prometheus",status_code="200"} "#,
      #"keda_scaler_http_request_duration_seconds_bucket{scaler="prometheus",status_code="200",le="10"} "#,
    ] {
      #expect(metrics.contains("\n" + series), "\(series)")
      #expect(!metrics.contains("\n" + series + "0\n"), "\(series)")
    }
    await swell.stop()

    let table = try await SwellRun.start(
      ["local", "-f", manifests.path, "-o", "table", "--secure-port", "0", "--metrics-port", "0", "--duration", "3s"])
    #expect(try await table.process.waitUntilExit() == 0)
    for resource in ["cpu", "memory"] {
      #expect(table.output.contains("\(resource): decided by the HPA"), "\(table.output)")
    }
  }
}
