internal import KubernetesAPI
internal import Testing

@Suite struct ScaledObjectTests {
  static func object(
    name: String = "orders", annotations: [String: String] = [:], _ change: (inout ScaledObjectSpec) -> Void = { _ in }
  ) -> ScaledObject {
    var spec = ScaledObjectSpec(
      scaleTargetRef: ScaleTarget(name: "orders-api"),
      triggers: [ScaleTriggerSpec(type: "redis", metadata: ["listName": "q"])])
    change(&spec)
    return ScaledObject(metadata: ObjectMeta(name: name, namespace: "prod", annotations: annotations), spec: spec)
  }

  @Test func defaults() {
    let bare = Self.object()
    #expect(bare.hpaName == "keda-hpa-orders")
    #expect(bare.spec.effectivePollingInterval == 30 && bare.spec.effectiveCooldownPeriod == 300)
    #expect(bare.spec.effectiveInitialCooldownPeriod == 0)
    #expect(bare.spec.effectiveMinReplicaCount == 0 && bare.spec.effectiveMaxReplicaCount == 100)
    #expect(bare.spec.hpaMinReplicas == 1 && bare.spec.hpaMaxReplicas == 100)
    #expect(bare.spec.scaleTargetRef.groupVersionKindText == "apps/v1.Deployment")
    #expect(!bare.spec.usesScalingModifiers)
    #expect(bare.spec.triggers.first?.authenticationKind == nil)

    let full = Self.object {
      $0.scaleTargetRef = ScaleTarget(name: "x", apiVersion: "argoproj.io/v1alpha1", kind: "Rollout")
      $0.pollingInterval = 5
      $0.cooldownPeriod = 0
      $0.minReplicaCount = 3
      $0.maxReplicaCount = 7
      $0.advanced = AdvancedConfig(
        horizontalPodAutoscalerConfig: HorizontalPodAutoscalerConfig(name: "mine"),
        scalingModifiers: ScalingModifiers(activationTarget: "1"))
      $0.triggers[0].authenticationRef = AuthenticationRef(name: "a")
    }
    #expect(full.hpaName == "mine")
    #expect(full.spec.effectivePollingInterval == 5 && full.spec.effectiveCooldownPeriod == 0)
    #expect(full.spec.hpaMinReplicas == 3 && full.spec.hpaMaxReplicas == 7)
    #expect(full.spec.scaleTargetRef.groupVersionKindText == "argoproj.io/v1alpha1.Rollout")
    #expect(full.spec.usesScalingModifiers)
    #expect(full.spec.triggers.first?.authenticationKind == "TriggerAuthentication")
    #expect(Self.object { $0.scaleTargetRef.kind = "" }.spec.scaleTargetRef.effectiveKind == "Deployment")
    #expect(FallbackSpec(failureThreshold: 1, replicas: 1).effectiveBehavior == "static")
  }

  @Test(arguments: [
    ("true", true), ("True", true), ("1", true), ("t", true), ("", true), ("yes", true), ("off", true),
    (" false", true),
    ("fALSE", true), ("false", false), ("False", false), ("FALSE", false), ("0", false), ("f", false), ("F", false),
  ])
  func flagsAreOnUnlessTheySayFalse(text: String, isOn: Bool) throws {
    typealias Key = ScaledObject.AnnotationKey
    #expect(try Self.object(annotations: [Key.paused: text]).pause() == (isOn ? .asIs : nil))
    #expect(Self.object(annotations: [Key.paused: text]).isPaused == isOn)
    #expect(Self.object(annotations: [Key.pausedScaleIn: text]).isScaleInPaused == isOn)
    #expect(Self.object(annotations: [Key.pausedScaleOut: text]).isScaleOutPaused == isOn)
    #expect(Self.object(annotations: [Key.forceActivation: text]).isActivationForced == isOn)
    #expect(Self.object(annotations: [Key.transferHPAOwnership: text]).takesOverHPA == (text == "true"))
  }

  @Test func nothingIsOnWithoutAnnotations() throws {
    let object = Self.object()
    #expect(try object.pause() == nil)
    #expect(!object.isPaused && !object.isScaleInPaused && !object.isScaleOutPaused && !object.isActivationForced)
    #expect(!object.takesOverHPA && object.labelsExcludedFromHPA.isEmpty)
  }

  @Test func pausedReplicasPauseByBeingThere() throws {
    typealias Key = ScaledObject.AnnotationKey
    #expect(try Self.object(annotations: [Key.pausedReplicas: "5", Key.paused: "false"]).pause() == .at(5))
    #expect(try Self.object(annotations: [Key.pausedReplicas: "0", Key.paused: "true"]).pause() == .at(0))
    for text in ["", "x", "-1", "1.5", "3000000000", "5 "] {
      let object = Self.object(annotations: [Key.pausedReplicas: text])
      #expect(object.isPaused)
      let error = #expect(throws: FieldError.self) { try object.pause() }
      #expect(error?.field == "metadata.annotations[autoscaling.keda.sh/paused-replicas]")
    }
  }

  @Test func excludedLabelsAreTakenLiterally() {
    let object = Self.object(annotations: [ScaledObject.AnnotationKey.hpaExcludedLabels: "a, b,c"])
    #expect(object.labelsExcludedFromHPA == ["a", " b", "c"])
  }
}
