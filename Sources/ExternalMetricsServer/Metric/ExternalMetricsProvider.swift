/// Where the values come from. The server knows nothing of triggers, sources or objects.
public protocol ExternalMetricsProvider: Sendable {
  /// What memory can answer right now, on the event loop; nil when a fresh answer needs a question to a source.
  func metricsInMemory(for request: ExternalMetricsRequest) -> Result<[ExternalMetricSample], ExternalMetricsError>?

  /// The same after asking, never later than the provider's own deadline.
  func metrics(for request: ExternalMetricsRequest) async -> Result<[ExternalMetricSample], ExternalMetricsError>
}
