/// A Kubernetes quantity: an exact decimal number with the suffix family it was written in (`2500m`, `1Gi`, `5e3`).
///
/// Exact from a billionth (finer values are rounded away from zero, as Kubernetes does) up to 10^310; equality,
/// order and
/// hash follow the number alone, so `0.5` equals `500m`. Rules: `k8s.io/apimachinery` `resource.Quantity`.
public struct Quantity: Sendable {
  /// The family of suffixes that `canonical` uses.
  public enum Format: String, Sendable, Codable {
    /// `n u m k M G T P E`, or nothing.
    case decimalSI = "DecimalSI"
    /// `Ki Mi Gi Ti Pi Ei`; smaller than 1024 or not whole, it prints like `decimalSI`.
    case binarySI = "BinarySI"
    /// `e3`, `e-6`.
    case decimalExponent = "DecimalExponent"
  }

  public var format: Format
  var amount: Amount
  /// The text it was parsed from, kept only where that text already is as short as the canonical form (`2.500`).
  var source: String?

  init(amount: Amount, format: Format, source: String? = nil) {
    self.amount = amount
    self.format = format
    self.source = source
  }

  /// A whole number: `Quantity(1000)` prints `1k`.
  public init(_ integer: Int64) {
    self.init(amount: .small(integer, exponent: 0), format: .decimalSI)
  }

  /// Thousandths: `Quantity(milliValue: 2500)` prints `2500m`.
  public init(milliValue: Int64) {
    self.init(amount: .small(milliValue, exponent: -3), format: .decimalSI)
  }

  public static let zero = Quantity(0)

  public var isZero: Bool { sign == 0 }

  /// -1, 0 or 1.
  public var sign: Int {
    switch amount {
    case .small(let value, _): Int(value.signum())
    case .large(let number): number.isZero ? 0 : (number.isNegative ? -1 : 1)
    }
  }

  /// Thousandths, rounded away from zero (`1500u` gives 2), clamped to what `Int64` holds.
  public var milliValue: Int64 { saturatingValue(inUnitsOfTenTo: -3) }

  /// The whole number, rounded away from zero (`500m` gives 1), clamped to what `Int64` holds.
  public var value: Int64 { saturatingValue(inUnitsOfTenTo: 0) }

  /// `milliValue` as Go computes it, where a number that does not fit comes out as 0 or wrapped around. Only for
  /// comparing with what Kubernetes and KEDA compute; decisions use `milliValue`.
  public var wrappingMilliValue: Int64 { wrappingValue(inUnitsOfTenTo: -3) }

  /// `value` as Go computes it; see `wrappingMilliValue`.
  public var wrappingValue: Int64 { wrappingValue(inUnitsOfTenTo: 0) }

  /// The number as a `Double`, computed as Kubernetes does it: significand times a power of ten, so the last bit may be
  /// off. Always finite: where that product overflows, the nearest double stands in.
  public var approximateDouble: Double {
    let (significand, exponent) =
      switch amount {
      case .small(let value, let exponent): (Double(value), exponent)
      case .large(let number): (number.significandAsDouble, number.exponent)
      }
    let product = exponent == 0 ? significand : significand * PowerOfTen.double(exponent)
    if product.isFinite { return product }
    let bound = Double.greatestFiniteMagnitude
    return min(max(amount.number.nearestDouble, -bound), bound)
  }

  private func saturatingValue(inUnitsOfTenTo exponent: Int) -> Int64 {
    if case .small(let value, let own) = amount, let result = value.timesPowerOfTen(own - exponent) { return result }
    return amount.number.rounded(toUnitsOfTenTo: exponent).saturatingInteger
  }

  private func wrappingValue(inUnitsOfTenTo exponent: Int) -> Int64 {
    switch amount {
    case .small(let value, let own):
      return value.timesPowerOfTen(own - exponent) ?? value.wrappingTimesPowerOfTen(own - exponent)
    case .large(let number):
      let divisor = PowerOfTen.integer(exponent - number.exponent)
      guard number.isNegative, divisor > 1 else {
        return number.rounded(toUnitsOfTenTo: exponent).wrappingInteger
      }
      // Go cuts a negative big decimal to 64 bits first, and then rounds it up by one too many.
      let (quotient, remainder) = number.wrappingInteger.quotientAndRemainder(dividingBy: divisor)
      return remainder == 0 ? quotient : quotient + 1
    }
  }
}

extension Quantity {
  /// `small` wherever Kubernetes keeps a 64-bit significand, `large` wherever it keeps a big decimal. The two differ
  /// in how
  /// Go's conversions overflow, which is why a small number may be stored as `large`.
  enum Amount: Sendable {
    case small(Int64, exponent: Int)
    case large(DecimalNumber)

    var number: DecimalNumber {
      switch self {
      case .small(let value, let exponent): DecimalNumber(value, exponent: exponent)
      case .large(let number): number
      }
    }
  }
}

extension Int64 {
  /// `self × 10^power`, rounded away from zero for a negative power; nil when it does not fit.
  func timesPowerOfTen(_ power: Int) -> Int64? {
    if self == 0 || power == 0 { return self }
    if power > 18 { return nil }
    if power < -18 { return signum() }
    guard power < 0 else {
      let (product, overflow) = multipliedReportingOverflow(by: PowerOfTen.integer(power))
      return overflow ? nil : product
    }
    let (quotient, remainder) = quotientAndRemainder(dividingBy: PowerOfTen.integer(-power))
    return remainder == 0 ? quotient : quotient + signum()
  }

  /// What Go gives where `self × 10^power` does not fit: wrapped around for the powers it multiplies by at once, 0 for
  /// those it reaches step by step. 9223372036854776 × 10^3 is -9223372036854775616, but 1 × 10^21 is 0.
  func wrappingTimesPowerOfTen(_ power: Int) -> Int64 {
    guard [1, 2, 3, 6, 9].contains(power), self != .min else { return 0 }
    return self &* PowerOfTen.integer(power)
  }
}
