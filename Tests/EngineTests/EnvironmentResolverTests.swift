import Engine
import KubernetesAPI
import Questions
import Testing

/// The environment of a container, as the kubelet makes it.
@Suite struct EnvironmentResolverTests {
  static let objects = FakeObjects(
    secrets: [
      Secret(
        metadata: AuthenticationResolverTests.meta("redis"), data: ["HOST": "c3RhZ2luZw=="],
        stringData: ["PASSWORD": "hunter2"])
    ],
    configMaps: [
      ConfigMap(metadata: AuthenticationResolverTests.meta("settings"), data: ["HOST": "redis", "PORT": "6379"])
    ])

  static func environment(
    _ env: [EnvironmentVariable] = [], from: [EnvironmentSource] = []
  ) -> (values: [String: String], errors: [FieldError]) {
    let workload = AuthenticationResolverTests.workload([Container(name: "main", env: env, envFrom: from)])
    let (environment, errors) = EnvironmentResolver.environment(
      of: workload, container: nil, field: "here", objects: objects, namespace: Samples.namespace)
    return (environment.mapValues { $0.reveal() }, errors)
  }

  static func literal(_ name: String, _ value: String?) -> EnvironmentVariable {
    EnvironmentVariable(name: name, value: value)
  }

  static func secret(_ name: String, _ object: String, _ key: String, optional: Bool? = nil) -> EnvironmentVariable {
    EnvironmentVariable(
      name: name,
      valueFrom: EnvironmentValueSource(secretKeyRef: KeySelector(name: object, key: key, optional: optional)))
  }

  static func map(_ name: String, _ object: String, _ key: String, optional: Bool? = nil) -> EnvironmentVariable {
    EnvironmentVariable(
      name: name,
      valueFrom: EnvironmentValueSource(configMapKeyRef: KeySelector(name: object, key: key, optional: optional)))
  }

  @Test(arguments: [
    ("plain", "plain"),
    ("$(HOST):$(PORT)", "redis:6379"),
    ("$$(HOST)", "$(HOST)"),
    ("$$$(HOST)", "$redis"),
    ("$(NOBODY)", "$(NOBODY)"),
    ("$(LATER)", "$(LATER)"),
    ("$(HOST", "$(HOST"),
    ("$HOST", "$HOST"),
    ("costs 5$", "costs 5$"),
    ("$()", "$()"),
    ("$($(HOST))", "$($(HOST))"),
    ("redis://:$(PASSWORD)@$(HOST)", "redis://:hunter2@redis"),
  ])
  func variablesInValues(_ written: String, _ value: String) {
    let found = Self.environment([
      Self.literal("HOST", "redis"), Self.map("PORT", "settings", "PORT"), Self.secret("PASSWORD", "redis", "PASSWORD"),
      Self.literal("URL", written), Self.literal("LATER", "too late"),
    ])
    #expect(found.values["URL"] == value)
    #expect(found.errors.isEmpty)
  }

  @Test func wholeObjectsComeFirstAndInOrder() {
    let all = Self.environment(
      [Self.literal("PORT", "1"), Self.literal("EMPTY", ""), Self.literal("UNSET", nil)],
      from: [
        EnvironmentSource(configMapRef: .init(name: "settings")),
        EnvironmentSource(prefix: "R_", secretRef: .init(name: "redis")),
        EnvironmentSource(secretRef: .init(name: "redis")),
      ])
    #expect(
      all.values == [
        "HOST": "staging", "PASSWORD": "hunter2", "PORT": "1", "R_HOST": "staging", "R_PASSWORD": "hunter2",
        "EMPTY": "", "UNSET": "",
      ])
  }

  @Test func whatIsOptionalMayBeMissing() {
    let found = Self.environment(
      [Self.secret("A", "nowhere", "x", optional: true), Self.map("B", "nowhere", "x", optional: true)],
      from: [
        EnvironmentSource(configMapRef: .init(name: "nowhere", optional: true)),
        EnvironmentSource(secretRef: .init(name: "nowhere", optional: true)),
      ])
    #expect(found.values.isEmpty && found.errors.isEmpty)
  }

  @Test func whatIsNotMayNot() {
    let found = Self.environment(
      [Self.secret("A", "s1", "x"), Self.map("B", "m1", "x")],
      from: [
        EnvironmentSource(configMapRef: .init(name: "m2")), EnvironmentSource(secretRef: .init(name: "s2")),
      ])
    let missing = ["ConfigMap shop/m2", "Secret shop/s2", "Secret shop/s1", "ConfigMap shop/m1"]
    #expect(
      found.errors.map(\.message)
        == missing.map {
          "the container's environment needs \($0), which does not exist: create it, or mark the reference optional"
        })
    #expect(found.errors.allSatisfy { $0.field == "scaleTargetRef" })
  }

  /// Neither set nor empty: whoever needs it is told, the others are not held up.
  @Test func aKeyThatIsMissingLeavesItsVariableUnset() {
    let found = Self.environment([
      Self.secret("A", "redis", "nothing"), Self.map("B", "settings", "nothing"), Self.literal("C", "$(A)"),
    ])
    #expect(found.values == ["C": "$(A)"])
    #expect(found.errors.isEmpty)
  }

  @Test func aWorkloadWithoutContainersHasNoEnvironment() {
    for workload in [nil, AuthenticationResolverTests.workload([])] {
      let (environment, errors) = EnvironmentResolver.environment(
        of: workload, container: "main", field: "here", objects: Self.objects, namespace: Samples.namespace)
      #expect(environment.isEmpty && errors.isEmpty)
    }
  }

  @Test func aContainerThatIsNotThereIsNamed() {
    let workload = AuthenticationResolverTests.workload([Container(name: "main"), Container(name: "side")])
    let (_, errors) = EnvironmentResolver.environment(
      of: workload, container: "mian", field: "scaleTargetRef.envSourceContainerName", objects: Self.objects,
      namespace: Samples.namespace)
    #expect(
      errors == [
        FieldError(
          field: "scaleTargetRef.envSourceContainerName",
          message: "\"mian\" is no container of the scale target: write one of main, side")
      ])
  }
}
