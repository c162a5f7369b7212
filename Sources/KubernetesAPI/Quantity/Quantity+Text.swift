extension Quantity: CustomStringConvertible {
  /// What goes on the wire: the text as written where Kubernetes keeps it (`2.500`), otherwise `canonical`.
  public var description: String { source ?? canonical }

  /// The canonical form: no fraction, the largest suffix that keeps the number exact. `1500m`, `1k`, `1536Mi`, `1e21`.
  public var canonical: String {
    if isZero { return "0" }
    if format == .binarySI, let text = canonicalBinary { return text }
    let number = amount.number.normalized
    // The exponent must be a multiple of three: the digits take what is left.
    let excess = ((number.exponent % 3) + 3) % 3
    let exponent = number.exponent - excess
    let digits = number.significandText + String(repeating: "0", count: excess)
    return (number.isNegative ? "-" : "") + digits + suffix(forExponent: exponent)
  }

  /// Whole numbers from 1024 on with a binary suffix; nil for all others, which print like decimal ones.
  private var canonicalBinary: String? {
    let number = amount.number.normalized
    guard number.exponent >= 0 else { return nil }
    var whole = number.rounded(toUnitsOfTenTo: 0).saturatingInteger
    guard whole.magnitude >= 1024 else { return nil }
    var power = 0
    while whole % 1024 == 0 {
      whole /= 1024
      power += 1
    }
    let suffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
    return String(whole) + (power < suffixes.count ? suffixes[power] : "")
  }

  private func suffix(forExponent exponent: Int) -> String {
    if format != .decimalExponent {
      switch exponent {
      case -9: return "n"
      case -6: return "u"
      case -3: return "m"
      case 0: return ""
      case 3: return "k"
      case 6: return "M"
      case 9: return "G"
      case 12: return "T"
      case 15: return "P"
      case 18: return "E"
      default: break  // No suffix is that large: write an exponent rather than lose it.
      }
    }
    return exponent == 0 ? "" : "e\(exponent)"
  }
}
