internal import Autoscaling
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// `hpa/timelines.json`: many syncs in a row, with lagging pods, failures, restarts and hands on the replicas.
@Suite("HPA timelines Conformance")
struct HPATimelinesConformanceTests {
  static let file = "hpa/timelines.json"

  @Test func everyTimelineIsAsRecorded() throws {
    let cases = try ConformanceCases.load(Self.file)
    if !ConformanceCases.isForeignDirectory { #expect(cases.count == 125) }
    for item in cases {
      for mismatch in try Self.mismatches(item) { Issue.record("\(item.id): \(mismatch)") }
    }
  }

  static func mismatches(_ item: ConformanceCases.Case) throws -> [String] {
    var timeline = try Timeline(item.input)
    for step in 0..<timeline.length { try timeline.advance(step) }
    let expect = item.expect
    var found = HPAMismatches(ignoring: expect["platformDependent"])
    for (name, series) in timeline.series {
      let recorded = expect[name]?.array ?? []
      guard !found.ignored.contains(name), .array(series) != expect[name] ?? .null else { continue }
      let step = zip(series, recorded).enumerated().first { $0.element.0 != $0.element.1 }
      found.list.append(
        "\(name) differs in step \(step?.offset ?? -1): \(String(describing: step?.element.0)), recorded "
          + "\(String(describing: step?.element.1)); \(series.count) steps of \(recorded.count)")
    }
    found.check("errorSteps", .array(timeline.errorSteps), expect["errorSteps"] ?? .array([]))
    found.check("rescales", .array(timeline.rescales), expect["rescales"] ?? .array([]))
    let state = try HPACaseReader.mismatch(timeline.memory, expect["finalState"], now: timeline.now)
    if let state { found.list.append(state) }
    if timeline.stepsWithoutReason > 0 { found.list.append("\(timeline.stepsWithoutReason) steps without a reason") }
    return found.list
  }
}

/// A recorded timeline being replayed.
private struct Timeline {
  let input: JSONValue
  let length: Int
  var algorithm: HPAAlgorithm
  var memory = HPAMemory()
  var replicas: Int32
  var now = HPACaseReader.now
  /// `spec.replicas` as each step read it.
  var specs: [Int32] = []
  var series: [String: [JSONValue]] = [
    "replicas": [], "proposal": [], "ableToScale": [], "scalingActive": [], "scalingLimited": [],
  ]
  var errorSteps: [JSONValue] = []
  var rescales: [JSONValue] = []
  var stepsWithoutReason = 0

  init(_ input: JSONValue) throws {
    self.input = input
    length = input["metrics"]?.array?.first?["totals"]?.array?.count ?? 0
    algorithm = try Self.algorithm(input["hpa"], input)
    replicas = try HPACaseReader.int32(input, "initialReplicas")
  }

  private static func algorithm(_ hpa: JSONValue?, _ input: JSONValue) throws -> HPAAlgorithm {
    HPAAlgorithm(
      try HPACaseReader.configuration(hpa, input: input, tolerance: input["controllerTolerance"]?.double ?? 0.1))
  }

  mutating func advance(_ step: Int) throws {
    for action in input["actions"]?.array ?? [] where action["step"]?.integer == Int64(step) { try act(action) }
    let milliseconds: Int64 =
      if let times = input["timesMs"]?.array { times[step].integer ?? 0 } else {
        (input["syncPeriodSeconds"]?.integer ?? 15) * 1000 * Int64(step)
      }
    now = HPACaseReader.now + .milliseconds(milliseconds)
    let result = try evaluation(step).finished(
      isListed(step, "scaleUpdateErrorSteps") ? .failed("refused") : .succeeded)
    record(result, step)
    replicas = result.replicasAfter
    memory = result.memory
  }

  private mutating func act(_ action: JSONValue) throws {
    if let count = action["setReplicas"]?.integer { replicas = Int32(clamping: count) }
    if action["restartController"]?.bool == true { memory.forgetHistory() }
    if let hpa = action["setHPA"] { algorithm = try Self.algorithm(hpa, input) }
  }

  private mutating func evaluation(_ step: Int) throws -> HPAEvaluation {
    specs.append(replicas)
    if isListed(step, "scaleGetErrorSteps") {
      return algorithm.evaluationOfUnreadableScale(
        cause: "refused", lastKnownReplicas: replicas, now: now, memory: memory)
    }
    let lag = Int(input["statusLagSyncs"]?.integer ?? 0)
    let readyLag = Int(input["readyLagSyncs"]?.integer ?? 0)
    let initial = try HPACaseReader.int32(input, "initialReplicas")
    func spec(_ step: Int) -> Int32 { step < 0 ? initial : specs[step] }
    let status = spec(step - lag)
    let ready = (0...readyLag).map { spec(step - $0) }.reduce(status, min)
    return algorithm.evaluate(
      HPAObservation(
        now: now, specReplicas: replicas, statusReplicas: status, totalPods: Int(status), readyPods: Int(ready),
        metrics: metrics(step)),
      memory: memory)
  }

  private func metrics(_ step: Int) -> [HPAMetricObservation] {
    (input["metrics"]?.array ?? []).map { metric in
      func lists(_ name: String) -> Bool { metric[name]?.array?.contains(.integer(Int64(step))) ?? false }
      let totals = metric["totals"]?.array ?? []
      let error = lists("errorSteps") ? "api" : lists("emptySteps") ? "empty" : nil
      return HPAMetricObservation(
        name: metric["name"]?.string ?? "",
        target: HPACaseReader.target(type: metric["targetType"]?.string, milli: metric["target"]?.integer ?? 0),
        answer: HPACaseReader.answer(.array(totals.indices.contains(step) ? [totals[step]] : []), error: error))
    }
  }

  private func isListed(_ step: Int, _ name: String) -> Bool {
    input[name]?.array?.contains(.integer(Int64(step))) ?? false
  }

  private mutating func record(_ result: HPASyncResult, _ step: Int) {
    let evaluation = result.evaluation
    let proposal: JSONValue =
      evaluation.path == .failed && !evaluation.metrics.isEmpty ? .integer(-1) : HPACaseReader.json(evaluation.proposal)
    func reason(_ condition: HPACondition?) -> JSONValue { .string(condition?.reason ?? "") }
    series["replicas"]?.append(HPACaseReader.json(result.replicasAfter))
    series["proposal"]?.append(proposal)
    series["ableToScale"]?.append(reason(result.conditions.ableToScale))
    series["scalingActive"]?.append(reason(result.conditions.scalingActive))
    series["scalingLimited"]?.append(reason(result.conditions.scalingLimited))
    if result.error != nil { errorSteps.append(.integer(Int64(step))) }
    if result.reasons.isEmpty { stepsWithoutReason += 1 }
    guard result.didScale else { return }
    rescales.append(
      .object([
        "step": .integer(Int64(step)), "from": HPACaseReader.json(result.replicasBefore),
        "to": HPACaseReader.json(result.replicasAfter), "reason": HPACaseReader.rescaleReason(result),
      ]))
  }
}
