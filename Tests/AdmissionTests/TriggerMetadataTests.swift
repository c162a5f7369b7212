internal import Admission
internal import KubernetesAPI
internal import Testing

/// What goes beyond KEDA: the metadata of triggers, without refusing what may still come.
@Suite struct TriggerMetadataTests {
  struct Row: Sendable, CustomStringConvertible {
    var description: String
    var triggers: [JSONValue]
    /// The beginnings of the lines of the refusal; empty when it is admitted.
    var refused: [String] = []
    /// What some warning must contain; nil when there must be none.
    var warns: String?
    var cluster: @Sendable (inout FakeCluster.State) -> Void = { _ in }
  }

  static func redis(_ metadata: [String: JSONValue], _ more: [String: JSONValue] = [:]) -> JSONValue {
    var all: [String: JSONValue] = ["stream": "orders", "consumerGroup": "workers"]
    all.merge(metadata) { _, new in new }
    return Reviews.trigger("redis-streams", all, more)
  }

  static let authenticated: [String: JSONValue] = ["authenticationRef": ["name": "redis-login"]]

  static let rows: [Row] = [
    Row(description: "valid", triggers: [Reviews.redisStreams]),
    Row(
      description: "an address is missing", triggers: [redis(["pendingEntriesCount": "5"])],
      refused: ["spec.triggers[0].metadata.address: is missing"]),
    Row(
      description: "two mistakes at once",
      triggers: [redis(["address": "r:1", "pendingEntriesCount": "05", "activationLagCount": "x"])],
      refused: ["spec.triggers[0].metadata.pendingEntriesCount: \"05\""]),
    Row(
      description: "the authentication does not exist yet: the address may come from it",
      triggers: [redis(["pendingEntriesCount": "5"], authenticated)],
      warns: "spec.triggers[0].authenticationRef.name: TriggerAuthentication \"redis-login\" does not exist"),
    Row(
      description: "the authentication does not exist yet: what is written is judged",
      triggers: [redis(["pendingEntriesCount": "many"], authenticated)],
      refused: ["spec.triggers[0].metadata.pendingEntriesCount: \"many\""], warns: "redis-login"),
    Row(
      description: "the Secret does not exist yet",
      triggers: [redis(["address": "r:1", "pendingEntriesCount": "5"], authenticated)],
      warns: "Secret prod/redis-secret does not exist",
      cluster: { state in
        state.authentications = [
          TriggerAuthentication(
            metadata: ObjectMeta(name: "redis-login", namespace: "prod"),
            spec: AuthenticationSpec(secretTargetRef: [
              AuthenticationKeyReference(parameter: "password", name: "redis-secret", key: "password")
            ]))
        ]
      }),
    Row(
      description: "the environment of a workload that does not exist yet",
      triggers: [redis(["addressFromEnv": "REDIS", "pendingEntriesCount": "5"])],
      warns: "spec.triggers[0].metadata.addressFromEnv"),
    Row(
      description: "a trigger that only KEDA has", triggers: [Reviews.trigger("rabbitmq", ["queueName": "a"])],
      warns: "\"rabbitmq\" is a trigger of KEDA that this version of Swell does not support yet"),
    Row(
      description: "a type that nobody has", triggers: [Reviews.trigger("redis-stream", [:])],
      refused: ["spec.triggers[0].type: no scaler found for type: redis-stream: did you mean redis-streams?"]),
    Row(
      description: "Utilization for an external metric",
      triggers: [redis(["address": "r:1", "pendingEntriesCount": "5"], ["metricType": "Utilization"])],
      refused: ["spec.triggers[0].metricType"]),
    Row(
      description: "one metric name twice",
      triggers: [
        redis(["address": "r:1", "pendingEntriesCount": "5", "metricName": "a"]),
        redis(["address": "r:1", "pendingEntriesCount": "5", "metricName": "A"]),
      ], refused: ["spec.triggers[1].metadata.metricName: \"A\" is already the name of spec.triggers[0]"]),
  ]

  @Test(arguments: rows)
  func judges(row: Row) async throws {
    let answer = try await Reviews.create(
      Reviews.scaledObject(["triggers": .array(row.triggers)]), in: FakeCluster(row.cluster))
    #expect(answer.allowed == row.refused.isEmpty, "\(answer)")
    let lines = (answer.status?.message ?? "").split(separator: "\n")
    for start in row.refused { #expect(lines.contains { $0.hasPrefix(start) }, "\(lines)") }
    if let warns = row.warns {
      #expect(answer.warnings?.contains { $0.contains(warns) } == true, "\(answer.warnings ?? [])")
    } else {
      #expect(answer.warnings == nil)
    }
  }

  @Test func anAuthenticationThatExistsIsUsed() async throws {
    let cluster = FakeCluster { state in
      state.authentications = [
        TriggerAuthentication(
          metadata: ObjectMeta(name: "redis-login", namespace: "prod"),
          spec: AuthenticationSpec(secretTargetRef: [
            AuthenticationKeyReference(parameter: "password", name: "redis-secret", key: "password")
          ]))
      ]
      state.secrets = [Secret(metadata: ObjectMeta(name: "redis-secret"), stringData: ["password": "hunter2"])]
    }
    // The address is known to come from nowhere now.
    let answer = try await Reviews.create(
      Reviews.scaledObject(["triggers": [Self.redis(["pendingEntriesCount": "5"], Self.authenticated)]]), in: cluster)
    #expect(!answer.allowed)
    #expect(answer.warnings == nil)
    #expect(!"\(answer)".contains("hunter2"))
  }

  @Test func anUpdateThatLeavesTheSpecAloneOnlyWarns() async throws {
    let broken = ["triggers": JSONValue.array([Self.redis([:])])]
    let old = Reviews.scaledObject(broken)
    let paused = Reviews.scaledObject(
      metadata: ["annotations": ["autoscaling.keda.sh/paused": "true"]], broken)
    let answer = try await Reviews.update(from: old, to: paused)
    #expect(answer.allowed)
    #expect(answer.warnings?.contains { $0.hasPrefix("spec.triggers[0].metadata.address: is missing") } == true)
    let changed = try await Reviews.update(from: Reviews.scaledObject(), to: old)
    #expect(!changed.allowed)
  }

  @Test func everyRefusalTellsTheFieldAndWhatToWrite() async throws {
    let answer = try await Reviews.create(
      Reviews.scaledObject(["minReplicaCount": 9, "maxReplicaCount": 3, "triggers": [Self.redis([:])]]))
    let status = try #require(answer.status)
    let lines = (status.message ?? "").split(separator: "\n")
    #expect(lines.first == "MinReplicaCount=9 must be less than MaxReplicaCount=3")
    #expect(lines.dropFirst().first?.hasPrefix("  spec.minReplicaCount: 9 is greater than ") == true, "\(lines)")
    #expect(lines.contains { $0.hasPrefix("spec.triggers[0].metadata.address: ") })
    // kubectl shows the message only where the reason is another than Invalid.
    #expect(status.code == 403 && status.reason == "Forbidden")
    #expect(status.details?.kind == "ScaledObject" && status.details?.name == "orders")
    let causes = status.details?.causes ?? []
    #expect(causes.first?.field == "spec.minReplicaCount")
    #expect(causes.first?.message?.contains("lower minReplicaCount or raise maxReplicaCount") == true)
    #expect(causes.contains { $0.field == "spec.triggers[0].metadata.address" })
  }
}
