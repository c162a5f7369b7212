public import KubernetesAPI

/// Where the values come from. The server knows nothing of triggers, sources or objects.
public protocol ExternalMetricsProvider: Sendable {
  /// What memory can answer right now, on the event loop; nil when a fresh answer needs a question to a source.
  func metricsInMemory(for request: ExternalMetricsRequest) -> Result<[ExternalMetricSample], ExternalMetricsError>?

  /// The same after asking, never later than the provider's own deadline.
  func metrics(for request: ExternalMetricsRequest) async -> Result<[ExternalMetricSample], ExternalMetricsError>
}

/// A GET of one metric.
public struct ExternalMetricsRequest: Hashable, Sendable {
  public var namespace: String
  public var metricName: String
  public var selector: LabelQuery
  /// What the selector says `scaledobject.keda.sh/name` must be, where that is all it says of it: how HPAs ask.
  public var scaledObjectName: String?

  public init(namespace: String, metricName: String, selector: LabelQuery) {
    self.namespace = namespace
    self.metricName = metricName
    self.selector = selector
    scaledObjectName = selector.exactValue(of: ScaledObject.nameLabel)
  }
}

/// One value of a metric.
public struct ExternalMetricSample: Hashable, Sendable {
  public var metricName: String
  public var labels: [String: String]
  /// When the source was read.
  public var timestamp: Timestamp
  public var value: Quantity

  public init(metricName: String, labels: [String: String], timestamp: Timestamp, value: Quantity) {
    self.metricName = metricName
    self.labels = labels
    self.timestamp = timestamp
    self.value = value
  }
}

/// Why there is no value.
public enum ExternalMetricsError: Error, Hashable, Sendable {
  /// No such object, or no such metric in it.
  case notFound(String)
  /// The source cannot be read, and no fallback stands in.
  case unavailable(String)
}
