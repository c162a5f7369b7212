internal import Autoscaling
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Whole objects: activity, errors and health of a poll, and what an HPA gets for each metric.
@Suite("ScaledObjectState Conformance") struct ScaledObjectStateConformanceTests {
  static let now = Timestamp(seconds: 1_700_000_000)

  @Test func everyCaseWithoutFormula() throws {
    let cases = try ConformanceCases.load("keda/scaledobject-state.json")
    let checked = cases.filter { !needsFormula($0) }
    if !ConformanceCases.isForeignDirectory {
      #expect(cases.count == 54)
      #expect(cases.count - checked.count == 27, "cases that wait for the formula")
    }
    for item in checked {
      let object = try RecordedObject(item.input)
      let state = try #require(item.expect["state"])
      checkPoll(item.id, object, state)
      for (name, expected) in item.expect["metricsApi"]?.object ?? [:] {
        checkQuery(item.id, name, object, expected)
      }
    }
  }

  /// The recorded outcome depends on what `scalingModifiers.formula` (or the check of `activationTarget` beside it)
  /// computes: no trigger is unknown, nor does a fallback value stand in for the composite.
  private func needsFormula(_ item: ConformanceCases.Case) -> Bool {
    guard item.input["modifiers"] != nil else { return false }
    let metrics = (item.input["triggers"]?.array ?? []).flatMap { $0["metrics"]?.array ?? [] }
    let fails = metrics.contains { $0["error"]?.string != nil }
    return !fails || item.input["fallback"]?["behavior"]?.string == "scalingModifiers"
  }

  private func checkPoll(_ id: String, _ object: RecordedObject, _ expected: JSONValue) {
    let result = ScaledObjectEvaluation(
      of: object.spec, readings: object.readings, health: object.health, state: object.state, now: Self.now)
    #expect(result.activity.isActive == expected["isActive"]?.bool, "\(id): isActive")
    #expect(result.activity.isError == expected["isError"]?.bool, "\(id): isError")
    #expect(result.activity.isFallbackActive == expected["fallbackActive"]?.bool, "\(id): fallbackActive")
    let active = (expected["activeTriggers"]?.array ?? []).compactMap(\.string)
    #expect(result.activity.activeMetrics.sorted() == active, "\(id): activeTriggers")
    #expect(result.health.status == RecordedObject.health(expected["healthAfter"]), "\(id): health")
    for (name, record) in expected["cacheRecords"]?.object ?? [:] {
      let metric = result.metrics.first { $0.name == name }
      #expect(metric?.isActive == record["isActive"]?.bool, "\(id): cached activity of \(name)")
      let values = (record["values"]?.array ?? []).compactMap(\.string)
      #expect([metric?.effective.quantity?.canonical] == values, "\(id): cached value of \(name)")
    }
  }

  private func checkQuery(_ id: String, _ name: String, _ object: RecordedObject, _ expected: JSONValue) {
    let wanted = Set(MetricQuery.metrics(named: name, of: object.spec).map(\.name))
    let readings = zip(object.spec.metrics, object.readings).filter { wanted.contains($0.0.name) }.map(\.1)
    let query = MetricQuery(
      name, of: object.spec, readings: readings, health: object.health, replicas: object.state.facts, now: Self.now)
    #expect(query.health.status == RecordedObject.health(expected["healthAfter"]), "\(id): health after \(name)")
    switch query.result {
    case .failure(let failure):
      let error = expected["error"]?.string
      #expect(error.map { failure.description.hasPrefix($0) } == true, "\(id): \(name): \(failure)")
    case .success(let values):
      #expect(expected["error"]?.isNull == true, "\(id): \(name): error")
      let recorded = expected["values"]?.array ?? []
      #expect(values.map(\.name) == recorded.compactMap { $0["metricName"]?.string }, "\(id): \(name): names")
      #expect(
        values.map(\.quantity.canonical) == recorded.compactMap { $0["canonical"]?.string }, "\(id): \(name): values")
    }
  }
}

/// The object of a case, with one reading per metric.
private struct RecordedObject {
  var spec: ScalingSpec
  var readings: [Reading]
  var health: HealthBook
  var state: ScalingState

  init(_ input: JSONValue) throws {
    spec = ScalingSpec(targetLabel: "apps/v1.Deployment default/app")
    readings = []
    for (index, trigger) in (input["triggers"]?.array ?? []).enumerated() {
      if let type = trigger["type"]?.string, type == "cpu" || type == "memory" {
        spec.resourceTriggers.append(type)
        continue
      }
      let quantity = try Quantity(parsing: trigger["target"]?.string ?? "5")
      let target = trigger["targetType"]?.string == "Value" ? TriggerTarget.value(quantity) : .averageValue(quantity)
      for metric in trigger["metrics"]?.array ?? [] {
        let name = "s\(index)-\(try #require(metric["name"]?.string))"
        spec.metrics.append(TriggerMetric(triggerIndex: index, name: name, target: target))
        let error = trigger["noMetricSpecs"]?.bool == true ? "got empty metric spec" : metric["error"]?.string
        let outcome: Reading.Outcome
        if let error {
          outcome = .unknown(UnknownReason(code: "down", message: error))
        } else {
          let value = try Quantity(parsing: try #require(metric["value"]?.string)).approximateDouble
          outcome = .value(Measurement(value, activationValue: metric["active"]?.bool == true ? 1 : 0))
        }
        readings.append(Reading(outcome, observedAt: ScaledObjectStateConformanceTests.now))
      }
    }
    spec.fallback = try input["fallback"]?.decoded(as: FallbackSpec.self)
    spec.modifiers = try input["modifiers"]?.decoded(as: ScalingModifiers.self)
    health = HealthBook(status: RecordedObject.health(input["health"]))
    state = ScalingState(
      createdAt: Timestamp(seconds: 0),
      replicas: .known(Int32(clamping: try #require(input["currentReplicas"]?.integer))),
      readyPods: (input["readyPods"]?.integer).map { Int32(clamping: $0) })
  }

  static func health(_ recorded: JSONValue?) -> [String: HealthStatus] {
    (recorded?.object ?? [:]).compactMapValues { try? $0.decoded(as: HealthStatus.self) }
  }
}
