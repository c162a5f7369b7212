internal import Foundation
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 10: what the CRDs take, prune and refuse, as kubectl shows it; also on an external cluster.
@Suite(.serialized) struct SchemaScenarioTests {
  private static func cluster() async throws -> (TestCluster, String) {
    let cluster = try await TestCluster.start(crds: Repository.folder("deploy/base/crds"))
    return (cluster, try await cluster.makeNamespace("swell-schema"))
  }

  private static func manifest(
    _ namespace: String, name: String = "one", spec: [String] = [], trigger: [String] = [], metadata: [String] = []
  ) -> String {
    """
    apiVersion: keda.sh/v1alpha1
    kind: ScaledObject
    metadata: {name: \(name), namespace: \(namespace)}
    spec:
      scaleTargetRef: {name: app}
    \(spec.map { "  \($0)\n" }.joined())  triggers:
        - type: redis-streams
    \(trigger.map { "      \($0)\n" }.joined())      metadata: {address: "redis:6379", stream: s, consumerGroup: g, pendingEntriesCount: "5"}

    """
  }

  @Test func theExamplesAreAccepted() async throws {
    let (cluster, namespace) = try await Self.cluster()
    let namespaces = ["agents", "ai-inference"]
    for namespace in namespaces {
      try await eventually("an earlier \(namespace) is gone", within: .seconds(30)) {
        try await cluster.get("namespaces", namespace, in: "")?["metadata", "deletionTimestamp"] == nil
      }
      try await cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: \(namespace)}}")
    }
    let examples = Repository.folder("deploy/examples")
    for folder in try FileManager.default.contentsOfDirectory(atPath: examples).sorted() {
      let (status, output) = try await cluster.attempt(
        ["apply", "--dry-run=server", "--validate=strict", "-f", "\(examples)/\(folder)"])
      #expect(status == 0 && !output.lowercased().contains("warning"), "\(folder): \(output)")
      #expect(output.contains("(server dry run)"), "\(folder): \(output)")
    }
    for namespace in namespaces + [namespace] { try await cluster.deleteNamespace(namespace) }
    await cluster.stop()
  }

  @Test func unknownFieldsAreRefusedOrPruned() async throws {
    let (cluster, namespace) = try await Self.cluster()
    let folder = try TemporaryFolder("swell-schema")
    let file = try folder.write(
      Self.manifest(namespace, spec: ["pollInterval: 5", "advanced: {restore: true}"], trigger: ["wrong: 1"]),
      to: "unknown.yaml")
    let strict = try await cluster.attempt(["apply", "--validate=strict", "-f", file])
    #expect(strict.status == 1)
    for field in ["spec.pollInterval", "spec.advanced.restore", "spec.triggers[0].wrong"] {
      #expect(strict.output.contains("unknown field \"\(field)\""), "\(strict.output)")
    }
    let warned = try await cluster.attempt(["apply", "--validate=warn", "-f", file])
    #expect(warned.status == 0 && warned.output.contains("unknown field \"spec.pollInterval\""), "\(warned.output)")
    let stored = try #require(try await cluster.get("scaledobjects", "one", in: namespace))
    #expect(stored["spec", "pollInterval"] == nil && stored["spec", "triggers"]?[0]?["wrong"] == nil)
    #expect(stored["spec", "advanced"] == [:])
    // Metadata of triggers is the trigger's own affair.
    #expect(stored["spec", "triggers"]?[0]?["metadata", "stream"] == "s")
    try await cluster.deleteNamespace(namespace)
    await cluster.stop()
  }

  struct Mistake: Sendable, CustomStringConvertible {
    var spec: [String] = []
    var trigger: [String] = []
    var words: [String]
    var description: String { (spec + trigger).joined(separator: "; ") }
  }

  static let mistakes: [Mistake] = [
    Mistake(
      spec: ["minReplicaCount: 5", "maxReplicaCount: 3"],
      words: ["minReplicaCount must be less than or equal to maxReplicaCount"]),
    // Without a maximum it is 100.
    Mistake(
      spec: ["minReplicaCount: 101"], words: ["minReplicaCount must be less than or equal to maxReplicaCount"]),
    Mistake(
      spec: ["minReplicaCount: -1"],
      words: ["spec.minReplicaCount", "should be greater than or equal to 0"]),
    Mistake(spec: ["maxReplicaCount: 0"], words: ["spec.maxReplicaCount", "should be greater than or equal to 1"]),
    Mistake(spec: ["pollingInterval: 0"], words: ["spec.pollingInterval", "should be greater than or equal to 1"]),
    Mistake(spec: ["cooldownPeriod: -5"], words: ["spec.cooldownPeriod", "should be greater than or equal to 0"]),
    Mistake(
      spec: ["initialCooldownPeriod: -1"], words: ["spec.initialCooldownPeriod", "greater than or equal to 0"]),
    Mistake(spec: ["idleReplicaCount: -1"], words: ["spec.idleReplicaCount", "greater than or equal to 0"]),
    Mistake(spec: ["minReplicaCount: \"2\""], words: ["spec.minReplicaCount", "must be of type integer"]),
    Mistake(spec: ["maxReplicaCount: 1.5"], words: ["spec.maxReplicaCount", "must be of type integer"]),
    Mistake(spec: ["fallback: {replicas: 2}"], words: ["spec.fallback.failureThreshold", "Required value"]),
    Mistake(
      spec: ["fallback: {failureThreshold: 1, replicas: 2, behavior: hope}"],
      words: [
        "spec.fallback.behavior", "Unsupported value: \"hope\"", "\"static\"", "\"currentReplicasIfHigher\"",
      ]),
    Mistake(
      spec: [
        "advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: {stabilizationWindowSeconds: 3601}}}}"
      ],
      words: ["stabilizationWindowSeconds", "should be less than or equal to 3600"]),
    Mistake(
      spec: ["advanced: {scalingModifiers: {metricType: Utilization}}"],
      words: ["spec.advanced.scalingModifiers.metricType", "Unsupported value: \"Utilization\""]),
    Mistake(
      trigger: ["authenticationRef: {name: a, kind: Secret}"],
      words: ["authenticationRef.kind", "Unsupported value: \"Secret\"", "ClusterTriggerAuthentication"]),
    Mistake(
      trigger: ["authenticationRef: {kind: TriggerAuthentication}"], words: ["authenticationRef.name", "Required"]),
    Mistake(trigger: ["useCachedMetrics: \"yes\""], words: ["useCachedMetrics", "must be of type boolean"]),
  ]

  /// All on one cluster: starting one for each would be slow.
  @Test func mistakesAreRefusedWithWordsToActOn() async throws {
    let (cluster, namespace) = try await Self.cluster()
    let folder = try TemporaryFolder("swell-schema")
    func refusal(_ text: String) async throws -> String {
      let file = try folder.write(text, to: "mistake.yaml")
      let (status, output) = try await cluster.attempt(["apply", "--dry-run=server", "-f", file])
      #expect(status != 0, "\(text)")
      return output
    }
    for mistake in Self.mistakes {
      let output = try await refusal(Self.manifest(namespace, spec: mistake.spec, trigger: mistake.trigger))
      for words in mistake.words { #expect(output.contains(words), "\(mistake): \(output)") }
    }
    let whole = Self.manifest(namespace)
    let cases: [(old: String, new: String, words: [String])] = [
      ("{name: app}", "{name: \"\"}", ["spec.scaleTargetRef.name", "should be at least 1 chars long"]),
      ("{name: app}", "{kind: Deployment}", ["spec.scaleTargetRef.name", "Required value"]),
      ("type: redis-streams", "name: none", ["spec.triggers[0].type", "Required value"]),
      ("pendingEntriesCount: \"5\"", "pendingEntriesCount: 5", ["metadata.pendingEntriesCount", "type string"]),
    ]
    for (old, new, words) in cases {
      let output = try await refusal(whole.replacing(old, with: new))
      for words in words { #expect(output.contains(words), "\(new): \(output)") }
    }
    let head = whole.prefix(upTo: try #require(whole.range(of: "  triggers:")).lowerBound)
    #expect(try await refusal(head + "  triggers: []\n").contains("should have at least 1 items"))
    #expect(try await refusal(String(head)).contains("spec.triggers: Required value"))
    #expect(
      try await refusal(
        """
        apiVersion: keda.sh/v1alpha1
        kind: TriggerAuthentication
        metadata: {name: wrong, namespace: \(namespace)}
        spec: {podIdentity: {provider: oracle}, secretTargetRef: [{parameter: password, name: s}]}
        """
      ).contains("spec.podIdentity.provider: Unsupported value: \"oracle\""))
    try await cluster.deleteNamespace(namespace)
    await cluster.stop()
  }

  @Test func whatIsWrittenIsWhatIsRead() async throws {
    let (cluster, namespace) = try await Self.cluster()
    try await cluster.apply(
      Self.manifest(
        namespace, spec: ["minReplicaCount: 1", "maxReplicaCount: 7", "fallback: {failureThreshold: 3, replicas: 2}"]))
    // KEDA's one default; everything else stays unset.
    let spec = try #require(try await cluster.get("scaledobjects", "one", in: namespace)?["spec"]?.fields)
    #expect(spec["fallback"] == ["failureThreshold": 3, "replicas": 2, "behavior": "static"])
    #expect(Set(spec.keys) == ["scaleTargetRef", "triggers", "minReplicaCount", "maxReplicaCount", "fallback"])

    // The status is a resource of its own.
    try await cluster.patch("scaledobjects", "one", in: namespace, ["status": ["hpaName": "ignored"]])
    #expect(try await cluster.get("scaledobjects", "one", in: namespace)?["status"] == nil)
    try await cluster.patch(
      "scaledobjects", "one", in: namespace, subresource: "status",
      [
        "status": [
          "scaleTargetKind": "apps/v1.Deployment", "triggersTypes": "redis-streams",
          "conditions": [
            ["type": "Ready", "status": "True"], ["type": "Active", "status": "False"],
            ["type": "Fallback", "status": "False"], ["type": "Paused", "status": "Unknown"],
          ],
        ]
      ])
    let rows = try await cluster.run("get", "so", "-n", namespace).split(separator: "\n").map {
      $0.split(separator: " ").map(String.init)
    }
    #expect(
      rows.first == [
        "NAME", "SCALETARGETKIND", "SCALETARGETNAME", "MIN", "MAX", "READY", "ACTIVE", "FALLBACK", "PAUSED",
        "TRIGGERS", "AUTHENTICATIONS", "AGE",
      ])
    #expect(
      rows.last?.prefix(10) == [
        "one", "apps/v1.Deployment", "app", "1", "7", "True", "False", "False", "Unknown", "redis-streams",
      ])
    let description = try await cluster.run("describe", "so", "one", "-n", namespace)
    #expect(description.contains("Max Replica Count:") && description.contains("Failure Threshold:"))

    try await cluster.apply(
      """
      apiVersion: keda.sh/v1alpha1
      kind: TriggerAuthentication
      metadata: {name: login, namespace: \(namespace)}
      spec: {secretTargetRef: [{parameter: password, name: first, key: p}, {parameter: user, name: second, key: u}]}
      """)
    let authentications = try await cluster.run("get", "ta", "-n", namespace)
    #expect(authentications.contains("PODIDENTITY") && authentications.contains("login"), "\(authentications)")

    // The description follows the definition at a distance.
    var explanation = ""
    try await eventually("the definition is described", within: .seconds(20), every: .milliseconds(200)) {
      explanation = try await cluster.run("explain", "scaledobject.spec.minReplicaCount")
      return true
    }
    #expect(explanation.contains("integer") && explanation.contains("lets the workload go to zero"), "\(explanation)")
    try await cluster.deleteNamespace(namespace)
    await cluster.stop()
  }
}
