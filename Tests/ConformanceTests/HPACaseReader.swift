internal import Autoscaling
internal import KubernetesAPI
internal import TestSupport

/// What the files under `hpa/` have in common.
enum HPACaseReader {
  /// Any instant: the recorded cases only know ages.
  static let now = Timestamp(seconds: 1_700_000_000)

  /// `hpa` of a case, under the controller that the case describes.
  static func configuration(_ hpa: JSONValue?, input: JSONValue, tolerance: Double) throws -> HPAConfiguration {
    let behavior = hpa?["behavior"].flatMap { $0.isNull ? nil : $0 }
    return HPAConfiguration(
      minReplicas: hpa?["minReplicas"]?.integer.map(Int32.init(clamping:)), maxReplicas: try int32(hpa, "maxReplicas"),
      behavior: try behavior?.decoded(as: HPABehavior.self), tolerance: tolerance,
      downscaleStabilization: .seconds(input["controllerDownscaleStabilizationSeconds"]?.integer ?? 300),
      allowsScaleToZero: input["scaleToZeroGate"]?.bool ?? false)
  }

  /// The memory before a sync.
  static func memory(_ input: JSONValue) throws -> HPAMemory {
    var memory = HPAMemory(
      recommendations: try recommendations(input["recommendations"]),
      scaleUpEvents: try events(input["scaleUpEvents"]), scaleDownEvents: try events(input["scaleDownEvents"]))
    if let preset = input["scaledToZeroCondition"]?.string {
      memory.conditions.scaledToZero = HPACondition(preset == "True", reason: "preset")
    }
    return memory
  }

  static func recommendations(_ value: JSONValue?, now: Timestamp = now) throws -> [HPAMemory.Recommendation] {
    try (value?.array ?? []).map {
      HPAMemory.Recommendation(replicas: try int32($0, "replicas"), at: try instant($0, now: now))
    }
  }

  static func events(_ value: JSONValue?, now: Timestamp = now) throws -> [HPAMemory.ScaleEvent] {
    try (value?.array ?? []).map {
      HPAMemory.ScaleEvent(change: try int32($0, "change"), at: try instant($0, now: now))
    }
  }

  private static func instant(_ entry: JSONValue, now: Timestamp) throws -> Timestamp {
    guard let age = entry["ageSeconds"]?.double else { throw MissingField(name: "ageSeconds") }
    return now - .nanoseconds(Int64((age * 1e9).rounded()))
  }

  /// The memory after a sync against a recorded state; which slot is merely outdated is not recorded.
  static func mismatch(_ memory: HPAMemory, _ recorded: JSONValue?, now: Timestamp = now) throws -> String? {
    let expected = HPAMemory(
      recommendations: try recommendations(recorded?["recommendations"], now: now),
      scaleUpEvents: try events(recorded?["scaleUpEvents"], now: now),
      scaleDownEvents: try events(recorded?["scaleDownEvents"], now: now))
    var found = HPAMemory(
      recommendations: memory.recommendations, scaleUpEvents: memory.scaleUpEvents,
      scaleDownEvents: memory.scaleDownEvents)
    for index in found.scaleUpEvents.indices { found.scaleUpEvents[index].isOutdated = false }
    for index in found.scaleDownEvents.indices { found.scaleDownEvents[index].isOutdated = false }
    return found == expected ? nil : "memory \(found), recorded \(expected)"
  }

  static func target(type: String?, milli: Int64) -> HPAMetricObservation.Target {
    switch type {
    case "Value": .value(milli: milli)
    case "AverageValue": .averageValue(milli: milli)
    default: .missing
    }
  }

  static func answer(_ values: JSONValue?, error: String?) -> HPAMetricObservation.Answer {
    switch error {
    case "api": .failed("the API failed")
    case "empty": .values([])
    default: .values((values?.array ?? []).compactMap(\.integer))
    }
  }

  /// A condition as the cases record it; `null` where it was never set.
  static func json(_ condition: HPACondition?) -> JSONValue {
    guard let condition else { return .null }
    return .object(["status": .string(condition.status), "reason": .string(condition.reason)])
  }

  static func json(_ conditions: HPAConditions) -> JSONValue {
    let all = [
      "AbleToScale": conditions.ableToScale, "ScalingActive": conditions.scalingActive,
      "ScalingLimited": conditions.scalingLimited, "ScaledToZero": conditions.scaledToZero,
    ]
    return .object(all.compactMapValues { $0.map(Self.json) })
  }

  static func json(_ number: Int32?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }

  /// The reason of the event `SuccessfulRescale`, with metric names shortened as in the cases; `null` without a change.
  static func rescaleReason(_ result: HPASyncResult) -> JSONValue {
    guard result.didScale else { return .null }
    let text =
      switch result.evaluation.rescaleCause {
      case .aboveMaximum: "Current number of replicas above Spec.MaxReplicas"
      case .belowMinimum: "Current number of replicas below Spec.MinReplicas"
      case .metricAboveTarget(let name): "metric \(name) above target"
      case .allMetricsBelowTarget: "All metrics below target"
      case nil: ""
      }
    return .string(text)
  }

  static func int32(_ value: JSONValue?, _ name: String) throws -> Int32 {
    guard let integer = value?[name]?.integer, let number = Int32(exactly: integer) else {
      throw MissingField(name: name)
    }
    return number
  }

  struct MissingField: Error { var name: String }
}
