public import KubernetesAPI

/// An HPA as it should be, and what the ScaledObject's status says about it.
public struct HPABlueprint: Hashable, Sendable {
  public var hpa: HorizontalPodAutoscaler
  /// The triggers' own external metrics in trigger order, also where a formula replaces them in the HPA.
  public var externalMetricNames: [String] = []
  /// `cpu` and `memory` metrics of whole pods.
  public var resourceMetricNames: [String] = []
  /// `composite-metric` where a formula combines the external metrics, else empty.
  public var compositeScalerName = ""
}

/// Why a ScaledObject gets no HPA.
public enum HPABuildError: Error, Hashable, Sendable, CustomStringConvertible {
  case noMetrics(scaledObject: String, namespace: String)
  case duplicateMetric(String, scaledObject: String)
  /// `scalingModifiers.metricType` is neither AverageValue nor Value.
  case metricType(String)
  /// `scalingModifiers.target` does not fit 64 bits in thousandths.
  case targetTooLarge(String)

  public var description: String {
    switch self {
    case .noMetrics(let name, let namespace):
      "no metric specs returned from scalers for ScaledObject \(namespace)/\(name)"
    case .duplicateMetric(let metric, let name):
      "metricName \(shortened(metric)) defined multiple times in ScaledObject \(name)"
    case .metricType(let type):
      "spec.advanced.scalingModifiers.metricType: \"\(shortened(type))\" does not fit an external metric: "
        + "write AverageValue or Value"
    case .targetTooLarge(let target):
      "spec.advanced.scalingModifiers.target: \"\(shortened(target))\" is too large: "
        + "write a number below 9223372036854775"
    }
  }
}
