public import KubernetesAPI

/// Everything an HPA sees in one sync. One instant: the clock stands still inside a sync, which decides exact edges.
public struct HPAObservation: Hashable, Sendable {
  public var now: Timestamp
  /// `spec.replicas` of the target's scale: what the HPA changes.
  public var specReplicas: Int32
  /// `status.replicas` of the scale: pods that exist. What `AverageValue` targets are averaged over.
  public var statusReplicas: Int32
  /// Pods that match the scale's selector, in any phase.
  public var totalPods: Int
  /// Of these, Running and Ready (a terminating pod that is still ready counts). What `Value` targets multiply by.
  public var readyPods: Int
  /// In the order of the HPA's spec.
  public var metrics: [HPAMetricObservation]

  public init(
    now: Timestamp, specReplicas: Int32, statusReplicas: Int32, totalPods: Int, readyPods: Int,
    metrics: [HPAMetricObservation]
  ) {
    self.now = now
    self.specReplicas = specReplicas
    self.statusReplicas = statusReplicas
    self.totalPods = totalPods
    self.readyPods = readyPods
    self.metrics = metrics
  }
}

/// One external metric of an HPA and what the external metrics API answered. Numbers are thousandths.
public struct HPAMetricObservation: Hashable, Sendable {
  public enum Target: Hashable, Sendable {
    /// For the metric as a whole: replicas follow usage/target times the ready pods.
    case value(milli: Int64)
    /// Per replica: replicas = usage/target.
    case averageValue(milli: Int64)
    /// Neither was given. No API server stores such an HPA.
    case missing
  }

  public enum Answer: Hashable, Sendable {
    /// The items of the list, each in thousandths. May be empty.
    case values([Int64])
    /// The request failed; why, for people.
    case failed(String)
  }

  public var name: String
  public var target: Target
  public var answer: Answer

  public init(name: String, target: Target, answer: Answer) {
    self.name = name
    self.target = target
    self.answer = answer
  }

  /// A metric of an HPA's spec, with quantities turned into thousandths as the controller does it: rounded away from
  /// zero; a number that does not fit is no error but 0 or wrapped around (`1E` reads 0).
  public init(_ source: HPAExternalMetricSource, answer: Answer) {
    let target: Target
    if let average = source.target.averageValue {
      target = .averageValue(milli: average.wrappingMilliValue)
    } else if let value = source.target.value {
      target = .value(milli: value.wrappingMilliValue)
    } else {
      target = .missing
    }
    self.init(name: source.metric.name, target: target, answer: answer)
  }
}

extension HPAMetricObservation.Answer {
  /// The items of an `ExternalMetricValueList` as the controller reads them.
  public static func quantities(_ items: [Quantity]) -> Self { .values(items.map(\.wrappingMilliValue)) }
}
