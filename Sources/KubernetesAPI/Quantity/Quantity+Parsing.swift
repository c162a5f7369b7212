extension Quantity {
  /// Longer texts are refused unread.
  public static let maximumLength = 1024
  /// The largest exponent that may be written (`1e310`), and the smallest with a minus sign. Numbers end below ten times
  /// that, however they are written.
  public static let maximumExponent = 310

  /// Digits that Kubernetes keeps in a 64-bit significand.
  private static let smallDigits = 18
  private static let nano = -9

  /// Parses every form that Kubernetes accepts: `<sign>digits[.digits]<suffix>`, where the suffix is `n u m k M G T
  /// P E`,
  /// `Ki Mi Gi Ti Pi Ei`, or an exponent. Values finer than a billionth are rounded away from zero; binary ones are
  /// capped
  /// at 2^63-1.
  public init(parsing text: String) throws(QuantityError) {
    guard !text.utf8.isEmpty else { throw QuantityError(.empty, text) }
    guard text.utf8.count <= Quantity.maximumLength else { throw QuantityError(.tooLong, text.prefix(100)) }
    if text == "0" {
      self.init(amount: .small(0, exponent: 0), format: .decimalSI, source: text)
      return
    }
    let parts = try Parts(scanning: text)
    let suffix = try Suffix(parts.suffix, of: text)
    // What is printed must parse again, and the canonical form of a long number has a larger exponent than was written.
    guard suffix.format == .binarySI || parts.integerCount + suffix.decimalExponent <= Quantity.maximumExponent + 1
    else {
      throw QuantityError(.outOfRange, text)
    }

    if let amount = Quantity.smallAmount(parts, suffix) {
      let keepsText = Quantity.isCanonical(parts, suffix)
      self.init(amount: amount, format: suffix.format, source: keepsText ? text : nil)
      return
    }
    var number = DecimalNumber(
      isNegative: parts.isNegative, digits: parts.digits, exponent: suffix.decimalExponent - parts.fractionCount)
    number.multiply(byTwoTo: suffix.binaryExponent)
    if !number.isZero {
      number = number.rounded(toUnitsOfTenTo: Quantity.nano)
      number.exponent = Quantity.nano
    }
    var format = suffix.format
    if format == .binarySI {
      var magnitude = number
      magnitude.isNegative = false
      if magnitude.compare(DecimalNumber(.max, exponent: 0)) > 0 {
        magnitude = DecimalNumber(.max, exponent: 0)
        number = magnitude
        number.isNegative = parts.isNegative
      }
      if magnitude.compare(DecimalNumber(1, exponent: 0)) < 0, !magnitude.isZero { format = .decimalSI }
    }
    self.init(amount: .large(number), format: format)
  }

  /// The amount with a 64-bit significand, where Kubernetes would use one.
  private static func smallAmount(_ parts: Parts, _ suffix: Suffix) -> Amount? {
    let exponent: Int
    if suffix.format == .binarySI {
      let room = 15 - parts.integerCount - suffix.binaryExponent * 3 / 10 - 1
      guard parts.fractionCount == 0, room >= 0 else { return nil }
      exponent = 0
    } else {
      exponent = suffix.decimalExponent - parts.fractionCount
      guard parts.digits.count <= smallDigits, exponent >= nano else { return nil }
    }
    var value: Int64 = 0
    for digit in parts.digits { value = value * 10 + Int64(digit) }  // at most 18 digits: cannot overflow
    let (product, overflow) = value.multipliedReportingOverflow(by: 1 << Int64(suffix.binaryExponent))
    return overflow ? nil : .small(parts.isNegative ? -product : product, exponent: exponent)
  }

  /// Whether Kubernetes would print the text as it was written.
  private static func isCanonical(_ parts: Parts, _ suffix: Suffix) -> Bool {
    if suffix.format == .binarySI {
      guard let last = parts.lowestBits else { return false }
      return last & 7 != 0
    }
    return (suffix.decimalExponent - parts.fractionCount) % 3 == 0
      && parts.digits.suffix(3) != [0, 0, 0] && parts.digits.first != 0
  }
}

/// A quantity's text, taken apart.
private struct Parts {
  var isNegative = false
  /// Integer and fraction digits without leading zeros in the integer part, which has at least one digit.
  var digits: [UInt8] = []
  var integerCount = 0
  var fractionCount = 0
  var suffix: Substring.UTF8View

  /// The last digits as a number modulo 8.
  var lowestBits: Int? {
    digits.suffix(3).reduce(0) { $0 * 10 + Int($1) }
  }

  init(scanning text: String) throws(QuantityError) {
    var rest = text.utf8[...]
    suffix = rest
    if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
      isNegative = first == UInt8(ascii: "-")
      rest.removeFirst()
    }
    let integer = rest.prefix { isDigit($0) }
    rest = rest.dropFirst(integer.count)
    var fraction = rest.prefix(0)
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = rest.prefix { isDigit($0) }
      rest = rest.dropFirst(fraction.count)
    }
    digits = integer.drop { $0 == UInt8(ascii: "0") }.map { $0 - 48 }
    if digits.isEmpty { digits = [0] }
    integerCount = digits.count
    fractionCount = fraction.count
    digits += fraction.map { $0 - 48 }

    suffix = rest
    rest = rest.drop { suffixLetters.contains($0) }
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    rest = rest.drop { isDigit($0) }
    guard rest.isEmpty else { throw QuantityError(.malformed, text) }
    guard !(integer.isEmpty && fraction.isEmpty) else { throw QuantityError(.noDigits, text) }
  }
}

private let suffixLetters = Array("eEinumkKMGTP".utf8)

private func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

/// What a suffix multiplies by.
private struct Suffix {
  var format: Quantity.Format
  var decimalExponent = 0
  var binaryExponent = 0

  init(_ suffix: Substring.UTF8View, of text: String) throws(QuantityError) {
    let name = String(Substring(suffix))
    if let exponent = Quantity.decimalSuffixes[name] {
      format = .decimalSI
      decimalExponent = exponent
    } else if let exponent = Quantity.binarySuffixes[name] {
      format = .binarySI
      binaryExponent = exponent
    } else {
      guard name.first == "e" || name.first == "E" else { throw QuantityError(.unknownSuffix, text) }
      let written = name.dropFirst()
      guard written.utf8.contains(where: { isDigit($0) }),
        written.utf8.first.map({ isDigit($0) || $0 == 43 || $0 == 45 }) == true
      else { throw QuantityError(.unknownSuffix, text) }
      format = .decimalExponent
      guard let exponent = Int(written), abs(exponent.clamped(to: -9999...9999)) <= Quantity.maximumExponent else {
        throw QuantityError(.outOfRange, text)
      }
      decimalExponent = exponent
    }
  }
}

extension Int {
  fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}

extension Quantity {
  static let decimalSuffixes: [String: Int] = [
    "n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18,
  ]
  static let binarySuffixes: [String: Int] = ["Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60]
}
