import Autoscaling
import Engine
import KubernetesAPI
import Questions
import TestSupport
import Testing
import Triggers

@Suite struct ObjectPlannerTests {
  static func outcome(_ object: ScaledObject, objects: FakeObjects = FakeObjects()) -> ObjectPlanner.Outcome {
    ObjectPlanner(objects: objects, version: "1.2", clusterNamespace: "swell").plan(object, now: ManualTime().now())
  }

  @Test func aPlanHoldsEverythingTheEngineNeeds() throws {
    var object = Samples.object(
      [Samples.cpu, Samples.stream("jobs", target: 20, activation: 3, useCachedMetrics: true)], interval: 7,
      cooldown: 60, min: 1, max: 30, fallback: FallbackSpec(failureThreshold: 3, replicas: 5))
    object.metadata.labels = ["team": "shop"]
    object.metadata.creationTimestamp = "2025-05-06T07:08:09Z"
    let outcome = Self.outcome(object)
    #expect(outcome.errors.isEmpty)
    let plan = try #require(outcome.plan)
    #expect(plan.key == Samples.key())
    #expect(plan.target == Samples.target())
    #expect(plan.labels == ["team": "shop", "scaledobject.keda.sh/name": "orders"])
    #expect(plan.createdAt == Timestamp(rfc3339: "2025-05-06T07:08:09Z"))
    #expect(plan.pollingInterval == .seconds(7))
    #expect(plan.isPolled)
    #expect(plan.triggers.map(\.metricName) == ["cpu", "s1-redis-streams-jobs"])
    #expect(plan.triggers.map(\.usesCachedMetrics) == [false, true])
    #expect(
      plan.endpoints
        == [nil, .redis(RedisEndpoint(topology: .standalone(HostPort(host: "redis", port: 6379))))])
    #expect(
      plan.scaling.metrics == [
        TriggerMetric(
          triggerIndex: 1, name: "s1-redis-streams-jobs", target: .averageValue(Quantity(20)), activationThreshold: 3)
      ])
    #expect(plan.scaling.resourceTriggers == ["cpu"])
    #expect(plan.hpa.metadata.labels?["app.kubernetes.io/version"] == "1.2")
    #expect(plan.hpa.metadata.labels?["scaledobject.keda.sh/name"] == "orders", "as KEDA labels the object first")
    #expect(plan.hpa.spec.metrics.map(\.type) == ["External", "Resource"])
  }

  /// Where no webhook has kept it out, as in KEDA: the HPA has the long name, and the label made of it is cut.
  @Test func aNameTooLongForTheWebhookWorksWithoutIt() throws {
    var object = Samples.object([Samples.stream("jobs")])
    object.metadata.name = String(repeating: "n", count: 60)
    #expect(Self.outcome(object).errors.map(\.field) == ["metadata.name"])
    let planner = ObjectPlanner(
      objects: FakeObjects(), version: "1.2", clusterNamespace: "swell", holdsToWebhookRules: false)
    let plan = try #require(planner.plan(object, now: ManualTime().now()).plan)
    #expect(plan.hpa.metadata.name == "keda-hpa-" + object.metadata.name)
    #expect(plan.hpa.metadata.labels?["app.kubernetes.io/name"]?.utf8.count == 63)
    #expect(plan.notices.map(\.field) == ["metadata.name"])
  }

  @Test func anObjectWithoutACreationTimeIsCreatedNow() throws {
    #expect(try Samples.plan(Samples.object([Samples.stream("jobs")])).createdAt == ManualTime().now())
    var object = Samples.object([Samples.stream("jobs")])
    object.metadata.creationTimestamp = "yesterday"
    #expect(try Samples.plan(object).createdAt == ManualTime().now())
    object.metadata.namespace = nil
    #expect(try Samples.plan(object).key.namespace == "default")
  }

  // MARK: Errors

  struct Fault: Sendable, CustomTestStringConvertible {
    var field: String
    var word: String
    var change: @Sendable (inout ScaledObject) -> Void
    var testDescription: String { field }

    init(_ field: String, _ word: String, _ change: @escaping @Sendable (inout ScaledObject) -> Void) {
      self.field = field
      self.word = word
      self.change = change
    }
  }

  static let faults: [Fault] = [
    Fault("spec.triggers", "empty") { $0.spec.triggers = [] },
    Fault("spec.triggers[0].type", "redis-streams") { $0.spec.triggers[0].type = "redis-stream" },
    Fault("spec.triggers[0].type", "empty") { $0.spec.triggers[0].type = "" },
    Fault("spec.triggers[0].type", "not support") { $0.spec.triggers[0].type = "rabbitmq" },
    Fault("spec.triggers[0].metadata.stream", "missing") { $0.spec.triggers[0].metadata["stream"] = nil },
    Fault("spec.triggers[0].metadata.address", "missing") { $0.spec.triggers[0].metadata["address"] = nil },
    Fault("spec.triggers[0].metadata.streamLength", "abc") { $0.spec.triggers[0].metadata["streamLength"] = "abc" },
    Fault("spec.triggers[0].metadata.streamLength", "-5") { $0.spec.triggers[0].metadata["streamLength"] = "-5" },
    Fault("spec.triggers[0].metadata.streamLength", "NaN") { $0.spec.triggers[0].metadata["streamLength"] = "NaN" },
    Fault("spec.triggers[0].metadata.streamLength", "1e400") {
      $0.spec.triggers[0].metadata["streamLength"] = "1e400"
    },
    Fault("spec.triggers[0].metricType", "Utilization") { $0.spec.triggers[0].metricType = "Utilization" },
    Fault("spec.triggers[0].authenticationRef.name", "nobody") {
      $0.spec.triggers[0].authenticationRef = AuthenticationRef(name: "nobody")
    },
    Fault("spec.triggers[0].authenticationRef.kind", "Secret") {
      $0.spec.triggers[0].authenticationRef = AuthenticationRef(name: "nobody", kind: "Secret")
    },
    Fault("spec.scaleTargetRef.name", "empty") { $0.spec.scaleTargetRef.name = "" },
    Fault("spec.minReplicaCount", "maxReplicaCount") {
      $0.spec.minReplicaCount = 5
      $0.spec.maxReplicaCount = 4
    },
    Fault("spec.idleReplicaCount", "minReplicaCount") {
      $0.spec.minReplicaCount = 2
      $0.spec.idleReplicaCount = 3
    },
    Fault("spec.pollingInterval", "0") { $0.spec.pollingInterval = 0 },
    Fault("spec.fallback.replicas", "-1") { $0.spec.fallback = FallbackSpec(failureThreshold: 1, replicas: -1) },
    Fault("spec.triggers[1].name", "queue") {
      $0.spec.triggers[0].name = "queue"
      $0.spec.triggers.append(Samples.stream("more"))
      $0.spec.triggers[1].name = "queue"
    },
    Fault("spec.triggers[1].metadata.metricName", "spec.triggers[0]") {
      $0.spec.triggers = [
        Samples.stream("a", metricName: "backlog"), Samples.stream("b", metricName: "BackLog"),
      ]
    },
    Fault("spec.advanced.scalingModifiers", "not supported yet") {
      $0.spec.triggers[0].name = "queue"
      $0.spec.advanced = AdvancedConfig(scalingModifiers: ScalingModifiers(formula: "queue / 2", target: "5"))
    },
    Fault("spec.triggers[0].metadata.stream", "65536") {
      $0.spec.triggers[0].metadata["stream"] = String(repeating: "x", count: 1_048_576)
    },
    Fault("spec.triggers[0].metadata.stream", "U+") { $0.spec.triggers[0].metadata["stream"] = "a\u{0}b" },
  ]

  @Test(arguments: faults)
  func everyFaultHasItsPlaceAndItsAdvice(_ fault: Fault) throws {
    var object = Samples.object([Samples.stream("jobs")])
    fault.change(&object)
    let outcome = Self.outcome(object)
    #expect(outcome.plan == nil)
    let errors = outcome.errors.filter { $0.field == fault.field }
    #expect(errors.count == 1, "\(outcome.errors.map(\.field))")
    #expect(errors.first?.message.contains(fault.word) == true, "\(errors)")
    #expect(outcome.errors.allSatisfy { $0.field.hasPrefix("spec.") })
    #expect(outcome.errors.allSatisfy { $0.message.utf8.count < 1_000 })
  }

  @Test func everythingThatIsWrongIsToldAtOnce() {
    var object = Samples.object([Samples.stream("a"), Samples.stream("b"), Samples.stream("c")], interval: 0)
    object.spec.triggers[0].metadata["stream"] = nil
    object.spec.triggers[2].metadata["streamLength"] = "many"
    let outcome = Self.outcome(object)
    #expect(
      Set(outcome.errors.map(\.field)) == [
        "spec.pollingInterval", "spec.triggers[0].metadata.stream", "spec.triggers[2].metadata.streamLength",
      ])
    #expect(outcome.triggers.map(\.index) == [1], "the one that is right is known all the same")
  }

  @Test func triggersOfOneKindNeedNoNames() throws {
    let object = Samples.object([Samples.stream("jobs"), Samples.stream("jobs")])
    #expect(try Samples.plan(object).triggers.map(\.metricName) == ["s0-redis-streams-jobs", "s1-redis-streams-jobs"])
  }

  // MARK: Authentication and environment

  static let secret = AuthenticationResolverTests.secretText

  /// A Redis whose address, user and password come from three places.
  static func authenticated() -> (ScaledObject, FakeObjects) {
    var object = Samples.object([Samples.stream("jobs")])
    object.spec.triggers[0].metadata["address"] = nil
    object.spec.triggers[0].metadata["addressFromEnv"] = "REDIS"
    object.spec.triggers[0].metadata["usernameFromEnv"] = "REDIS_USER"
    object.spec.triggers[0].authenticationRef = AuthenticationRef(name: "auth")
    var objects = AuthenticationResolverTests.objects
    objects.workloads = [
      AuthenticationResolverTests.workload([
        Container(
          name: "main",
          env: [
            EnvironmentVariable(name: "HOST", value: "queue"),
            EnvironmentVariable(name: "REDIS", value: "$(HOST):6380"),
            EnvironmentVariable(name: "REDIS_USER", value: "worker"),
          ])
      ])
    ]
    objects.triggerAuthentications = [
      TriggerAuthentication(
        metadata: AuthenticationResolverTests.meta("auth"),
        spec: AuthenticationSpec(
          secretTargetRef: [AuthenticationResolverTests.key("password", "redis", "password")]))
    ]
    return (object, objects)
  }

  @Test func credentialsReachTheEndpoint() throws {
    let (object, objects) = Self.authenticated()
    let plan = try Samples.plan(object, objects: objects)
    #expect(
      plan.endpoints == [
        .redis(
          RedisEndpoint(
            topology: .standalone(HostPort(host: "queue", port: 6380)), username: "worker",
            password: SecretText(Self.secret)))
      ])
  }

  @Test func aSecretIsNeverShown() throws {
    let (object, objects) = Self.authenticated()
    let plan = try Samples.plan(object, objects: objects)
    var shown = ""
    dump(plan, to: &shown)
    #expect(shown.contains("queue"), "the dump shows the endpoint")
    #expect(!shown.contains(Self.secret))
    #expect(!"\(plan)".contains(Self.secret))

    // Wherever a secret could be misplaced: as a number, a URL, a certificate, a header.
    var faulty = objects
    let parameters = [
      "password", "username", "tls", "ca", "cert", "key", "keyPassword", "sasl", "address", "host", "port",
      "sentinelMaster", "sentinelPassword", "bearerToken", "authModes", "serverAddress", "customAuthHeader",
      "customAuthValue", "awsAccessKeyID", "oauthTokenEndpointUri", "oauthExtensions", "scopes", "realm",
      "kerberosConfig", "keytab", "unsafeSsl", "bootstrapServers", "topic", "consumerGroup", "lagThreshold", "version",
    ]
    faulty.triggerAuthentications[0].spec.secretTargetRef = parameters.map {
      AuthenticationResolverTests.key($0, "redis", "password")
    }
    faulty.workloads = [
      AuthenticationResolverTests.workload([
        Container(
          name: "main", env: [EnvironmentVariable(name: "REDIS", value: Self.secret)])
      ])
    ]
    for type in TriggerTypes.names {
      for authModes in ["bearer", "basic", "tls", "custom", "oauth", "apiKey"] {
        var object = object
        object.spec.triggers[0].type = type
        var metadata: [String: String] = ["authModes": authModes, "tls": "enable", "enableTLS": "true"]
        for name in parameters { metadata[name + "FromEnv"] = "REDIS" }
        object.spec.triggers[0].metadata.merge(metadata) { $1 }
        let outcome = Self.outcome(object, objects: faulty)
        for error in outcome.errors + (outcome.plan?.notices ?? []) {
          #expect(!"\(error)".contains(Self.secret), "\(type): \(error)")
        }
      }
    }
  }

  @Test func aTriggerWithoutItsCredentialsReportsTheCauseOnly() {
    let (object, objects) = Self.authenticated()
    var missing = objects
    missing.secrets = []
    #expect(
      Self.outcome(object, objects: missing).errors == [
        FieldError(
          field: "spec.triggers[0].authenticationRef",
          message: "auth: parameter password: Secret shop/redis does not exist: create it with key password, "
            + "or correct the name")
      ])
  }

  @Test func aContainerThatIsNotThereIsNamed() {
    var (object, objects) = Self.authenticated()
    object.spec.scaleTargetRef.envSourceContainerName = "mian"
    let errors = Self.outcome(object, objects: objects).errors
    #expect(
      errors.contains(
        FieldError(
          field: "spec.scaleTargetRef.envSourceContainerName",
          message: "\"mian\" is no container of the scale target: write one of main")))
    objects.workloads = []
    #expect(!Self.outcome(object, objects: objects).errors.contains { $0.field.hasPrefix("spec.scaleTargetRef") })
  }

  /// As in KEDA: `envSourceContainerName` is for `…FromEnv`; `env` of a TriggerAuthentication names its own container, or
  /// means the first one.
  @Test func theContainerOfTheObjectIsNotThatOfItsAuthentication() throws {
    var (object, objects) = Self.authenticated()
    objects.workloads = [
      AuthenticationResolverTests.workload([
        Container(name: "first", env: [EnvironmentVariable(name: "NAME", value: "of-the-first")]),
        Container(
          name: "second",
          env: [
            EnvironmentVariable(name: "NAME", value: "of-the-second"),
            EnvironmentVariable(name: "REDIS", value: "redis.second:6379"),
          ]),
      ])
    ]
    objects.triggerAuthentications = [
      TriggerAuthentication(
        metadata: AuthenticationResolverTests.meta("auth"),
        spec: AuthenticationSpec(env: [AuthenticationEnvironment(parameter: "username", name: "NAME")]))
    ]
    object.spec.scaleTargetRef.envSourceContainerName = "second"
    object.spec.triggers[0].metadata["usernameFromEnv"] = nil
    let plan = try Samples.plan(object, objects: objects)
    #expect(
      plan.endpoints == [
        .redis(
          RedisEndpoint(
            topology: .standalone(HostPort(host: "redis.second", port: 6379)), username: "of-the-first"))
      ])
  }

  @Test func aVariableThatIsNotThereIsTold() throws {
    var (object, objects) = Self.authenticated()
    object.spec.triggers[0].metadata["usernameFromEnv"] = "REDIS_NAME"
    let plan = try Samples.plan(object, objects: objects)
    #expect(
      plan.notices.map(\.field) == ["spec.triggers[0].metadata.usernameFromEnv"], "KEDA takes it for empty: no error")
    #expect(plan.notices.first?.message.contains("\"REDIS_NAME\"") == true)

    objects.workloads = []
    let errors = Self.outcome(object, objects: objects).errors
    #expect(errors.map(\.field).contains("spec.triggers[0].metadata.addressFromEnv"), "here something is missing")
  }

  @Test func settingsWithoutEffectAreNotices() throws {
    var object = Samples.object([Samples.stream("jobs")])
    object.spec.triggers[0].metadata["streamLenght"] = "7"
    let notices = try Samples.plan(object).notices
    #expect(notices.map(\.field) == ["spec.triggers[0].metadata.streamLenght"])
  }
}
