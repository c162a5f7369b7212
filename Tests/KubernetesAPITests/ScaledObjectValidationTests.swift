internal import KubernetesAPI
internal import Testing

@Suite struct ScaledObjectValidationTests {
  /// A change of a valid object, and the fields that are wrong afterwards.
  struct Rule: Sendable, CustomStringConvertible {
    var description: String
    var fields: [String]
    /// What one of the messages must contain.
    var says: String
    var change: @Sendable (inout ScaledObjectSpec) -> Void

    init(
      _ description: String, _ fields: [String], says: String = "",
      _ change: @escaping @Sendable (inout ScaledObjectSpec) -> Void
    ) {
      self.description = description
      self.fields = fields
      self.says = says
      self.change = change
    }
  }

  static let rules: [Rule] = [
    Rule("valid", []) { _ in },
    Rule("no target name", ["spec.scaleTargetRef.name"]) { $0.scaleTargetRef.name = "" },
    Rule("polling 0", ["spec.pollingInterval"], says: "0 is too small: write 1 or more") { $0.pollingInterval = 0 },
    Rule("initial cooldown -1", ["spec.initialCooldownPeriod"], says: "-1") { $0.initialCooldownPeriod = -1 },
    Rule("cooldown -1", ["spec.cooldownPeriod"], says: "-1") { $0.cooldownPeriod = -1 },
    Rule("min -1", ["spec.minReplicaCount"], says: "-1") { $0.minReplicaCount = -1 },
    Rule("max 0", ["spec.maxReplicaCount"], says: "write 1 or more") { $0.maxReplicaCount = 0 },
    Rule("min 0 max 0", ["spec.maxReplicaCount"], says: "0") { ($0.minReplicaCount, $0.maxReplicaCount) = (0, 0) },
    Rule("min 6 max 5", ["spec.minReplicaCount"], says: "6 is greater than maxReplicaCount 5") {
      ($0.minReplicaCount, $0.maxReplicaCount) = (6, 5)
    },
    Rule("min 101 max unset", ["spec.minReplicaCount"], says: "100 (the default)") { $0.minReplicaCount = 101 },
    Rule("min = max", []) { ($0.minReplicaCount, $0.maxReplicaCount) = (5, 5) },
    Rule("idle without min", ["spec.idleReplicaCount"], says: "set minReplicaCount") { $0.idleReplicaCount = 0 },
    Rule("idle 0 min 0", []) { ($0.idleReplicaCount, $0.minReplicaCount) = (0, 0) },
    Rule("idle 1 min 0", ["spec.idleReplicaCount"], says: "write at most 0") {
      ($0.idleReplicaCount, $0.minReplicaCount) = (1, 0)
    },
    Rule("idle 2 min 2", ["spec.idleReplicaCount"], says: "2 is not less than minReplicaCount 2") {
      ($0.idleReplicaCount, $0.minReplicaCount) = (2, 2)
    },
    Rule("idle 1 min 2", []) { ($0.idleReplicaCount, $0.minReplicaCount) = (1, 2) },
    Rule("idle -1", ["spec.idleReplicaCount"], says: "-1") { ($0.idleReplicaCount, $0.minReplicaCount) = (-1, 2) },
    Rule("extremes", ["spec.minReplicaCount", "spec.idleReplicaCount"]) {
      ($0.minReplicaCount, $0.idleReplicaCount, $0.maxReplicaCount) = (.min, .max, .max)
    },
    Rule("fallback -1", ["spec.fallback.failureThreshold", "spec.fallback.replicas"], says: "write 0 or more") {
      $0.fallback = FallbackSpec(failureThreshold: -1, replicas: -2)
    },
    Rule("fallback behavior misspelled", ["spec.fallback.behavior"], says: "did you mean currentReplicas?") {
      $0.fallback = FallbackSpec(failureThreshold: 3, replicas: 5, behavior: "currentReplica")
    },
    Rule("fallback behavior of a formula without one", ["spec.fallback.behavior"], says: "formula") {
      $0.fallback = FallbackSpec(failureThreshold: 3, replicas: 5, behavior: "scalingModifiers")
    },
    Rule("fallback with cpu alone", ["spec.fallback"], says: "cpu and memory") {
      $0.minReplicaCount = 1
      $0.fallback = FallbackSpec(failureThreshold: 3, replicas: 5)
      $0.triggers = [ScaleTriggerSpec(type: "cpu", metricType: "Utilization", metadata: ["value": "60"])]
    },
    Rule("cpu alone to zero", ["spec.minReplicaCount"], says: "scale to zero") {
      $0.triggers = [ScaleTriggerSpec(type: "cpu", metadata: [:]), ScaleTriggerSpec(type: "memory", metadata: [:])]
    },
    Rule("cpu alone to zero on a Rollout", []) {
      $0.scaleTargetRef = ScaleTarget(name: "x", apiVersion: "argoproj.io/v1alpha1", kind: "Rollout")
      $0.triggers = [ScaleTriggerSpec(type: "cpu", metadata: [:])]
    },
    Rule("cpu with another", []) { $0.triggers.append(ScaleTriggerSpec(type: "cpu", metadata: [:])) },
    Rule("no triggers", ["spec.triggers"], says: "at least one") { $0.triggers = [] },
    Rule("trigger without type", ["spec.triggers[0].type"]) { $0.triggers[0].type = "" },
    Rule("cached cron", ["spec.triggers[1].useCachedMetrics"], says: "cron") {
      $0.triggers.append(ScaleTriggerSpec(type: "cron", useCachedMetrics: true, metadata: [:]))
    },
    Rule("cached redis", []) { $0.triggers[0].useCachedMetrics = true },
    Rule("same name thrice", ["spec.triggers[1].name", "spec.triggers[2].name"], says: "spec.triggers[0]") {
      $0.triggers = (0..<3).map { _ in ScaleTriggerSpec(type: "redis", name: "a", metadata: [:]) }
    },
    Rule("empty names", []) {
      $0.triggers = (0..<3).map { _ in ScaleTriggerSpec(type: "redis", name: "", metadata: [:]) }
    },
    Rule("authentication kind", ["spec.triggers[0].authenticationRef.kind"], says: "ClusterTriggerAuthentication") {
      $0.triggers[0].authenticationRef = AuthenticationRef(name: "a", kind: "ClusterTriggerAuth")
    },
    Rule("modifiers without formula", ["spec.advanced.scalingModifiers.formula"]) {
      $0.advanced = AdvancedConfig(scalingModifiers: ScalingModifiers(target: "5"))
    },
    Rule("modifiers without target", ["spec.advanced.scalingModifiers.target"]) {
      $0.advanced = AdvancedConfig(scalingModifiers: ScalingModifiers(formula: "a"))
    },
    Rule("modifiers with Utilization", ["spec.advanced.scalingModifiers.metricType"], says: "AverageValue") {
      $0.advanced = AdvancedConfig(
        scalingModifiers: ScalingModifiers(formula: "a", target: "5", metricType: "Utilization"))
    },
    Rule("empty modifiers", []) { $0.advanced = AdvancedConfig(scalingModifiers: ScalingModifiers()) },
    Rule(
      "behavior",
      [
        "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.stabilizationWindowSeconds",
        "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.selectPolicy",
        "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[0].type",
        "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[0].value",
        "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies[1].periodSeconds",
        "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.tolerance",
      ], says: "3601 is out of range: write 0 to 3600"
    ) {
      let behavior = HPABehavior(
        scaleUp: HPAScalingRules(stabilizationWindowSeconds: 3601, selectPolicy: "max"),
        scaleDown: HPAScalingRules(
          policies: [
            HPAScalingPolicy(type: "Replicas", value: 0, periodSeconds: 15),
            HPAScalingPolicy(type: "Percent", value: 50, periodSeconds: 1801),
          ], tolerance: Quantity(milliValue: -1)))
      $0.advanced = AdvancedConfig(horizontalPodAutoscalerConfig: HorizontalPodAutoscalerConfig(behavior: behavior))
    },
  ]

  @Test(arguments: rules)
  func names(rule: Rule) {
    let errors = ScaledObjectTests.object(rule.change).validate()
    #expect(errors.map(\.field) == rule.fields, "\(errors)")
    #expect(rule.says.isEmpty || errors.contains { $0.message.contains(rule.says) }, "\(errors)")
  }

  @Test(arguments: ["0", "-1", "x", "", "NaN", "inf", "1e400", " 5", "0x10", "1_"])
  func modifierTargetsMustBeAboveZero(target: String) {
    let errors = ScaledObjectTests.object {
      $0.advanced = AdvancedConfig(scalingModifiers: ScalingModifiers(formula: "a", target: target))
    }.validate()
    #expect(errors.map(\.field) == ["spec.advanced.scalingModifiers.target"])
  }

  @Test(arguments: [("1e400", "value out of range"), ("x", "invalid syntax"), ("0", "it must be greater than 0")])
  func modifierTargetsAreRefusedInTheWordsOfGo(target: String, cause: String) {
    let violations = ScaledObjectTests.object {
      $0.advanced = AdvancedConfig(scalingModifiers: ScalingModifiers(formula: "a", target: target))
    }.admissionViolations()
    #expect(violations.contains { $0.message.hasSuffix("parsing \"\(target)\": \(cause)") }, "\(violations)")
  }

  @Test(arguments: ["5", "+5", ".5", "5.", "1e3", "0x10p0", "1_000"])
  func modifierTargetsAreGosNumbers(target: String) {
    let errors = ScaledObjectTests.object {
      $0.advanced = AdvancedConfig(scalingModifiers: ScalingModifiers(formula: "a", target: target))
    }.validate()
    #expect(errors == [])
  }

  @Test(arguments: [
    ("a", 0), (String(repeating: "n", count: 54), 0), (String(repeating: "n", count: 55), 1),
    (String(repeating: "n", count: 64), 2),
    ("", 1), ("Orders", 1), ("a_b", 1), ("-a", 1), ("a.b-c", 0),
  ])
  func namesOfObjects(name: String, count: Int) {
    let errors = ScaledObjectTests.object(name: name).validate()
    #expect(errors.count == count, "\(errors)")
    #expect(errors.allSatisfy { $0.field == "metadata.name" })
  }

  @Test func namesOfHPAs() {
    func errors(_ name: String) -> [String] {
      ScaledObjectTests.object {
        $0.advanced = AdvancedConfig(horizontalPodAutoscalerConfig: HorizontalPodAutoscalerConfig(name: name))
      }.validate().map(\.field)
    }
    #expect(errors(String(repeating: "h", count: 63)).isEmpty)
    #expect(errors(String(repeating: "h", count: 64)) == ["spec.advanced.horizontalPodAutoscalerConfig.name"])
    #expect(errors(String(repeating: "é", count: 32)) == ["spec.advanced.horizontalPodAutoscalerConfig.name"])
  }

  /// Only the webhook minds: the API server takes names of up to 253 bytes, and the label made of one is cut.
  @Test func aLongNameOfAnHPAWorks() {
    let object = ScaledObjectTests.object(name: String(repeating: "n", count: 60))
    #expect(object.controllerErrors().isEmpty)
    #expect(object.webhookErrors().map(\.field) == ["metadata.name"])
  }
}
