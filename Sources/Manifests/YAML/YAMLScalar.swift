internal import KubernetesAPI

/// A word, a number or a text of a YAML file. Which of these a plain one is, is resolved as Go's `sigs.k8s.io/yaml` does it
/// (YAML 1.1).
struct YAMLScalar {
  var text: String
  /// Without quotes, and no block.
  var isPlain: Bool
  /// As it is written, in its long form: `tag:yaml.org,2002:str` for `!!str`.
  var tag: String?

  var value: JSONValue {
    guard isPlain, tag != "tag:yaml.org,2002:str" else { return .string(text) }
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
    case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
    case ".nan", ".NaN", ".NAN": return .double(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .double(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
    default: break
    }
    guard let first = text.utf8.first, first < 0x3A, first != 0x2F else { return .string(text) }
    return Self.number(text) ?? .string(text)
  }

  private static func number(_ text: String) -> JSONValue? {
    let digits = text.utf8.contains(0x5F) ? String(text.filter { $0 != "_" }) : text
    let isNegative = digits.utf8.first == 0x2D
    let unsigned = isNegative || digits.utf8.first == 0x2B ? digits.dropFirst() : digits[...]
    if let value = integer(unsigned, isNegative: isNegative) { return value }
    // Swift also reads "nan", "infinity" and hexadecimal floats; YAML does not. What no number can hold, such as 1e400,
    // stays text, as in Go: an error about it names what was written.
    guard unsigned.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }),
      let value = Double(digits), value.isFinite
    else { return nil }
    return .double(value)
  }

  /// Decimal, or with `0x`, `0o`, `0b`, or with a leading zero, which means octal (`0644` is 420).
  private static func integer(_ unsigned: Substring, isNegative: Bool) -> JSONValue? {
    var digits = unsigned
    var radix = 10
    if unsigned.utf8.first == 0x30, unsigned.utf8.count > 1 {
      switch unsigned.utf8.dropFirst().first {
      case UInt8(ascii: "x"), UInt8(ascii: "X"): radix = 16
      case UInt8(ascii: "b"), UInt8(ascii: "B"): radix = 2
      default: radix = 8
      }
      let isMarked = "xXbBoO".utf8.contains(unsigned.utf8.dropFirst().first ?? 0)
      digits = unsigned.dropFirst(isMarked ? 2 : 1)
    }
    // A second sign is none.
    guard let first = digits.utf8.first, first != 0x2B, first != 0x2D, let magnitude = UInt64(digits, radix: radix)
    else {
      return nil
    }
    if magnitude < 1 << 63 { return .integer(isNegative ? -Int64(magnitude) : Int64(magnitude)) }
    if isNegative { return magnitude == 1 << 63 ? .integer(.min) : nil }
    return .double(Double(magnitude))
  }
}
