/// The places where Swell reads what strangers wrote, each as one function from bytes to "all is well".
///
/// Shared by the libFuzzer programs in `Fuzz/` and by the tests, which replay the committed corpus without libFuzzer. A run
/// checks more than that nothing traps: what each target must hold for every input is told at its check.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// The bytes of a Redis connection.
  case redisReplies = "RedisReplies"
  /// The body of a Prometheus answer.
  case prometheusAnswers = "PrometheusAnswers"
  /// The text of a Kubernetes quantity, and numbers that become one.
  case quantities = "Quantities"
  /// A YAML file of manifests.
  case manifests = "Manifests"
  /// The text of a `labelSelector` query parameter.
  case selectors = "Selectors"

  /// Feeds one input to the target.
  /// - Throws: what does not hold for this input.
  public func run(_ input: [UInt8]) throws(BrokenInvariant) {
    switch self {
    case .redisReplies: try RedisReplyCheck.run(input)
    case .prometheusAnswers: try PrometheusAnswerCheck.run(input)
    case .quantities: try QuantityCheck.run(input)
    case .manifests: try ManifestTextCheck.run(input)
    case .selectors: try SelectorCheck.run(input)
    }
  }
}
