internal import Autoscaling
internal import KubernetesAPI
internal import Testing

@Suite struct PauseTests {
  struct Example: Sendable {
    var annotations: [String: String]
    var full: String
    var scaleIn = false
    var scaleOut = false
    var scaleTo: Int32?
  }

  static let key = "autoscaling.keda.sh/paused"
  static let examples = [
    Example(annotations: [:], full: "no"),
    Example(annotations: [key: "true"], full: "asIs"),
    Example(annotations: [key: "yes"], full: "asIs"),
    Example(annotations: [key: ""], full: "asIs"),
    Example(annotations: [key: "False"], full: "no"),
    Example(annotations: [key: "0"], full: "no"),
    Example(annotations: ["\(key)-replicas": "4"], full: "at", scaleTo: 4),
    Example(annotations: ["\(key)-replicas": "3"], full: "at", scaleTo: nil),
    Example(annotations: [key: "false", "\(key)-replicas": "0"], full: "at", scaleTo: 0),
    Example(annotations: ["\(key)-replicas": "x"], full: "unreadable"),
    Example(annotations: ["\(key)-replicas": "-1"], full: "unreadable"),
    Example(annotations: ["\(key)-replicas": "99999999999"], full: "unreadable"),
    Example(annotations: ["\(key)-scale-in": "true"], full: "no", scaleIn: true),
    Example(annotations: ["\(key)-scale-out": "abc"], full: "no", scaleOut: true),
  ]

  @Test(arguments: examples)
  func annotations(_ example: Example) {
    let object = ScaledObject(
      metadata: ObjectMeta(name: "so", namespace: "shop", annotations: example.annotations),
      spec: ScaledObjectSpec(scaleTargetRef: ScaleTarget(name: "orders"), triggers: []))
    let rule = ScalingSpec(of: object, metrics: []).pause
    let full =
      switch rule.full {
      case nil: "no"
      case .asIs: "asIs"
      case .at: "at"
      case .unreadable: "unreadable"
      }
    #expect(full == example.full)
    #expect(rule.isScaleInPaused == example.scaleIn)
    #expect(rule.isScaleOutPaused == example.scaleOut)
    let isPaused = full != "no" || example.scaleIn || example.scaleOut
    let plan = PausePlan(rule, wasPaused: false, currentReplicas: 3)
    #expect(plan.loopRuns == (full == "no"))
    #expect(plan.hpaExists == (full == "no"))
    #expect(plan.scaleTo == example.scaleTo)
    #expect(plan.condition == (isPaused ? KEDACondition.paused : nil))
    #expect(plan.event == (isPaused ? .paused : nil))
    #expect((plan.error != nil) == (full == "unreadable"))
  }

  @Test func theEndOfAPauseIsTold() {
    let plan = PausePlan(PauseRule(), wasPaused: true, currentReplicas: 3)
    #expect(plan.condition == KEDACondition.unpaused)
    #expect(plan.event == .unpaused)
    #expect(plan.loopRuns && plan.hpaExists && plan.pausedReplicaCount == nil)
    #expect(PausePlan(PauseRule(full: .asIs), wasPaused: true, currentReplicas: 3).event == nil)
  }
}
