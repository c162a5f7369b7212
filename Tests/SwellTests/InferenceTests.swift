internal import Foundation
internal import TestSupport
internal import Testing

/// The inference example on a real Redis, with times that suit a test.
@Suite struct InferenceTests {
  private static let namespace = "ai-inference"
  private static let name = "inference-workers"
  private static let metric = "s0-redis-streams-inference-requests"
  /// The one in the example's Secret.
  private static let password = "example-only"

  private static func redis(port: Int? = nil) async throws -> RedisStream {
    let server = try await RedisServer.start {
      $0.password = password
      $0.port = port
    }
    return RedisStream(server: server, stream: "inference-requests")
  }

  private static func manifests(_ redis: RedisStream, cooldown: Int, scaleDownPods: Int = 5) throws -> Manifests {
    try Manifests.example(
      "inference",
      replacing: [
        ("127.0.0.1:6379", redis.server.address), ("pollingInterval: 15", "pollingInterval: 1"),
        ("cooldownPeriod: 180", "cooldownPeriod: \(cooldown)"), ("periodSeconds: 15", "periodSeconds: 1"),
        ("periodSeconds: 60", "periodSeconds: 1"), ("stabilizationWindowSeconds: 300", "stabilizationWindowSeconds: 1"),
        ("value: 5, periodSeconds", "value: \(scaleDownPods), periodSeconds"),
      ])
  }

  /// 500 pending at 10 a replica: 50 replicas, as fast as +20 pods or +100 % a period allow.
  @Test func fiftyReplicasForFiveHundredPending() async throws {
    let redis = try await Self.redis()
    try await redis.deliver(500)
    let manifests = try Self.manifests(redis, cooldown: 60)
    let swell = try await LocalSwell.start(manifests.path)
    try await swell.waitForDecision("50 replicas") { $0.scaledTo == 50 }
    let lines = try swell.decisions()
    #expect(lines.compactMap(\.scaledTo) == [1, 21, 42, 50])
    #expect(lines.allSatisfy { $0.name == Self.name && $0.namespace == Self.namespace && $0.desiredReplicas == 50 })
    #expect(lines.allSatisfy { $0.active && $0.triggers.map(\.value) == [500] && $0.triggers[0].target == "10" })
    let first = try #require(lines.first)
    #expect(first.isLoop && first.currentReplicas == 0 && first.scaledTo == 1 && first.codes.first == "activated")
    let limited = try #require(lines.first { $0.scaledTo == 21 })
    #expect(limited.author == "hpa" && limited.codes.first == "limitedByPolicy")
    try Self.expectDocumentedFields(swell.run.output)
    try await Self.expectMetric("500", from: swell)
    await swell.stop()
  }

  /// Each line has these fields and no others; `scaledTo` is there also where nothing was written.
  private static func expectDocumentedFields(_ output: String) throws {
    let fields: Set = [
      "time", "namespace", "name", "author", "active", "currentReplicas", "desiredReplicas", "scaledTo", "reasons",
      "triggers",
    ]
    for line in output.split(separator: "\n") {
      let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(Set(object.keys) == fields)
      #expect(object["scaledTo"] is Int || object["scaledTo"] is NSNull)
      let reasons = try #require(object["reasons"] as? [[String: Any]])
      #expect(!reasons.isEmpty && reasons.allSatisfy { Set($0.keys) == ["code", "message"] })
      let triggers = try #require(object["triggers"] as? [[String: Any]])
      #expect(triggers.allSatisfy { Set($0.keys) == ["metricName", "value", "target", "active"] })
    }
  }

  /// By alias as an operator types it, by KEDA's name as an HPA asks, and by what is wrong.
  private static func expectMetric(_ value: String, from swell: LocalSwell) async throws {
    for (metric, object) in [("redis_stream_length", nil), (Self.metric, name), (Self.metric.uppercased(), name)] {
      let reply = try await swell.get(metric, in: namespace, of: object)
      #expect(reply.status == 200, "\(metric): \(reply.body)")
      let list = try reply.decoded(as: ExternalMetricValueList.self)
      #expect(list.kind == "ExternalMetricValueList" && list.apiVersion == "external.metrics.k8s.io/v1beta1")
      let item = try #require(list.items.first)
      #expect(list.items.count == 1 && item.value == value && item.metricName == Self.metric)
      #expect(item.metricLabels?["scaledobject.keda.sh/name"] == name)
      let age = Date().timeIntervalSince(try Date.ISO8601FormatStyle().parse(item.timestamp))
      #expect((-1..<5).contains(age), "read \(age) s ago")
    }
    let wrong: [(String, Int)] = [
      (LocalSwell.path("no_such_metric", in: namespace), 404),
      (LocalSwell.path("redis_stream_length", in: "elsewhere"), 404),
      (LocalSwell.path(Self.metric, in: namespace, of: "somebody"), 404),
      (LocalSwell.path(Self.metric, in: namespace) + "?labelSelector=a%3D%3D%3Db", 400),
    ]
    for (path, status) in wrong {
      let reply = try await CurlReply.get(swell.api + path)
      let body = try reply.decoded(as: StatusView.self)
      #expect(reply.status == status && body.code == status && body.kind == "Status", "\(path): \(reply.body)")
    }
    let post = try await CurlReply.get(swell.api + LocalSwell.path(Self.metric, in: namespace), ["-X", "POST"])
    #expect(post.status == 405)
  }

  /// As an administrator asks a cluster, where `kubectl` is installed.
  @Test(.enabled("kubectl is installed") { Kubectl.isInstalled }) func kubectlReadsTheMetric() async throws {
    let redis = try await Self.redis()
    try await redis.deliver(70)
    let manifests = try Self.manifests(redis, cooldown: 60)
    let swell = try await LocalSwell.start(manifests.path)
    try await swell.waitForDecision("a decision") { $0.desiredReplicas == 7 }
    for path in [
      LocalSwell.path("redis_stream_length", in: Self.namespace),
      LocalSwell.path(Self.metric, in: Self.namespace, of: Self.name),
    ] {
      let text = try await Kubectl.get(path, from: swell.api)
      let list = try JSONDecoder().decode(ExternalMetricValueList.self, from: Data(text.utf8))
      #expect(list.items.map(\.value) == ["70"])
    }
    let discovery = try await Kubectl.get(LocalSwell.group, from: swell.api)
    #expect(discovery.contains("\"APIResourceList\""))
    let missing = try await Kubectl.get(LocalSwell.path("nothing", in: Self.namespace), from: swell.api)
    #expect(missing.contains("NotFound"))
    await swell.stop()
  }

  /// Killed: the replicas stay for three failed readings, then the fallback's 5. Back: the real value, without restart.
  @Test func outageFallsBackToFiveAndEndsByItself() async throws {
    let redis = try await Self.redis()
    try await redis.deliver(500)
    let manifests = try Self.manifests(redis, cooldown: 60, scaleDownPods: 50)
    let swell = try await LocalSwell.start(manifests.path)
    try await swell.waitForDecision("50 replicas") { $0.scaledTo == 50 }
    await redis.server.crash()
    let fallback = try await swell.waitForDecision("the fallback") { $0.codes.contains("fallback") }
    #expect(fallback.desiredReplicas == 5 && fallback.active && fallback.triggers.map(\.value) == [50])
    #expect(fallback.reasons[0].code == "fallback", "the first reason answers why")
    let before = try swell.decisions().prefix { $0 != fallback }
    let failed = before.filter { $0.isLoop && $0.triggers[0].value == nil }
    #expect(failed.count == 3, "three failures are not more than three")
    #expect(before.drop { $0.scaledTo != 50 }.dropFirst().allSatisfy { $0.scaledTo == nil })
    #expect(failed.allSatisfy { $0.currentReplicas == 50 && $0.desiredReplicas == 50 })
    #expect(failed.allSatisfy { $0.triggers[0].unknown?.contains("127.0.0.1:\(redis.server.port)") == true })
    let count = try swell.decisions().count
    try await swell.waitForDecision("5 replicas", after: count) { $0.currentReplicas == 5 }
    let object = try #require(await swell.object(Self.name, in: Self.namespace))
    #expect(object.fallback && object.currentReplicas == 5 && object.reasons.contains { $0.code == "fallback" })
    let explanation = try await SwellProgram.run(
      "explain", "\(Self.namespace)/\(Self.name)", "--server", swell.telemetry)
    #expect(explanation.output.contains("fallback to 5"))

    let again = try await Self.redis(port: redis.server.port)
    try await again.deliver(300)
    try await swell.waitForDecision("30 replicas", after: count) { $0.scaledTo == 30 }
    try await Self.expectMetric("300", from: swell)
    let recovered = try #require(await swell.object(Self.name, in: Self.namespace))
    #expect(!recovered.fallback && !recovered.reasons.contains { $0.code == "fallback" })
    await swell.stop()
  }

  /// Everything acknowledged: 1 replica while the cooldown lasts, then 0.
  @Test func zeroAfterTheCooldownAndNotBefore() async throws {
    let redis = try await Self.redis()
    try await redis.deliver(40)
    let cooldown = 5
    let manifests = try Self.manifests(redis, cooldown: cooldown)
    let swell = try await LocalSwell.start(manifests.path)
    try await swell.waitForDecision("4 replicas") { $0.scaledTo == 4 }
    try await redis.acknowledgeAll()
    let zero = try await swell.waitForDecision("0 replicas") { $0.scaledTo == 0 }
    let lines = try swell.decisions().prefix { $0 != zero }
    let lastActive = try #require(lines.last { $0.isLoop && $0.active })
    let waited = try zero.seconds - lastActive.seconds
    #expect(waited >= Double(cooldown), "0 after \(waited) s")
    #expect(waited < Double(cooldown) + 4, "0 only after \(waited) s")
    #expect(zero.isLoop && !zero.active && zero.triggers.map(\.value) == [0] && zero.desiredReplicas == 0)
    let waiting = lines.drop { $0.time <= lastActive.time }
    #expect(waiting.contains { $0.codes.contains("coolingDown") }, "\(waiting.flatMap(\.codes))")
    #expect(waiting.allSatisfy { $0.scaledTo != 0 && $0.currentReplicas > 0 })
    await swell.stop()
  }
}

/// The Kubernetes command line, against an address.
enum Kubectl {
  static let isInstalled = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/kubectl")
  }

  /// `kubectl get --raw`: what it prints, errors included.
  static func get(_ path: String, from server: String) async throws -> String {
    let child = try await ChildProcess.start(
      "kubectl",
      [
        "--kubeconfig=/dev/null", "--server=\(server)", "--insecure-skip-tls-verify", "--token=none", "get", "--raw",
        path,
      ])
    _ = try await child.waitUntilExit()
    return child.output
  }
}
