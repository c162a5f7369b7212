internal import Autoscaling
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// `hpa/multi-metric.json`: several metrics, some of them failing; the verdict alone and a whole sync.
@Suite("HPA multi-metric Conformance")
struct HPAMultiMetricConformanceTests {
  static let file = "hpa/multi-metric.json"

  @Test func everyCaseIsAsRecorded() throws {
    let cases = try ConformanceCases.load(Self.file)
    if !ConformanceCases.isForeignDirectory { #expect(cases.count == 80) }
    for item in cases {
      for mismatch in try Self.mismatches(item) { Issue.record("\(item.id): \(mismatch)") }
    }
  }

  static func mismatches(_ item: ConformanceCases.Case) throws -> [String] {
    let input = item.input
    let algorithm = HPAAlgorithm(
      try HPACaseReader.configuration(
        input["hpa"], input: input, tolerance: input["controllerTolerance"]?.double ?? 0.1))
    let observation = try observation(input)
    var found = HPAMismatches(ignoring: item.expect["platformDependent"])
    check(algorithm.verdict(on: observation), item.expect, &found)
    let result = algorithm.evaluate(observation, memory: try HPACaseReader.memory(input)).finished()
    try check(result, item.expect["sync"], &found)
    return found.list
  }

  private static func observation(_ input: JSONValue) throws -> HPAObservation {
    let metrics = (input["metrics"]?.array ?? []).map { metric in
      HPAMetricObservation(
        name: metric["name"]?.string ?? "",
        target: HPACaseReader.target(type: metric["targetType"]?.string, milli: metric["target"]?.integer ?? 0),
        answer: HPACaseReader.answer(metric["values"], error: metric["error"]?.string))
    }
    return HPAObservation(
      now: HPACaseReader.now, specReplicas: try HPACaseReader.int32(input, "specReplicas"),
      statusReplicas: try HPACaseReader.int32(input, "statusReplicas"),
      totalPods: Int(input["totalPods"]?.integer ?? 0), readyPods: Int(input["readyPods"]?.integer ?? 0),
      metrics: metrics)
  }

  private static func check(_ verdict: HPAMetricsVerdict, _ expect: JSONValue, _ found: inout HPAMismatches) {
    let recorded = expect["compute"]
    let failed = verdict.metrics.filter { $0.failure != nil }
    var outcome = "all-failed"
    var proposal: Int32 = -1
    var chosen: JSONValue = .null
    switch verdict.outcome {
    case .proposes(let replicas, let metric):
      outcome = failed.isEmpty ? "ok" : "ok-with-error"
      proposal = replicas
      chosen = .string(metric)
    case .blocksScaleDown: outcome = "scale-down-blocked"
    case .allFailed, .noMetrics: break
    }
    found.check("outcome", .string(outcome), expect["outcome"])
    found.check("compute.proposal", HPACaseReader.json(proposal), recorded?["proposal"])
    found.check("compute.chosenMetric", chosen, recorded?["chosenMetric"])
    found.check("compute.error", .bool(verdict.error != nil), recorded?["error"])
    found.check("compute.invalidCount", .integer(Int64(failed.count)), recorded?["invalidCount"])
    found.check("compute.firstInvalid", failed.first.map { .string($0.name) } ?? .null, recorded?["firstInvalid"])
    found.check("compute.scalingActive", HPACaseReader.json(verdict.scalingActive), recorded?["scalingActive"])
    let statuses = recorded?["statuses"]?.array ?? []
    guard statuses.count == verdict.metrics.count else {
      found.list.append("\(verdict.metrics.count) statuses, recorded \(statuses.count)")
      return
    }
    for (index, (status, recorded)) in zip(verdict.metrics, statuses).enumerated() {
      let name = "compute.statuses[\(index)]"
      found.check("\(name) failed", .bool(status.failure != nil), .bool(recorded.isNull))
      guard !recorded.isNull else { continue }
      let field: String
      if case .value = status.target { field = "value" } else { field = "averageValue" }
      found.check("\(name).name", .string(status.name), recorded["name"])
      found.check("\(name).\(field)", status.usage.map { .integer($0) } ?? .null, recorded[field])
    }
  }

  private static func check(
    _ result: HPASyncResult, _ recorded: JSONValue?, _ found: inout HPAMismatches
  ) throws {
    found.check("sync.replicasAfter", HPACaseReader.json(result.replicasAfter), recorded?["replicasAfter"])
    found.check("sync.error", .bool(result.error != nil), recorded?["error"])
    found.check("sync.conditions", HPACaseReader.json(result.conditions), recorded?["conditions"])
    found.check("sync.rescaleReason", HPACaseReader.rescaleReason(result), recorded?["rescaleReason"])
    let expected = try HPACaseReader.recommendations(recorded?["recommendationsAfter"])
    if result.memory.recommendations != expected {
      found.list.append("recommendations \(result.memory.recommendations), recorded \(expected)")
    }
    if result.reasons.isEmpty { found.list.append("no reason is given") }
  }
}
