internal import Autoscaling
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Every decision of KEDA's executor: what is scaled, which conditions and events follow, when `lastActiveTime` moves.
@Suite("Executor Conformance") struct ExecutorConformanceTests {
  static let now = Timestamp(seconds: 1_700_000_000)

  @Test func everyCase() throws {
    let cases = try ConformanceCases.load("keda/executor.json")
    if !ConformanceCases.isForeignDirectory { #expect(cases.count == 198) }
    for item in cases {
      let run = try ExecutorRun(item.input)
      #expect(run.scaledTo.map(Int64.init) == item.expect["scaledTo"]?.integer, "\(item.id): scaledTo")
      #expect(run.lastActiveUpdated == item.expect["lastActiveUpdated"]?.bool, "\(item.id): lastActiveUpdated")
      #expect(run.events == (item.expect["events"]?.array ?? []).map(ScaleEvent.init), "\(item.id): events")
      #expect((run.error == nil) == (item.expect["error"]?.isNull ?? true), "\(item.id): error")
      for (key, type) in ExecutorRun.conditionTypes {
        let expected = item.expect["conditions"]?[key].flatMap { Condition(recorded: $0, type: type) }
        #expect(run.condition(type) == expected, "\(item.id): condition \(type)")
      }
      let activity = (item.expect["triggersActivity"]?.object ?? [:]).mapValues {
        TriggerActivity(isActive: $0.bool ?? false)
      }
      #expect(run.triggersActivity == activity, "\(item.id): triggersActivity")
      #expect(!run.decision.reasons.isEmpty, "\(item.id): reasons")
    }
  }
}

/// One case, decided and carried out against the recorded scale target.
private struct ExecutorRun {
  static let conditionTypes = [
    "active": "Active", "ready": "Ready", "paused": "Paused", "fallback": "Fallback", "hpaActive": "HPAActive",
  ]

  var decision: ScaleDecision
  var conditions: [Condition]
  var scaledTo: Int32?
  var lastActiveUpdated: Bool
  var events: [ScaleEvent]
  var triggersActivity: [String: TriggerActivity]
  var error: String?

  init(_ input: JSONValue) throws {
    let target = try #require(input["scaleTarget"])
    let status = try #require(input["status"])
    let spec = try ExecutorRun.spec(input)
    let now = ExecutorConformanceTests.now
    let replicas: ScalingState.Replicas =
      target["missing"]?.bool == true
      ? .unreadable("app not found") : .known(Int32(clamping: target["replicas"]?.integer ?? 1))
    let state = ScalingState(
      createdAt: try #require(ExecutorRun.past(status["createdSecondsAgo"])),
      lastActiveTime: ExecutorRun.past(status["lastActiveSecondsAgo"]), replicas: replicas)
    let activity = Activity(
      isActive: input["isActive"]?.bool ?? false, isError: input["isError"]?.bool ?? false,
      activeMetrics: (input["activeTriggers"]?.array ?? []).compactMap(\.string))

    decision = ScaleDecision.decide(spec, state: state, activity: activity, now: now)
    conditions = decision.conditions
    triggersActivity = activity.byMetric((status["externalMetricNames"]?.array ?? []).compactMap(\.string))
    var outcome: ScaleDecision.Outcome?
    if let scaleTo = decision.scaleTo {
      if target["scaleGetError"] != nil {
        outcome = .failed(previous: nil)
      } else if target["scaleUpdateError"] != nil {
        outcome = .failed(previous: state.facts.current)
      } else {
        outcome = .written(previous: state.facts.current ?? -1)
        scaledTo = scaleTo
      }
    }
    let effects = ExecutorRun.effects(outcome, of: decision, target: spec.targetLabel)
    events = (effects?.event).map { [$0] } ?? []
    lastActiveUpdated = (effects?.lastActiveTime ?? decision.lastActiveTime) == now
    if case .unreadable(let cause) = replicas { error = cause }
    if spec.pause.loopRuns, error == nil, status["hpaName"] != nil, let hpa = input["hpa"] {
      let reported = (hpa["conditions"]?.array ?? []).compactMap { Condition(recorded: $0, type: $0["type"]?.string) }
      if let condition = KEDACondition.hpaActive(reported) { conditions.append(condition) }
    }
  }

  private static func effects(_ outcome: ScaleDecision.Outcome?, of decision: ScaleDecision, target: String)
    -> ScaleDecision.Effects?
  {
    outcome.map { decision.effects(of: $0, target: target, now: ExecutorConformanceTests.now) }
  }

  func condition(_ type: String) -> Condition? { conditions.first { $0.type == type } }

  private static func spec(_ input: JSONValue) throws -> ScalingSpec {
    let spec = try #require(input["spec"])
    let kind = input["scaleTarget"]?["kind"]?.string
    var object = ScaledObject(
      metadata: ObjectMeta(
        name: "so", namespace: "default", annotations: input["annotations"]?.object?.compactMapValues(\.string)),
      spec: ScaledObjectSpec(
        scaleTargetRef: ScaleTarget(
          name: "app", apiVersion: kind == "Custom" ? "example.com/v1" : nil, kind: kind),
        initialCooldownPeriod: spec["initialCooldownPeriod"]?.count, cooldownPeriod: spec["cooldownPeriod"]?.count,
        idleReplicaCount: spec["idleReplicaCount"]?.count, minReplicaCount: spec["minReplicaCount"]?.count,
        maxReplicaCount: spec["maxReplicaCount"]?.count, triggers: []))
    object.spec.fallback = try spec["fallback"]?.decoded(as: FallbackSpec.self)
    return ScalingSpec(of: object, metrics: [])
  }

  private static func past(_ secondsAgo: JSONValue?) -> Timestamp? {
    secondsAgo?.double.map { ExecutorConformanceTests.now - .milliseconds(Int64(($0 * 1000).rounded())) }
  }
}

extension JSONValue {
  fileprivate var count: Int32? { integer.map { Int32(clamping: $0) } }
}

extension ScaleEvent {
  fileprivate init(_ recorded: JSONValue) {
    self.init(
      type: recorded["type"]?.string ?? "", reason: recorded["reason"]?.string ?? "",
      message: recorded["message"]?.string ?? "")
  }
}

extension Condition {
  fileprivate init?(recorded: JSONValue, type: String?) {
    guard let type, let status = recorded["status"]?.string else { return nil }
    self.init(type: type, status: status, reason: recorded["reason"]?.string, message: recorded["message"]?.string)
  }
}
