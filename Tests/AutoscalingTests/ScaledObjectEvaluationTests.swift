internal import Autoscaling
internal import KubernetesAPI
internal import Testing

@Suite struct ScaledObjectEvaluationTests {
  @Test func settingsComeFromTheObjectWithDefaults() {
    let object = ScaledObject(
      metadata: ObjectMeta(
        name: "so", namespace: "shop", annotations: ["autoscaling.keda.sh/force-activation": "true"]),
      spec: ScaledObjectSpec(
        scaleTargetRef: ScaleTarget(name: "orders"),
        triggers: [
          ScaleTriggerSpec(type: "redis-streams", metadata: [:]), ScaleTriggerSpec(type: "cpu", metadata: [:]),
        ], fallback: FallbackSpec(failureThreshold: 3, replicas: 5)))
    let spec = ScalingSpec(of: object, metrics: [Samples.metric("s0-orders")])
    var expected = Samples.spec(
      fallback: FallbackSpec(failureThreshold: 3, replicas: 5, behavior: "static"), forced: true, resources: ["cpu"])
    expected.modifiers = nil
    #expect(spec == expected)
  }

  @Test func aMissingReadingIsUnknown() {
    let result = ScaledObjectEvaluation(
      of: Samples.spec(), readings: [], state: Samples.state(2), now: Timestamp(seconds: 1))
    #expect(result.activity.isError)
    #expect(result.decision.scaleTo == nil)
    #expect(result.desired.count == 2)
  }

  @Test func fallbackIsToldOnTheChangeOnly() {
    let spec = Samples.spec(fallback: FallbackSpec(failureThreshold: 0, replicas: 5))
    func event(_ value: Double?, was: Bool?) -> ScaleEvent? {
      ScaledObjectEvaluation(
        of: spec, readings: [Samples.reading(value, at: 1)], state: Samples.state(1), wasFallingBack: was,
        now: Timestamp(seconds: 1)
      ).fallbackEvent
    }
    #expect(event(nil, was: false) == .fallbackActivated)
    #expect(event(nil, was: true) == nil)
    #expect(event(3, was: true) == .fallbackDeactivated)
    #expect(event(3, was: false) == nil)
    #expect(event(nil, was: nil) == nil)
  }

  /// As in KEDA, of cpu and memory nobody can tell whether they fall back; without a fallback, nothing does.
  @Test func aFallbackWithoutMetricsIsNotTold() {
    func fallback(_ spec: FallbackSpec?, was: Bool) -> Condition? {
      ScaledObjectEvaluation(
        of: Samples.spec(fallback: spec, metrics: [], resources: ["cpu"]), readings: [], state: Samples.state(1),
        wasFallingBack: was, now: Timestamp(seconds: 1)
      ).conditions.first { $0.type == "Fallback" }
    }
    let configured = FallbackSpec(failureThreshold: 0, replicas: 5)
    #expect(fallback(configured, was: false) == nil)
    #expect(fallback(configured, was: true) == KEDACondition.noFallback)
    #expect(fallback(nil, was: false) == KEDACondition.noFallback)
  }

  @Test func aFailingTriggerDoesNotHideAHealthyOne() {
    let metrics = [Samples.metric("s0-a"), Samples.metric("s1-b", index: 1)]
    let spec = Samples.spec(fallback: FallbackSpec(failureThreshold: 0, replicas: 5), metrics: metrics)
    let result = Samples.evaluate(spec, [nil, 90], current: 1)
    #expect(result.desired.count == 9)
    #expect(result.activity.activeMetrics == ["s0-a", "s1-b"])
    #expect(
      result.triggersActivity == ["s0-a": TriggerActivity(isActive: true), "s1-b": TriggerActivity(isActive: true)])
    #expect(result.metrics.map(\.effective) == [.fallback(milliValue: 50_000, replicas: 5), .value(90)])
  }

  @Test func severalMetricsOfOneTriggerTheLastDecides() {
    let metrics = [Samples.metric("s0-a"), Samples.metric("s0-b")]
    #expect(!Samples.evaluate(Samples.spec(metrics: metrics), [9, 0], current: 1).activity.isActive)
    let active = Samples.evaluate(Samples.spec(metrics: metrics), [0, 9], current: 1).activity
    #expect(active.activeMetrics == ["s0-a", "s0-b"])
  }

  @Suite struct Modifiers {
    static func spec(activationTarget: String? = nil, fallback: FallbackSpec? = nil) -> ScalingSpec {
      var spec = Samples.spec(
        fallback: fallback, metrics: [Samples.metric("s0-a"), Samples.metric("s1-b", index: 1)])
      spec.modifiers = ScalingModifiers(formula: "a + b", target: "4", activationTarget: activationTarget)
      return spec
    }

    static func evaluate(_ spec: ScalingSpec, _ values: [Double?], formula: CompositeMetric.Formula? = sum)
      -> ScaledObjectEvaluation
    {
      ScaledObjectEvaluation(
        of: spec, readings: values.map { Samples.reading($0, at: 1) }, state: Samples.state(1), formula: formula,
        now: Timestamp(seconds: 1))
    }

    static let sum: CompositeMetric.Formula = { metrics in
      .value(metrics.reduce(0) { $0 + ($1.effective.quantity?.approximateDouble ?? 0) })
    }

    @Test func theCompositeDecides() {
      let result = Modifiers.evaluate(Modifiers.spec(), [6, 2])
      #expect(result.desired.count == 2)
      #expect(result.activity.activeMetrics == ["composite-metric"])
      #expect(result.composite?.effective == .value(8))
    }

    @Test(arguments: [
      ("7.999", true), ("8", false), ("Inf", false), ("-Inf", true), ("", true), ("0x8", false), ("500m", false),
      (" 8", false), ("NaN", false),
    ])
    func activationTarget(_ text: String, _ isActive: Bool) {
      #expect(Modifiers.evaluate(Modifiers.spec(activationTarget: text), [6, 2]).activity.isActive == isActive)
    }

    @Test func anActivationTargetThatIsNoNumberIsAnError() {
      let result = Modifiers.evaluate(Modifiers.spec(activationTarget: "x"), [6, 2])
      #expect(result.activity.isError)
      #expect(result.decision.scaleTo == nil)
    }

    @Test func anUnknownTriggerMakesTheCompositeUnknownAndTheFormulaIsNotAsked() {
      let result = Modifiers.evaluate(Modifiers.spec(), [6, nil]) { _ in .value(1_000) }
      #expect(result.composite?.effective == .unknown(Samples.refused))
      #expect(result.desired.count == 1)
    }

    @Test func theFirstFallbackStandsInForTheFormula() {
      let spec = Modifiers.spec(fallback: FallbackSpec(failureThreshold: 0, replicas: 6))
      let result = Modifiers.evaluate(spec, [6, nil]) { _ in .value(1_000) }
      #expect(result.composite?.effective == .fallback(milliValue: 24_000, replicas: 6))
      #expect(result.desired.count == 6)
    }

    @Test func withoutAnEvaluatorTheFormulaIsUnknownAndSaysSo() {
      let result = Modifiers.evaluate(Modifiers.spec(), [6, 2], formula: nil)
      #expect(result.composite?.effective.unknownReason?.code == "formulaNotEvaluated")
      #expect(result.decision.scaleTo == nil)
    }
  }
}
