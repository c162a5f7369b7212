public import KubernetesAPI

/// What an HPA's request for one metric gets: the same counting and the same fallback as a poll.
public struct MetricQuery: Hashable, Sendable {
  public struct Value: Hashable, Sendable {
    /// As the object spells it, whatever the request's case.
    public var name: String
    public var quantity: Quantity
  }

  /// Why there is nothing to serve; the messages are KEDA's, with the cause behind them.
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case notFound(String)
    case unknown(metric: String, UnknownReason)

    public var description: String {
      switch self {
      case .notFound(let metric): "no matching metrics found for \(metric)"
      case .unknown(let metric, let reason): "metric:\(metric) encountered error: \(reason.message)"
      }
    }
  }

  public var result: Result<[Value], Failure>
  /// The health after the readings; belongs into the next evaluation.
  public var health: HealthBook

  /// Which metrics of an object a request needs to be read: the one of that name (in any case), or all of them where
  /// `scalingModifiers` make one number of all.
  public static func metrics(named name: String, of spec: ScalingSpec) -> [TriggerMetric] {
    if spec.modifiers != nil { return spec.metrics }
    let name = name.lowercased()
    return spec.metrics.filter { $0.name.lowercased() == name }
  }

  /// - Parameter readings: The readings of `metrics(named:of:)`, in that order.
  public init(
    _ name: String, of spec: ScalingSpec, readings: [Reading], health: HealthBook, replicas: ReplicaFacts,
    formula: CompositeMetric.Formula? = nil, now: Timestamp
  ) {
    let rule = FallbackRule(of: spec)
    var health = health
    let evaluations = MetricQuery.metrics(named: name, of: spec).enumerated().map { index, metric in
      let reading = index < readings.count ? readings[index] : Reading(.unknown(.notRead), observedAt: now)
      return MetricEvaluation(metric, reading: reading, fallback: rule, replicas: replicas, health: &health)
    }
    self.health = health
    self.result = MetricQuery.serve(name, evaluations, spec: spec, formula: formula)
  }

  private static func serve(
    _ name: String, _ metrics: [MetricEvaluation], spec: ScalingSpec, formula: CompositeMetric.Formula?
  ) -> Result<[Value], Failure> {
    if metrics.isEmpty { return .failure(.notFound(name)) }
    if spec.modifiers != nil {
      switch CompositeMetric.resolve(metrics, formula: formula) {
      case .unknown(let reason): return .failure(.unknown(metric: name, reason))
      case let composite:
        return .success(composite.quantity.map { [Value(name: CompositeMetric.name, quantity: $0)] } ?? [])
      }
    }
    var values: [Value] = []
    for metric in metrics {
      if let reason = metric.effective.unknownReason { return .failure(.unknown(metric: name, reason)) }
      if let quantity = metric.effective.quantity { values.append(Value(name: metric.name, quantity: quantity)) }
    }
    return .success(values)
  }
}
