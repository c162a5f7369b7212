internal import Autoscaling
internal import KubernetesAPI

/// One sync in few words: replicas that all run and are ready, and a metric `orders` with target 1 a replica.
struct HPAScene {
  /// 2023-11-14T12:04:00Z.
  static let noon = Timestamp(seconds: 1_699_963_440)

  var minimum: Int32 = 1
  var maximum: Int32 = 100
  var behavior: HPABehavior?
  var allowsScaleToZero = false
  var replicas: Int32 = 10
  /// What the metric asks for; `nil`: it cannot be read.
  var wanted: Double? = 10
  var others: [HPAMetricObservation] = []
  var memory = HPAMemory(recommendations: [.init(replicas: 1, at: noon - .seconds(4000))])
  var now = noon

  var algorithm: HPAAlgorithm {
    HPAAlgorithm(
      HPAConfiguration(
        minReplicas: minimum, maxReplicas: maximum, behavior: behavior, allowsScaleToZero: allowsScaleToZero))
  }

  var observation: HPAObservation {
    let answer: HPAMetricObservation.Answer =
      wanted.map { .values([Int64($0 * 1000)]) } ?? .failed("connection refused")
    let orders = HPAMetricObservation(name: "orders", target: .averageValue(milli: 1000), answer: answer)
    return HPAObservation(
      now: now, specReplicas: replicas, statusReplicas: replicas, totalPods: Int(replicas), readyPods: Int(replicas),
      metrics: [orders] + others)
  }

  func evaluate() -> HPAEvaluation { algorithm.evaluate(observation, memory: memory) }

  static func metric(
    _ name: String, _ answer: HPAMetricObservation.Answer,
    target: HPAMetricObservation.Target = .averageValue(milli: 1000)
  ) -> HPAMetricObservation {
    HPAMetricObservation(name: name, target: target, answer: answer)
  }

  static func rules(
    window: Int32 = 0, select: String? = nil, _ policies: HPAScalingPolicy...
  ) -> HPAScalingRules {
    HPAScalingRules(
      stabilizationWindowSeconds: window, selectPolicy: select, policies: policies.isEmpty ? nil : policies)
  }

  static func pods(_ value: Int32, per seconds: Int32) -> HPAScalingPolicy {
    HPAScalingPolicy(type: "Pods", value: value, periodSeconds: seconds)
  }

  static func percent(_ value: Int32, per seconds: Int32) -> HPAScalingPolicy {
    HPAScalingPolicy(type: "Percent", value: value, periodSeconds: seconds)
  }
}
