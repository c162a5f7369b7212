/// A decimal number of any length: `digits × 10^exponent`. The slow, general form behind `Quantity`; its length is
/// bounded
/// by what `Quantity` accepts.
struct DecimalNumber: Sendable {
  var isNegative: Bool
  /// 0 to 9, most significant first, without leading zeros; empty for zero.
  var digits: [UInt8]
  var exponent: Int

  init(isNegative: Bool, digits: some Sequence<UInt8>, exponent: Int) {
    self.digits = Array(digits.drop { $0 == 0 })
    self.isNegative = isNegative && !self.digits.isEmpty
    self.exponent = exponent
  }

  init(_ value: Int64, exponent: Int) {
    self.init(isNegative: value < 0, digits: String(value.magnitude).utf8.lazy.map { $0 - 48 }, exponent: exponent)
  }

  var isZero: Bool { digits.isEmpty }

  /// The number in units of `10^target`, rounded away from zero, as a number with exponent 0.
  func rounded(toUnitsOfTenTo target: Int) -> DecimalNumber {
    let shift = exponent - target
    var result = DecimalNumber(isNegative: isNegative, digits: digits, exponent: 0)
    if isZero || shift == 0 { return result }
    if shift > 0 {
      result.digits.append(contentsOf: repeatElement(0, count: shift))
      return result
    }
    let dropped = digits.suffix(-shift)
    result.digits.removeLast(dropped.count)
    if dropped.contains(where: { $0 != 0 }) { result.incrementMagnitude() }
    return result
  }

  private mutating func incrementMagnitude() {
    for index in digits.indices.reversed() {
      if digits[index] < 9 {
        digits[index] += 1
        return
      }
      digits[index] = 0
    }
    digits.insert(1, at: 0)
  }

  /// Multiplies the significand by `2^power`.
  mutating func multiply(byTwoTo power: Int) {
    var left = power
    while left > 0 {
      let step = min(left, 10)
      left -= step
      var carry: UInt32 = 0
      for index in digits.indices.reversed() {
        let product = (UInt32(digits[index]) << UInt32(step)) + carry
        digits[index] = UInt8(product % 10)
        carry = product / 10
      }
      while carry > 0 {
        digits.insert(UInt8(carry % 10), at: 0)
        carry /= 10
      }
    }
  }

  /// The same number without trailing zeros in the significand.
  var normalized: DecimalNumber {
    guard let last = digits.lastIndex(where: { $0 != 0 }) else { return DecimalNumber(0, exponent: 0) }
    let zeros = digits.count - 1 - last
    return DecimalNumber(isNegative: isNegative, digits: digits[...last], exponent: exponent + zeros)
  }

  /// The significand (the exponent is ignored), clamped to what `Int64` holds.
  var saturatingInteger: Int64 {
    var result: Int64 = 0
    for digit in digits {
      let next = result.multipliedSaturating(by: 10)
      result = isNegative ? next.subtractingSaturating(Int64(digit)) : next.addingSaturating(Int64(digit))
      if result == .max || result == .min { return result }
    }
    return result
  }

  /// The significand modulo 2^64.
  var wrappingInteger: Int64 {
    var result: Int64 = 0
    for digit in digits { result = result &* 10 &+ Int64(digit) }
    return isNegative ? 0 &- result : result
  }

  var significandText: String { isZero ? "0" : String(decoding: digits.map { $0 + 48 }, as: UTF8.self) }

  var significandAsDouble: Double {
    let magnitude = Double(significandText) ?? .infinity
    return isNegative ? -magnitude : magnitude
  }

  var nearestDouble: Double {
    let magnitude = Double("\(significandText)e\(exponent)") ?? .infinity
    return isNegative ? -magnitude : magnitude
  }

  /// -1, 0 or 1 as `self` is less than, equal to or greater than `other`.
  func compare(_ other: DecimalNumber) -> Int {
    if isZero || other.isZero || isNegative != other.isNegative {
      return (signum - other.signum).signum()
    }
    let magnitude = compareMagnitude(other)
    return isNegative ? -magnitude : magnitude
  }

  private var signum: Int { isZero ? 0 : (isNegative ? -1 : 1) }

  private func compareMagnitude(_ other: DecimalNumber) -> Int {
    let (height, otherHeight) = (digits.count + exponent, other.digits.count + other.exponent)
    if height != otherHeight { return height < otherHeight ? -1 : 1 }
    for index in 0..<max(digits.count, other.digits.count) {
      let left = index < digits.count ? digits[index] : 0
      let right = index < other.digits.count ? other.digits[index] : 0
      if left != right { return left < right ? -1 : 1 }
    }
    return 0
  }
}
