public import KubernetesAPI

/// What is served for a metric and decided on: the reading, or what the fallback rules made of it.
public enum EffectiveMetric: Hashable, Sendable {
  /// The reading's value, as the source gave it.
  case value(Double)
  /// The source fails; the value, in thousandths, that makes the HPA ask for `replicas`.
  case fallback(milliValue: Int64, replicas: Int32)
  /// The source fails and the formula of `scalingModifiers` deals with it (behavior `scalingModifiers`). Served as -1.
  case placeholder
  case unknown(UnknownReason)

  public init(_ outcome: Reading.Outcome) {
    switch outcome {
    case .value(let measurement): self = .value(measurement.value)
    case .unknown(let reason): self = .unknown(reason)
    }
  }

  /// The number to serve: three decimals, negative readings as 0; nil when it is unknown.
  public var quantity: Quantity? {
    switch self {
    case .value(let value): Quantity(metric: value)
    case .fallback(let milliValue, _): Quantity(milliValue: milliValue)
    case .placeholder: Quantity(-1)
    case .unknown: nil
    }
  }

  public var isFallback: Bool { if case .fallback = self { true } else { false } }

  public var unknownReason: UnknownReason? { if case .unknown(let reason) = self { reason } else { nil } }
}
