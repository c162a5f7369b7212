internal import Autoscaling
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// `hpa/replicas-external.json`: one metric to a count, without bounds and history.
@Suite("HPA replicas Conformance")
struct HPAReplicasConformanceTests {
  static let file = "hpa/replicas-external.json"

  @Test func everyCaseIsAsRecorded() throws {
    let cases = try ConformanceCases.load(Self.file)
    if !ConformanceCases.isForeignDirectory { #expect(cases.count == 244) }
    for item in cases {
      for mismatch in try Self.mismatches(item) { Issue.record("\(item.id): \(mismatch)") }
    }
  }

  static func mismatches(_ item: ConformanceCases.Case) throws -> [String] {
    let input = item.input
    let metric = HPAMetricObservation(
      name: "m",
      target: HPACaseReader.target(type: input["kind"]?.string, milli: input["target"]?.integer ?? 0),
      answer: HPACaseReader.answer(input["metricValues"], error: input["metricError"]?.string))
    let status = try calculator(input).status(of: metric)
    var found = HPAMismatches(ignoring: item.expect["platformDependent"])
    found.check("desiredReplicas", HPACaseReader.json(status.proposal), item.expect["desiredReplicas"])
    found.check("usage", status.usage.map { .integer($0) } ?? .null, item.expect["usage"])
    found.check("error", error(status.failure), item.expect["error"])
    if !isSame(status.usageRatio, item.expect["usageRatio"]) {
      found.list.append(
        "usageRatio is \(String(describing: status.usageRatio)), "
          + "recorded \(String(describing: item.expect["usageRatio"]))"
      )
    }
    checkQuantities(input, &found)
    return found.list
  }

  private static func calculator(_ input: JSONValue) throws -> HPAReplicaCalculator {
    var total = input["totalPods"]?.integer ?? 0
    var ready = input["readyPods"]?.integer ?? 0
    for group in input["otherPods"]?.array ?? [] {
      let count = group["count"]?.integer ?? 0
      total += count
      if group["phase"]?.string == "Running", group["ready"]?.bool == true { ready += count }
    }
    return HPAReplicaCalculator(
      specReplicas: try HPACaseReader.int32(input, "currentReplicas"),
      statusReplicas: try HPACaseReader.int32(input, "statusReplicas"), totalPods: Int(total), readyPods: Int(ready),
      tolerance: HPATolerance(
        up: input["toleranceUp"]?.double ?? 0, down: input["toleranceDown"]?.double ?? 0))
  }

  /// Bit for bit, with the spellings of NaN and infinity.
  private static func isSame(_ ratio: Double?, _ recorded: JSONValue?) -> Bool {
    guard let ratio else { return recorded?.isNull ?? true }
    return switch recorded?.string {
    case "NaN": ratio.isNaN
    case "+Inf": ratio == .infinity
    case "-Inf": ratio == -.infinity
    default: ratio == recorded?.double
    }
  }

  private static func error(_ failure: HPAMetricFailure?) -> JSONValue {
    switch failure {
    case nil: .null
    case .unavailable: .string("metrics-api-error")
    case .noValues: .string("no-metrics-returned")
    case .noPods: .string("no-pods")
    case .noTarget: .string("no-target")
    }
  }

  /// The numbers of a case as the controller reads them from quantities.
  private static func checkQuantities(_ input: JSONValue, _ found: inout HPAMismatches) {
    func quantity(_ text: String?) -> Quantity? { text.flatMap { try? Quantity(parsing: $0) } }
    for (side, name) in [("toleranceUp", "toleranceUpQuantity"), ("toleranceDown", "toleranceDownQuantity")] {
      guard let text = input[name]?.string else { continue }
      let number = quantity(text).map(HPATolerance.number)
      if number != input[side]?.double { found.list.append("\(name) \(text) reads \(String(describing: number))") }
    }
    if let text = input["targetQuantity"]?.string {
      let source = HPAExternalMetricSource(
        metric: HPAMetricIdentifier(name: "m", selector: nil),
        target: HPAMetricTarget(type: "AverageValue", averageValue: quantity(text)))
      let target = HPAMetricObservation(source, answer: .values([])).target
      if target != .averageValue(milli: input["target"]?.integer ?? 0) {
        found.list.append("targetQuantity \(text) reads \(target)")
      }
    }
    if let texts = input["metricQuantities"]?.array?.compactMap(\.string) {
      let answer = HPAMetricObservation.Answer.quantities(texts.compactMap(quantity))
      if answer != HPACaseReader.answer(input["metricValues"], error: nil) {
        found.list.append("metricQuantities \(texts) read \(answer)")
      }
    }
  }
}
