/// How Go's standard library reads numbers that KEDA's users write as text. Swift's own initializers take other forms, such
/// as `0x10`, and leave out some of Go's, such as `.5` and `1_000`.
public enum GoNumber {
  /// A JSON number without fraction and exponent that fits 64 bits: `5`, `-5`; not `05`, `+5`, `5.0`, `5e0` or `null`.
  public static func jsonInteger(_ text: String) -> Int64? {
    guard let shape = NumberShape(text), shape.isJSON, !shape.hasPoint, !shape.hasExponent else { return nil }
    return Int64(text)
  }

  /// A JSON number: `5`, `-0.5`, `1e3`; not `.5`, `5.`, `+5`, `05`, `Inf`, nor a number too large for a `Double`.
  public static func jsonNumber(_ text: String) -> Double? {
    guard let shape = NumberShape(text), shape.isJSON, let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// `strconv.ParseFloat(text, 64)`: decimal numbers, hexadecimal ones with an exponent (`0x1p4`, not `0x10`), single
  /// underscores between digits, `Inf`, `Infinity` and `NaN` in any case. Nil also for a number too large for a `Double`.
  public static func float(_ text: String) -> Double? {
    guard let digits = withoutUnderscores(text) else { return nil }
    if let shape = NumberShape(digits) {
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

  /// Whether `float` takes the form and a `Double` cannot hold the number: `1e400`.
  public static func isTooLarge(_ text: String) -> Bool {
    guard let digits = withoutUnderscores(text), let shape = NumberShape(digits), shape.isGoFloat else { return false }
    return Double(shape.padded)?.isInfinite ?? false
  }

  /// Nil when an underscore is elsewhere than between two digits, or between `0x` and a digit.
  private static func withoutUnderscores(_ text: String) -> String? {
    let underscore = UInt8(ascii: "_")
    let bytes = Array(text.utf8)
    guard bytes.contains(underscore) else { return text }
    let start = bytes.first.map { "+-".utf8.contains($0) } == true ? 1 : 0
    let isHexadecimal = text.dropFirst(start).lowercased().hasPrefix("0x")
    let isDigit = isHexadecimal ? isHexadecimalDigit : isDecimalDigit
    for index in bytes.indices where bytes[index] == underscore {
      guard index > 0, index + 1 < bytes.count, isDigit(bytes[index + 1]),
        isDigit(bytes[index - 1]) || (isHexadecimal && index == start + 2)
      else { return nil }
    }
    return String(text.filter { $0 != "_" })
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
