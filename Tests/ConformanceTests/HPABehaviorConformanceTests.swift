internal import Autoscaling
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// `hpa/behavior.json`: one whole sync with a metric that proposes exactly the given count.
@Suite("HPA behavior Conformance")
struct HPABehaviorConformanceTests {
  static let file = "hpa/behavior.json"

  @Test func everyCaseIsAsRecorded() throws {
    let cases = try ConformanceCases.load(Self.file)
    if !ConformanceCases.isForeignDirectory { #expect(cases.count == 298) }
    for item in cases {
      for mismatch in try Self.mismatches(item) { Issue.record("\(item.id): \(mismatch)") }
    }
  }

  static func mismatches(_ item: ConformanceCases.Case) throws -> [String] {
    let input = item.input
    let expect = item.expect
    let algorithm = HPAAlgorithm(try HPACaseReader.configuration(input["hpa"], input: input, tolerance: 0))
    let current: Int32 = try HPACaseReader.int32(input, "currentReplicas")
    let wanted: Int32 = try HPACaseReader.int32(input, "rawDesired")
    let metric = HPAMetricObservation(
      name: "m", target: .averageValue(milli: 1000), answer: .values([Int64(wanted) * 1000]))
    let observation = HPAObservation(
      now: HPACaseReader.now, specReplicas: current, statusReplicas: current, totalPods: Int(current),
      readyPods: Int(current), metrics: [metric])
    let evaluation = algorithm.evaluate(observation, memory: try HPACaseReader.memory(input))
    let isRefused = !(expect["error"]?.isNull ?? true)
    let result = evaluation.finished(isRefused ? .failed("refused") : .succeeded)

    var found = HPAMismatches(ignoring: expect["platformDependent"])
    // A count that depends on the platform makes everything that follows from it depend on the platform.
    if found.ignored.contains("finalDesired") { found.ignored.formUnion(["conditions", "rescaleReason"]) }
    found.check("finalDesired", HPACaseReader.json(result.replicasAfter), expect["finalDesired"])
    found.check("path", .string(path(evaluation.path)), expect["path"])
    found.check("stabilized", HPACaseReader.json(evaluation.stabilizedReplicas), expect["stabilized"])
    found.check("scaleUpLimit", HPACaseReader.json(evaluation.scaleUpLimit), expect["scaleUpLimit"])
    found.check("scaleDownLimit", HPACaseReader.json(evaluation.scaleDownLimit), expect["scaleDownLimit"])
    let able = evaluation.path == .normalized ? evaluation.memory.conditions.ableToScale : nil
    found.check("ableToScaleAfterNormalize", HPACaseReader.json(able), expect["ableToScaleAfterNormalize"])
    found.check("conditions", HPACaseReader.json(result.conditions), expect["conditions"])
    found.check("rescaleReason", HPACaseReader.rescaleReason(result), expect["rescaleReason"])
    if (result.error != nil) != isRefused { found.list.append("error is \(String(describing: result.error))") }
    try checkBehavior(algorithm.effectiveBehavior, expect["effectiveBehavior"], &found)
    if !found.ignored.contains("finalDesired") {
      if let mismatch = try HPACaseReader.mismatch(result.memory, expect["after"]) { found.list.append(mismatch) }
    }
    if result.reasons.isEmpty { found.list.append("no reason is given") }
    return found.list
  }

  private static func path(_ path: HPAEvaluation.Path) -> String {
    switch path {
    case .disabled: "disabled"
    case .aboveMaximum: "above-max"
    case .belowMinimum: "below-min"
    case .normalized: "normalized"
    case .failed: "failed"
    }
  }

  private static func checkBehavior(
    _ behavior: HPABehavior?, _ recorded: JSONValue?, _ found: inout HPAMismatches
  ) throws {
    var expected = try recorded.flatMap { $0.isNull ? nil : try $0.decoded(as: HPABehavior.self) }
    // Go leaves an empty list out of the JSON. Filled rules always have a list, so a missing one was empty.
    if let up = expected?.scaleUp, up.policies == nil { expected?.scaleUp?.policies = [] }
    if let down = expected?.scaleDown, down.policies == nil { expected?.scaleDown?.policies = [] }
    guard behavior != expected else { return }
    found.list.append("effectiveBehavior is \(String(describing: behavior)), recorded \(String(describing: expected))")
  }
}
