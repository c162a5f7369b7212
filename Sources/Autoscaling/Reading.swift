public import KubernetesAPI

/// What is known of a trigger's metric at one moment. Never a bare number: a failed, empty, null or NaN answer is
/// `unknown`, and only the fallback rules may turn that into a number.
public struct Reading: Hashable, Sendable {
  public enum Outcome: Hashable, Sendable {
    case value(Measurement)
    case unknown(UnknownReason)
  }

  public var outcome: Outcome
  /// When the source was asked, by Swell's clock.
  public var observedAt: Timestamp

  public init(_ outcome: Outcome, observedAt: Timestamp) {
    self.outcome = outcome
    self.observedAt = observedAt
  }
}

/// A number that a source gave, in the trigger's own unit (messages, requests per second, …).
public struct Measurement: Hashable, Sendable {
  /// What is divided by the target. May be negative or fractional as the source gave it; never NaN or infinite.
  public var value: Double
  /// What is compared with the activation threshold; differs from `value` only where a trigger says so (kafka counts
  /// persistent lag and leaves partition limits aside).
  public var activationValue: Double
  /// The source answered, but with nothing in it, and the trigger's own settings say that this means zero
  /// (prometheus with `ignoreNullValues: "true"`).
  public var isAssumedFromEmptyAnswer: Bool

  public init(_ value: Double, activationValue: Double? = nil, isAssumedFromEmptyAnswer: Bool = false) {
    self.value = value
    self.activationValue = activationValue ?? value
    self.isAssumedFromEmptyAnswer = isAssumedFromEmptyAnswer
  }
}

/// Why a metric is not known.
public struct UnknownReason: Error, Hashable, Sendable, CustomStringConvertible {
  /// One lower-camel-case word for programs: `connectionRefused`, `timedOut`, `emptyAnswer`, `wrongType`, …
  public var code: String
  /// One sentence for people; names the cause and never a secret.
  public var message: String

  public init(code: String, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
