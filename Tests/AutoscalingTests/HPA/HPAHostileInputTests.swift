internal import Autoscaling
internal import KubernetesAPI
internal import Testing

/// Numbers that no API server would let through must not stop the program.
@Suite("HPA hostile input")
struct HPAHostileInputTests {
  private static let integers: [Int32] = [.min, -1, 0, 1, 2, 7, 1000, 1_073_741_824, .max - 1, .max]
  private static let longs: [Int64] = [.min, -1, 0, 1, 999, 1000, 500_000, .max - 1, .max]
  private static let times: [Timestamp] = [
    Timestamp(nanoseconds: .min), Timestamp(seconds: 0), HPAScene.noon, HPAScene.noon - .seconds(10),
    HPAScene.noon + .seconds(10), Timestamp(nanoseconds: .max),
  ]
  private static let doubles: [Double] = [.nan, -.infinity, -1, 0, 0.1, 1, 1e308, .infinity]

  @Test func everySyncEndsWithAReason() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<20_000 {
      var memory = HPAMemory(
        recommendations: list(&random) { .init(replicas: pick(Self.integers, &$0), at: pick(Self.times, &$0)) },
        scaleUpEvents: list(&random) { .init(change: pick(Self.integers, &$0), at: pick(Self.times, &$0)) },
        scaleDownEvents: list(&random) { .init(change: pick(Self.integers, &$0), at: pick(Self.times, &$0)) })
      memory.conditions.scaledToZero = HPACondition(Bool.random(using: &random), reason: "any")
      let algorithm = HPAAlgorithm(configuration(&random))
      let evaluation = algorithm.evaluate(observation(&random), memory: memory)
      let update: HPAScaleUpdate = Bool.random(using: &random) ? .succeeded : .failed("refused")
      let result = evaluation.finished(update)
      #expect(!result.reasons.isEmpty)
      #expect(result.reasons.allSatisfy { !$0.message.isEmpty })
      #expect(result.replicasAfter == (update == .succeeded ? evaluation.desiredReplicas : evaluation.currentReplicas))
    }
  }

  @Test func noReplicaToAverageOverIsNotANumber() {
    let calculator = HPAReplicaCalculator(
      specReplicas: 3, statusReplicas: 0, totalPods: 0, readyPods: 0, tolerance: HPATolerance(up: 0.1, down: 0.1))
    let status = calculator.status(of: HPAScene.metric("m", .values([3000])))
    #expect(status.proposal == 3)
    #expect(status.usage == nil)
  }

  @Test func nothingOverNothingKeepsTheCount() {
    let calculator = HPAReplicaCalculator(
      specReplicas: 3, statusReplicas: 3, totalPods: 3, readyPods: 3, tolerance: HPATolerance(up: 0.1, down: 0.1))
    #expect(calculator.status(of: HPAScene.metric("m", .values([0]), target: .averageValue(milli: 0))).proposal == 3)
    #expect(calculator.status(of: HPAScene.metric("m", .values([0]), target: .value(milli: 0))).proposal == 3)
  }

  private func pick<Element>(_ elements: [Element], _ random: inout SeededGenerator) -> Element {
    elements[Int.random(in: elements.indices, using: &random)]
  }

  private func list<Element>(_ random: inout SeededGenerator, _ make: (inout SeededGenerator) -> Element) -> [Element] {
    var elements: [Element] = []
    for _ in 0..<Int.random(in: 0...3, using: &random) { elements.append(make(&random)) }
    return elements
  }

  private func configuration(_ random: inout SeededGenerator) -> HPAConfiguration {
    func rules(_ random: inout SeededGenerator) -> HPAScalingRules? {
      guard Int.random(in: 0...3, using: &random) > 0 else { return nil }
      let policies = list(&random) {
        HPAScalingPolicy(
          type: pick(["Pods", "Percent", "", "pods"], &$0), value: pick(Self.integers, &$0),
          periodSeconds: pick(Self.integers, &$0))
      }
      return HPAScalingRules(
        stabilizationWindowSeconds: pick(Self.integers, &random),
        selectPolicy: pick(["Max", "Min", "Disabled", ""], &random),
        policies: policies, tolerance: Quantity(milliValue: pick(Self.longs, &random)))
    }
    let behavior = HPABehavior(scaleUp: rules(&random), scaleDown: rules(&random))
    return HPAConfiguration(
      minReplicas: pick(Self.integers, &random), maxReplicas: pick(Self.integers, &random),
      behavior: Bool.random(using: &random) ? behavior : nil, tolerance: pick(Self.doubles, &random),
      downscaleStabilization: pick(
        [.zero, .seconds(300), .seconds(-1), .seconds(Int64.max), .seconds(Int64.min)], &random),
      allowsScaleToZero: Bool.random(using: &random))
  }

  private func observation(_ random: inout SeededGenerator) -> HPAObservation {
    let metrics = list(&random) { random -> HPAMetricObservation in
      let target: HPAMetricObservation.Target = pick(
        [.missing, .value(milli: pick(Self.longs, &random)), .averageValue(milli: pick(Self.longs, &random))], &random)
      let values = list(&random) { pick(Self.longs, &$0) }
      return HPAScene.metric("m", Bool.random(using: &random) ? .values(values) : .failed("refused"), target: target)
    }
    return HPAObservation(
      now: pick(Self.times, &random), specReplicas: pick(Self.integers, &random),
      statusReplicas: pick(Self.integers, &random), totalPods: Int(pick(Self.integers, &random)),
      readyPods: pick([Int.min, -1, 0, 3, Int.max], &random), metrics: metrics)
  }
}
