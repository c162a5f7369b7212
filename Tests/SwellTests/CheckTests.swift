internal import Foundation
internal import TestSupport
internal import Testing

/// `swell check` on manifests that are right: what it prints, and how it ends.
@Suite struct CheckTests {
  @Test func exampleManifestsAreValidAsTheyAre() async throws {
    for name in ["inference", "multi-trigger", "agents"] {
      let folder = Manifests.repository.appendingPathComponent("deploy/examples/\(name)").path
      let check = try await SwellProgram.run("check", "-f", folder)
      #expect(check.status == 0, "\(name): \(check.everything)")
      #expect(check.output.contains("all valid") && check.errors.isEmpty)
    }
  }

  /// The keys of the JSON are a contract: no more, no fewer, for every kind of trigger.
  @Test func jsonHasTheDocumentedShape() async throws {
    let folder = Manifests.repository.appendingPathComponent("deploy/examples/inference").path
    let check = try await SwellProgram.run("check", "-f", folder, "-o", "json")
    #expect(check.status == 0 && check.errors.isEmpty)
    let entries = try #require(JSONSerialization.jsonObject(with: Data(check.output.utf8)) as? [[String: Any]])
    #expect(entries.compactMap { $0["kind"] as? String } == ["TriggerAuthentication", "ScaledObject"])
    let object = try #require(entries.last)
    for field in ["kind", "namespace", "name", "valid", "errors", "triggers", "hpa"] {
      #expect(object[field] != nil, "\(field) is missing")
    }
    #expect(object["namespace"] as? String == "ai-inference" && object["name"] as? String == "inference-workers")
    #expect(object["valid"] as? Bool == true && (object["errors"] as? [Any])?.isEmpty == true)
    let trigger = try #require((object["triggers"] as? [[String: Any]])?.first)
    #expect(
      NSDictionary(dictionary: trigger)
        == [
          "index": 0, "type": "redis-streams", "metricName": "s0-redis-streams-inference-requests",
          "alias": "redis_stream_length", "targetType": "AverageValue", "target": "10", "activationThreshold": 0,
          "endpoint": "redis://127.0.0.1:6379/0",
        ])
    let hpa = try #require(object["hpa"] as? [String: Any])
    #expect(hpa["apiVersion"] as? String == "autoscaling/v2")
    #expect((hpa["metadata"] as? [String: Any])?["name"] as? String == "keda-hpa-inference-workers")
    let spec = try #require(hpa["spec"] as? [String: Any])
    #expect(spec["minReplicas"] as? Int == 1 && spec["maxReplicas"] as? Int == 100)
    #expect((spec["metrics"] as? [Any])?.count == 1)
  }

  @Test func namedTriggersAndThoseOfTheHPAAreListed() async throws {
    let examples = Manifests.repository.appendingPathComponent("deploy/examples").path
    let check = try await SwellProgram.run(
      "check", "-f", examples + "/multi-trigger", "-f", examples + "/agents", "-o", "json")
    let entries = try JSONDecoder().decode([CheckEntry].self, from: Data(check.output.utf8))
    #expect(check.status == 0)
    let batch = try #require(entries.first { $0.name == "embedding-workers" }?.triggers.last)
    #expect(batch.name == "batch" && batch.metricName == "s1-kafka-documents" && batch.alias == "kafka_lag")
    #expect(batch.target == "100" && batch.endpoint == "kafka://127.0.0.1:9092")
    let planner = try #require(entries.first { $0.name == "agent-planner" })
    #expect(planner.triggers.map(\.metricName) == ["cpu", "memory", "s2-prometheus"])
    #expect(planner.triggers.map(\.targetType) == ["Utilization", "Utilization", "AverageValue"])
    #expect(planner.triggers.map(\.target) == ["70", "80", "30"])
    #expect(planner.triggers.map(\.alias) == [nil, nil, "prometheus_requests"])
  }

  /// 0 all valid, 1 something is not (or nothing is there), 2 wrong usage.
  @Test func exitStatusTellsWhatHappened() async throws {
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("right"), to: "right.yaml")
    let right = manifests.folder.path("right.yaml")
    try manifests.write(Manifest.redis("wrong", minimum: "11"), to: "wrong.yaml")
    try manifests.write("# nothing here\n", to: "empty.yaml")
    let cases: [([String], Int32, says: String)] = [
      (["check", "-f", right], 0, "1 object, all valid"),
      (["check", "-f", manifests.path], 1, "2 objects, 1 invalid"),
      (["check", "-f", manifests.folder.path("empty.yaml")], 1, "nothing to check"),
      (["check", "-f", manifests.folder.path("empty.yaml"), "-o", "json"], 1, "nothing to check"),
      (["check", "-f", manifests.folder.path("absent.yaml")], 2, "absent.yaml does not exist"),
      (["check"], 2, "Missing expected argument"),
      (["check", "-f", right, "-o", "xml"], 2, "'text' and 'json'"),
      (["check", "-f", right, "--strict"], 2, "Unknown option '--strict'"),
      (["chekc"], 2, "chekc"),
      (["--version"], 0, "0."),
    ]
    for (arguments, status, text) in cases {
      let run = try await SwellRun.start(arguments)
      #expect(try await run.process.waitUntilExit() == status, "\(arguments)")
      #expect((run.output + run.errors).contains(text), "\(arguments): \(run.output)\(run.errors)")
    }
  }
}

/// What is wrong without being wrong in the specification.
@Suite struct CheckFindingTests {
  private static func entries(_ text: String) async throws -> [CheckEntry] {
    let manifests = try Manifests()
    try manifests.write(text, to: "object.yaml")
    let check = try await SwellProgram.run("check", "-f", manifests.path, "-o", "json")
    #expect(check.status == 1, "\(check.everything)")
    return try JSONDecoder().decode([CheckEntry].self, from: Data(check.output.utf8))
  }

  /// The runtime leaves the replicas alone, and says Ready False.
  @Test func aNumberOfReplicasToPauseAtThatIsNone() async throws {
    let text = Manifest.redis("orders").replacing(
      "metadata:\n", with: "metadata:\n  annotations: {autoscaling.keda.sh/paused-replicas: many}\n",
      maxReplacements: 1)
    let entry = try #require(try await Self.entries(text).first)
    #expect(!entry.valid && entry.triggers.count == 1)
    #expect(entry.errors.map(\.field) == ["metadata.annotations[autoscaling.keda.sh/paused-replicas]"])
    let message = entry.errors.first?.message ?? ""
    #expect(message.hasPrefix("\"many\" is not a number of replicas: write a whole number"), "\(message)")
  }

  @Test(arguments: [
    ("keda.sh/v1", "ScaledObject"), ("keda.k8s.io/v1alpha1", "ScaledObject"),
    ("keda.sh/v1beta1", "TriggerAuthentication"), ("v1", "ClusterTriggerAuthentication"), ("keda.sh/v2", "ScaledJob"),
  ])
  func aVersionThatIsNotKnown(_ version: String, of kind: String) async throws {
    let entries = try await Self.entries(
      "apiVersion: \(version)\nkind: \(kind)\nmetadata: {name: orders, namespace: shop}\nspec: {}\n")
    let entry = try #require(entries.first)
    #expect(entries.count == 1 && entry.kind == kind && entry.name == "orders")
    #expect(entry.errors.map(\.field) == ["apiVersion"])
    #expect(
      entry.errors.map(\.message) == ["\"\(version)\" of kind \(kind) is not known: write keda.sh/v1alpha1"])
  }
}

/// One entry of `swell check -o json`.
struct CheckEntry: Decodable {
  struct Problem: Decodable {
    var field: String
    var message: String
  }

  struct Trigger: Decodable {
    var index: Int
    var type: String
    var name: String?
    var metricName: String
    var alias: String?
    var targetType: String?
    var target: String?
    var endpoint: String?
  }

  var kind: String
  var namespace: String
  var name: String
  var valid: Bool
  var errors: [Problem]
  var triggers: [Trigger]
}
