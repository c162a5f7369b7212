/// How Go's standard library reads the scalars that KEDA's users write. The forms it takes and refuses are part of what
/// a manifest means, so they are kept to the letter.
enum GoSyntax {
  /// `strconv.ParseBool`: `1 t T TRUE true True` and `0 f F FALSE false False`, nothing else.
  static func bool(_ text: String) -> Bool? {
    switch text {
    case "1", "t", "T", "TRUE", "true", "True": true
    case "0", "f", "F", "FALSE", "false", "False": false
    default: nil
    }
  }

  /// `strconv.ParseInt(text, 10, 64)`: a sign and digits; leading zeros are fine.
  static func integer(_ text: String) -> Int64? { Int64(text) }

  /// A JSON number without fraction and exponent that fits 64 bits: `5`, `-5`; not `05`, `+5`, `5.0`, `5e0` or `null`.
  static func jsonInteger(_ text: String) -> Int64? {
    guard let shape = NumberShape(text), shape.isJSON, !shape.hasPoint, !shape.hasExponent else { return nil }
    return Int64(text)
  }

  /// A JSON number: `5`, `-0.5`, `1e3`; not `.5`, `5.`, `+5`, `05`, `Inf`, nor a number too large for a `Double`.
  static func jsonNumber(_ text: String) -> Double? {
    guard let shape = NumberShape(text), shape.isJSON, let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// `strconv.ParseFloat(text, 64)`: decimal and hexadecimal (`0x1p4`) numbers, `Inf`, `Infinity` and `NaN` in any
  /// case. Nil also for a number too large for a `Double`.
  static func float(_ text: String) -> Double? {
    if let shape = NumberShape(text) {
      guard shape.isGoFloat, let value = Double(shape.padded), value.isFinite else { return nil }
      return value
    }
    switch text.lowercased() {
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    case "nan": return .nan
    default: return nil
    }
  }
}

/// The parts of a number's text, decimal or hexadecimal: `-0x1.8p+3`.
private struct NumberShape {
  var sign = ""
  var isHexadecimal = false
  var integer = ""
  var hasPoint = false
  var fraction = ""
  var hasExponent = false
  var exponent = ""

  /// Nil when the text is anything else than sign, digits, point, digits, exponent.
  init?(_ text: String) {
    var rest = Substring(text).utf8
    func take(_ wanted: (UInt8) -> Bool) -> String {
      let part = rest.prefix(while: wanted)
      rest = rest.dropFirst(part.count)
      return String(part) ?? ""
    }
    func takeSign() -> String {
      guard let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") else { return "" }
      rest = rest.dropFirst()
      return first == UInt8(ascii: "-") ? "-" : "+"
    }
    sign = takeSign()
    if rest.starts(with: "0x".utf8) || rest.starts(with: "0X".utf8) {
      isHexadecimal = true
      rest = rest.dropFirst(2)
    }
    let isDigit = isHexadecimal ? isHexadecimalDigit : isDecimalDigit
    integer = take(isDigit)
    if rest.first == UInt8(ascii: ".") {
      hasPoint = true
      rest = rest.dropFirst()
      fraction = take(isDigit)
    }
    let letters: [UInt8] = isHexadecimal ? Array("pP".utf8) : Array("eE".utf8)
    if let first = rest.first, letters.contains(first) {
      hasExponent = true
      rest = rest.dropFirst()
      exponent = takeSign() + take(isDecimalDigit)
    }
    guard rest.isEmpty, !(integer.isEmpty && fraction.isEmpty) else { return nil }
  }

  private var hasExponentDigits: Bool { exponent.utf8.last.map(isDecimalDigit) ?? false }

  var isJSON: Bool {
    !isHexadecimal && sign != "+" && !integer.isEmpty && !(integer.count > 1 && integer.hasPrefix("0"))
      && !(hasPoint && fraction.isEmpty) && !(hasExponent && !hasExponentDigits)
  }

  var isGoFloat: Bool { hasExponent ? hasExponentDigits : !isHexadecimal }

  /// With a digit on both sides of the point, as Swift wants it.
  var padded: String {
    let mantissa = (integer.isEmpty ? "0" : integer) + "." + (fraction.isEmpty ? "0" : fraction)
    return sign + (isHexadecimal ? "0x" : "") + mantissa + (hasExponent ? (isHexadecimal ? "p" : "e") + exponent : "")
  }
}

private func isDecimalDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

private func isHexadecimalDigit(_ byte: UInt8) -> Bool {
  isDecimalDigit(byte) || (byte >= 97 && byte <= 102) || (byte >= 65 && byte <= 70)
}
