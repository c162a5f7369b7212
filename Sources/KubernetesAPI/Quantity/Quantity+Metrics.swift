/// Numbers of triggers as KEDA puts them into quantities.
extension Quantity {
  /// A metric's value or a fractional target: the number with three decimals, ties to even. Negative numbers, NaN and
  /// infinities become 0, so a reading that is not a number must never get here. 1.5 prints `1.500`, 1000 prints `1k`.
  public init(metric value: Double) {
    // Most metrics count something; these need no way over a text.
    if value >= 0, value < 0x1p53, let whole = Int64(exactly: value) {
      self.init(whole)
      return
    }
    guard value.isFinite, value > 0, let quantity = try? Quantity(parsing: fixedPointText(value)) else {
      self = .zero
      return
    }
    self = quantity
  }

  /// A whole-number target, as it is; negative ones too.
  public init(integerTarget target: Int64) {
    self.init(target)
  }
}

/// A finite, non-negative number with exactly three decimals, rounded on its exact binary value, ties to even (Go's
/// `%.3f`).
/// No locale. 0.0625 gives `0.062`.
func fixedPointText(_ value: Double) -> String {
  guard value.isFinite, value > 0 else { return "0.000" }
  let shift = Int(value.exponent) - Double.significandBitCount
  let significand = value.significandBitPattern | (value.isNormal ? 1 << UInt64(Double.significandBitCount) : 0)
  if shift >= 0 {
    var number = DecimalNumber(Int64(significand), exponent: 0)
    number.multiply(byTwoTo: shift)
    return number.significandText + ".000"
  }
  // value = significand / 2^fractionBits. Below 2^-11 everything rounds to zero; subnormal numbers are far below.
  let fractionBits = UInt64(-shift)
  guard value.isNormal, fractionBits < 64 else { return "0.000" }
  var whole = significand >> fractionBits
  let product = (significand & ((1 << fractionBits) - 1)) * 1000  // below 2^53 × 1000 < 2^63
  var thousandths = product >> fractionBits
  let remainder = product & ((1 << fractionBits) - 1)
  let half: UInt64 = 1 << (fractionBits - 1)
  if remainder > half || (remainder == half && thousandths % 2 == 1) { thousandths += 1 }
  if thousandths == 1000 {
    thousandths = 0
    whole += 1
  }
  let digits = String(thousandths)
  return "\(whole)." + String(repeating: "0", count: 3 - digits.count) + digits
}
