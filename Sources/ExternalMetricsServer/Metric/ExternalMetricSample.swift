public import KubernetesAPI

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
