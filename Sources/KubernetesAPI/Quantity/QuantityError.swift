/// Why a text is not a quantity.
public struct QuantityError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Problem: String, Sendable {
    case empty
    /// Longer than `Quantity.maximumLength` bytes.
    case tooLong
    /// `+`, `.`, `k`: Kubernetes reads these as zero.
    case noDigits
    case malformed
    case unknownSuffix
    /// The number, or its written exponent, is beyond ±`Quantity.maximumExponent`.
    case outOfRange
  }

  public var problem: Problem
  /// What was read, shortened.
  public var text: String

  init(_ problem: Problem, _ text: some StringProtocol) {
    self.problem = problem
    self.text = shortened(String(text.prefix(200)))
  }

  public var description: String {
    let advice = "write a number such as 100, 2.5, 500m, 1k or 1Gi"
    return switch problem {
    case .empty: "an empty text is not a quantity: \(advice)"
    case .tooLong: "\"\(text)\" is longer than \(Quantity.maximumLength) bytes and so not a quantity: \(advice)"
    case .noDigits: "\"\(text)\" has no digit: \(advice)"
    case .malformed: "\"\(text)\" is not a quantity: \(advice)"
    case .unknownSuffix:
      "the suffix of \"\(text)\" is unknown: use one of n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei, "
        + "or an exponent as in 1e3"
    case .outOfRange: "\"\(text)\" is out of range, which ends at 1e\(Quantity.maximumExponent): \(advice)"
    }
  }
}
