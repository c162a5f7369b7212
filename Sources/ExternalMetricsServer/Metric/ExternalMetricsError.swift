/// Why there is no value.
public enum ExternalMetricsError: Error, Hashable, Sendable {
  /// No such object, or no such metric in it. 404.
  case notFound(String)
  /// The source cannot be read, and no fallback stands in. 503.
  case unavailable(String)
  /// The source did not answer in time, and no earlier reading stands in. 504.
  case timedOut(String)
}
