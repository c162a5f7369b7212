internal import Autoscaling
internal import KubernetesAPI
internal import Testing

/// Which reason comes first, and that it carries the numbers that decided.
@Suite("HPA reasons")
struct HPAReasonTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var scene: HPAScene
    var replicas: Int32
    var codes: [String]
    var question: HPAReason.Question
    var first: String

    var testDescription: String { name }
  }

  static let noon = HPAScene.noon

  @Test(arguments: metricRows + boundRows + rateRows + stabilizationRows)
  func theFirstReasonIsTheBindingConstraint(_ row: Row) {
    let evaluation = row.scene.evaluate()
    #expect(evaluation.desiredReplicas == row.replicas)
    #expect(evaluation.reasons.map(\.code) == row.codes)
    #expect(evaluation.reasons.first?.message == row.first)
    #expect(evaluation.reasons.first?.question == row.question)
    #expect(evaluation.reasons.first?.description == "\(row.codes.first ?? ""): \(row.first)")
  }

  static let metricRows: [Row] = [
    Row(
      name: "proposes", scene: HPAScene(replicas: 10, wanted: 12), replicas: 12, codes: ["metricProposes"],
      question: .whyThisMany, first: "orders is 12, target 1 a replica: 12"),
    Row(
      name: "value target",
      scene: HPAScene(
        replicas: 10, wanted: 10, others: [HPAScene.metric("load", .values([2500, 500]), target: .value(milli: 2500))]),
      replicas: 12, codes: ["metricProposes", "withinTolerance"], question: .whyThisMany,
      first: "load is 3, target 2.5 in total with 10 ready pods: 12"),
    Row(
      name: "within tolerance", scene: HPAScene(replicas: 10, wanted: 10.4), replicas: 10, codes: ["withinTolerance"],
      question: .whyThisMany, first: "orders is at 1.04 of its target, within the tolerance of 0.9 to 1.1: 10"),
    Row(
      name: "the largest of three comes first",
      scene: HPAScene(
        replicas: 10, wanted: 12,
        others: [HPAScene.metric("b", .values([15000])), HPAScene.metric("c", .values([13000]))]),
      replicas: 15, codes: ["metricProposes", "metricProposes", "metricProposes"], question: .whyThisMany,
      first: "b is 15, target 1 a replica: 15"),
    Row(
      name: "unknown beside a larger one",
      scene: HPAScene(
        replicas: 10, wanted: nil, others: [HPAScene.metric("b", .values([15000]))]),
      replicas: 15, codes: ["metricProposes", "metricUnknown"], question: .whyThisMany,
      first: "b is 15, target 1 a replica: 15"),
    Row(
      name: "unknown blocks",
      scene: HPAScene(
        replicas: 10, wanted: nil, others: [HPAScene.metric("b", .values([4000]))]),
      replicas: 10, codes: ["unknownBlocksScaleDown", "metricProposes", "metricUnknown"], question: .whyNotFewer,
      first: "stays at 10: the known metrics want 4, but orders is unknown (connection refused) and might want more"),
    Row(
      name: "only metric unknown", scene: HPAScene(wanted: nil), replicas: 10,
      codes: ["allMetricsUnknown", "metricUnknown"], question: .whyThisMany,
      first: "the only metric is unknown, so the replicas stay"),
    Row(
      name: "all unknown", scene: HPAScene(wanted: nil, others: [HPAScene.metric("b", .values([]))]), replicas: 10,
      codes: ["allMetricsUnknown", "metricUnknown", "metricUnknown"], question: .whyThisMany,
      first: "all 2 metrics are unknown, so the replicas stay"),
    Row(
      name: "negative sample", scene: HPAScene(replicas: 30, wanted: -1), replicas: 60,
      codes: ["limitedByDoubling", "negativeReadsAsOverflow"], question: .whyNotMore,
      first: "2147483647 are wanted, but without a behavior an HPA at most doubles 30 replicas or goes to 4 "
        + "in one sync: 60"),
  ]

  static let boundRows: [Row] = [
    Row(
      name: "at 0", scene: HPAScene(replicas: 0, wanted: 5), replicas: 0, codes: ["disabledAtZero"],
      question: .whyThisMany, first: "the target is at 0 replicas, which an HPA leaves alone"),
    Row(
      name: "above max", scene: HPAScene(maximum: 8, replicas: 10, wanted: nil), replicas: 8, codes: ["aboveMaximum"],
      question: .whyNotMore, first: "10 replicas are above maxReplicas 8: down to 8"),
    Row(
      name: "below min", scene: HPAScene(minimum: 3, replicas: 2, wanted: nil), replicas: 3, codes: ["belowMinimum"],
      question: .whyNotFewer, first: "2 replicas are below minReplicas 3: up to 3"),
    Row(
      name: "max", scene: HPAScene(maximum: 14, replicas: 10, wanted: 20), replicas: 14,
      codes: ["limitedByMaximum", "metricProposes"], question: .whyNotMore, first: "maxReplicas 14; 20 are wanted"),
    Row(
      name: "at max", scene: HPAScene(maximum: 10, behavior: HPABehavior(), replicas: 10, wanted: 20), replicas: 10,
      codes: ["limitedByMaximum", "metricProposes"], question: .whyNotMore, first: "maxReplicas 10; 20 are wanted"),
    Row(
      name: "min", scene: HPAScene(minimum: 2, replicas: 10, wanted: 0), replicas: 2,
      codes: ["limitedByMinimum", "metricProposes"], question: .whyNotFewer, first: "minReplicas 2; 0 are wanted"),
    Row(
      name: "min raised while the HPA holds the target at zero",
      scene: HPAScene(
        minimum: 2, behavior: HPABehavior(), allowsScaleToZero: true, replicas: 0, wanted: 0, memory: scaledToZero),
      replicas: 2, codes: ["belowMinimum", "metricProposes"], question: .whyNotFewer,
      first: "0 replicas are below minReplicas 2: up to 2"),
  ]

  static let scaledToZero: HPAMemory = {
    var memory = HPAScene().memory
    memory.conditions.scaledToZero = HPACondition(true, reason: "ScaledToZero")
    return memory
  }()

  static let rateRows: [Row] = [
    Row(
      name: "2×", scene: HPAScene(replicas: 5, wanted: 30), replicas: 10,
      codes: ["limitedByDoubling", "metricProposes"],
      question: .whyNotMore,
      first: "30 are wanted, but without a behavior an HPA at most doubles 5 replicas or goes to 4 in one sync: 10"),
    Row(
      name: "4 pods per 15 s",
      scene: HPAScene(
        behavior: HPABehavior(scaleUp: HPAScene.rules(HPAScene.pods(4, per: 15))), replicas: 10, wanted: 30),
      replicas: 14, codes: ["limitedByPolicy", "metricProposes"], question: .whyNotMore,
      first: "30 are wanted, but the policy +4 pods per 15 s from 10 allows 14; "
        + "next change possible at 2023-11-14T12:04:15Z"),
    Row(
      name: "4 pods per 15 s, used up 5 s ago",
      scene: HPAScene(
        behavior: HPABehavior(scaleUp: HPAScene.rules(HPAScene.pods(4, per: 15))), replicas: 10, wanted: 30,
        memory: HPAMemory(
          recommendations: [.init(replicas: 30, at: noon)], scaleUpEvents: [.init(change: 4, at: noon - .seconds(5))])),
      replicas: 10, codes: ["limitedByPolicy", "metricProposes"], question: .whyNotMore,
      first: "30 are wanted, but the policy +4 pods per 15 s from 6 allows 10; "
        + "next change possible at 2023-11-14T12:04:10Z"),
    Row(
      name: "the default policies", scene: HPAScene(behavior: HPABehavior(), replicas: 10, wanted: 30), replicas: 20,
      codes: ["limitedByPolicy", "metricProposes"], question: .whyNotMore,
      first: "30 are wanted, but the policy +100% per 15 s from 10 allows 20; "
        + "next change possible at 2023-11-14T12:04:15Z"),
    Row(
      name: "10 % down per minute",
      scene: HPAScene(
        behavior: HPABehavior(scaleDown: HPAScene.rules(HPAScene.percent(10, per: 60))), replicas: 20, wanted: 3),
      replicas: 18, codes: ["limitedByPolicy", "metricProposes"], question: .whyNotFewer,
      first: "3 are wanted, but the policy -10% per 60 s from 20 allows 18; "
        + "next change possible at 2023-11-14T12:05:00Z"),
    Row(
      name: "scale-up disabled",
      scene: HPAScene(
        behavior: HPABehavior(scaleUp: HPAScene.rules(select: "Disabled")), replicas: 10, wanted: 30),
      replicas: 10, codes: ["scaleUpDisabled", "metricProposes"], question: .whyNotMore,
      first: "stays at 10: 30 are wanted, but scaling up is disabled (selectPolicy: Disabled)"),
    Row(
      name: "scale-down disabled",
      scene: HPAScene(
        behavior: HPABehavior(scaleDown: HPAScene.rules(select: "Disabled")), replicas: 10, wanted: 3),
      replicas: 10, codes: ["scaleDownDisabled", "metricProposes"], question: .whyNotFewer,
      first: "stays at 10: 3 are wanted, but scaling down is disabled (selectPolicy: Disabled)"),
    Row(
      name: "a policy that wraps around",
      scene: HPAScene(
        behavior: HPABehavior(scaleUp: HPAScene.rules(HPAScene.pods(.max, per: 15))), replicas: 10, wanted: 30),
      replicas: 10, codes: ["limitedByPolicy", "metricProposes"], question: .whyNotMore,
      first: "30 are wanted, but the policy +2147483647 pods per 15 s exceeds 32 bits and wraps around in the HPA: 10"),
  ]

  static let stabilizationRows: [Row] = [
    Row(
      name: "8 were wanted 270 s ago",
      scene: HPAScene(
        behavior: HPABehavior(), replicas: 8, wanted: 3,
        memory: HPAMemory(recommendations: [.init(replicas: 8, at: noon - .seconds(270))])),
      replicas: 8, codes: ["scaleDownStabilized", "metricProposes"], question: .whyNotFewer,
      first: "8 and not fewer until 2023-11-14T12:04:30Z: 3 are wanted now, but 8 were wanted at "
        + "2023-11-14T11:59:30Z, and the window is 300 s"),
    Row(
      name: "the one that holds longest counts, not the highest",
      scene: HPAScene(
        behavior: HPABehavior(), replicas: 8, wanted: 3,
        memory: HPAMemory(recommendations: [
          .init(replicas: 20, at: noon - .seconds(270)), .init(replicas: 8, at: noon - .seconds(120)),
          .init(replicas: 7, at: noon - .seconds(15)),
        ])),
      replicas: 8, codes: ["scaleDownStabilized", "metricProposes"], question: .whyNotFewer,
      first: "8 and not fewer until 2023-11-14T12:07:00Z: 3 are wanted now, but 8 were wanted at "
        + "2023-11-14T12:02:00Z, and the window is 300 s"),
    Row(
      name: "up window",
      scene: HPAScene(
        behavior: HPABehavior(scaleUp: HPAScene.rules(window: 60)), replicas: 5, wanted: 9,
        memory: HPAMemory(recommendations: [.init(replicas: 6, at: noon - .seconds(45))])),
      replicas: 6, codes: ["scaleUpStabilized", "metricProposes"], question: .whyNotMore,
      first: "6 and not more until 2023-11-14T12:04:15Z: 9 are wanted now, but 6 were wanted at "
        + "2023-11-14T12:03:15Z, and the window is 60 s"),
    Row(
      name: "without a behavior replicas even rise",
      scene: HPAScene(
        replicas: 1, wanted: 0, memory: HPAMemory(recommendations: [.init(replicas: 30, at: noon - .seconds(100))])),
      replicas: 4, codes: ["limitedByDoubling", "scaleDownStabilized", "metricProposes"], question: .whyNotMore,
      first: "30 are wanted, but without a behavior an HPA at most doubles 1 replicas or goes to 4 in one sync: 4"),
    Row(
      name: "held, and then a rate",
      scene: HPAScene(
        behavior: HPABehavior(scaleDown: HPAScene.rules(window: 300, HPAScene.pods(1, per: 60))), replicas: 20,
        wanted: 3, memory: HPAMemory(recommendations: [.init(replicas: 8, at: noon - .seconds(100))])),
      replicas: 19, codes: ["limitedByPolicy", "scaleDownStabilized", "metricProposes"], question: .whyNotFewer,
      first: "8 are wanted, but the policy -1 pods per 60 s from 20 allows 19; "
        + "next change possible at 2023-11-14T12:05:00Z"),
  ]

  @Test func aFailedUpdateComesFirst() {
    let result = HPAScene(replicas: 10, wanted: 12).evaluate().finished(.failed("conflict"))
    #expect(result.replicasAfter == 10)
    #expect(result.error == .scaleUpdateFailed("conflict"))
    #expect(result.reasons.map(\.code) == ["updateFailed", "metricProposes"])
    #expect(result.reasons.first?.message == "stays at 10: 12 could not be written to the target (conflict)")
  }

  @Test func anUnreadableScaleLeavesTheHistoryAlone() {
    let scene = HPAScene()
    let result = scene.algorithm.evaluationOfUnreadableScale(
      cause: "not found", lastKnownReplicas: 10, now: scene.now, memory: scene.memory
    ).finished()
    #expect(result.reasons == [.scaleUnreadable(cause: "not found")])
    #expect(result.reasons.first?.message == "the scale of the target cannot be read: not found")
    #expect(result.memory.recommendations == scene.memory.recommendations)
    #expect(result.conditions.ableToScale?.reason == "FailedGetScale")
  }

  @Test func withoutMetricsReplicasStay() {
    let scene = HPAScene()
    var observation = scene.observation
    observation.metrics = []
    let evaluation = scene.algorithm.evaluate(observation, memory: scene.memory)
    #expect(evaluation.desiredReplicas == 10)
    #expect(evaluation.reasons == [.noMetrics])
    #expect(evaluation.memory.recommendations == scene.memory.recommendations)
  }
}
