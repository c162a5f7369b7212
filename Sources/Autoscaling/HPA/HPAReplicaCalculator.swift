/// From one external metric to a replica count. Kubernetes 1.36, `replica_calculator.go`, bit for bit in float64:
/// integer arithmetic gives other answers (7/3 with 27 ready pods is 64 replicas, exactly it would be 63).
public struct HPAReplicaCalculator: Hashable, Sendable {
  public var specReplicas: Int32
  public var statusReplicas: Int32
  public var totalPods: Int
  public var readyPods: Int
  public var tolerance: HPATolerance

  public init(
    specReplicas: Int32, statusReplicas: Int32, totalPods: Int, readyPods: Int, tolerance: HPATolerance
  ) {
    self.specReplicas = specReplicas
    self.statusReplicas = statusReplicas
    self.totalPods = totalPods
    self.readyPods = readyPods
    self.tolerance = tolerance
  }

  init(_ observation: HPAObservation, tolerance: HPATolerance) {
    self.init(
      specReplicas: observation.specReplicas, statusReplicas: observation.statusReplicas,
      totalPods: observation.totalPods, readyPods: observation.readyPods, tolerance: tolerance)
  }

  public func status(of metric: HPAMetricObservation) -> HPAMetricStatus {
    func failed(_ failure: HPAMetricFailure) -> HPAMetricStatus {
      HPAMetricStatus(name: metric.name, target: metric.target, outcome: .failed(failure))
    }
    if metric.target == .missing { return failed(.noTarget) }
    switch metric.answer {
    case .failed(let message): return failed(.unavailable(message))
    case .values(let items) where items.isEmpty: return failed(.noValues)
    case .values(let items):
      switch metric.target {
      case .value(let target): return valueStatus(metric, items: items, target: target)
      case .averageValue(let target): return averageValueStatus(metric, items: items, target: target)
      case .missing: return failed(.noTarget)
      }
    }
  }

  /// `Value`: ratio = sum/target. Within tolerance the spec's replicas, else ceil(ratio × ready pods). At 0 replicas
  /// ceil(ratio), whatever the tolerance. Sum 500, target 100, 3 of 4 pods ready: ratio 5, 15 replicas.
  private func valueStatus(_ metric: HPAMetricObservation, items: [Int64], target: Int64) -> HPAMetricStatus {
    let sum = Self.cappedSum(items)
    let ratio = Double(sum) / Double(target)
    var status = HPAMetricStatus(name: metric.name, target: metric.target, outcome: .proposes(specReplicas), sum: sum)
    guard specReplicas != 0 else {
      status.usage = sum
      status.outcome = .proposes(replicas(ratio))
      return status
    }
    status.usageRatio = ratio
    if tolerance.contains(ratio) {
      status.isWithinTolerance = true
    } else if totalPods == 0 {
      status.outcome = .failed(.noPods)
      return status
    } else {
      status.outcome = .proposes(replicas(ratio * Double(readyPods)))
    }
    status.usage = sum
    return status
  }

  /// `AverageValue`: ratio = sum/(target × status replicas). Within tolerance the *status* replicas, else
  /// ceil(sum/target). Sum 500, target 10: 50 replicas.
  private func averageValueStatus(_ metric: HPAMetricObservation, items: [Int64], target: Int64) -> HPAMetricStatus {
    let (sum, isOverflow) = Self.nonNegativeSum(items)
    let ratio = Double(sum) / (Double(target) * Double(statusReplicas))
    let isWithin = tolerance.contains(ratio)
    return HPAMetricStatus(
      name: metric.name, target: metric.target,
      outcome: .proposes(isWithin ? statusReplicas : replicas(Double(sum) / Double(target))), sum: sum,
      usage: mean(of: sum), usageRatio: ratio, isWithinTolerance: isWithin, readsAsOverflow: isOverflow)
  }

  /// The count for a number of replicas with fractions: rounded up, clamped to `Int32`. NaN (0 usage over a target of
  /// 0, which no API server stores) says nothing, so it keeps the present count.
  private func replicas(_ number: Double) -> Int32 {
    number.isNaN ? specReplicas : number.roundedUpToInt32
  }

  /// Usage per replica, rounded up; `nil` when there is no replica.
  private func mean(of sum: Int64) -> Int64? {
    if Double(sum) >= 0x1p63 { return .max }
    if statusReplicas == 0 { return nil }
    return Int64(exactly: (Double(sum) / Double(statusReplicas)).rounded(.up))
  }

  /// Ends at `Int64.max` when positive items overflow; wraps when negative ones do.
  private static func cappedSum(_ items: [Int64]) -> Int64 {
    var sum: Int64 = 0
    for item in items {
      let (next, overflow) = sum.addingReportingOverflow(item)
      if overflow, item > 0 { return .max }
      sum = next
    }
    return sum
  }

  /// A negative partial sum counts as an overflow: it becomes `Int64.max` and ends the sum.
  private static func nonNegativeSum(_ items: [Int64]) -> (sum: Int64, isOverflow: Bool) {
    var sum: Int64 = 0
    for item in items {
      sum = sum &+ item
      if sum < 0 { return (.max, true) }
    }
    return (sum, false)
  }
}

extension Double {
  /// The next whole number, clamped to what `Int32` holds; 0 for NaN.
  var roundedUpToInt32: Int32 { rounded(.up).clampedToInt32 }

  /// Truncated towards zero and clamped to what `Int32` holds; 0 for NaN.
  var clampedToInt32: Int32 {
    if isNaN { return 0 }
    if self >= Double(Int32.max) { return .max }
    if self <= Double(Int32.min) { return .min }
    return Int32(self)
  }
}
