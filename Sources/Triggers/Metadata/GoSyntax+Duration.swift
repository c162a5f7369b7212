internal import KubernetesAPI

extension GoSyntax {
  /// A duration as KEDA's metadata has it: Go's form (`250ms`, `1m30s`, `1.5h`), or a whole number of milliseconds. May
  /// be negative. Nil when it is neither, or longer than 292 years.
  static func duration(_ text: String) -> Duration? {
    if let milliseconds = integer(text) { return .nanoseconds(milliseconds.multipliedSaturating(by: 1_000_000)) }
    var rest = Substring(text).utf8
    var isNegative = false
    if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
      isNegative = first == UInt8(ascii: "-")
      rest = rest.dropFirst()
    }
    guard !rest.isEmpty else { return nil }
    var total: Int64 = 0
    while !rest.isEmpty {
      guard let nanoseconds = takeDurationPart(&rest) else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(nanoseconds)
      if overflow { return nil }
      total = sum
    }
    return .nanoseconds(isNegative ? -total : total)
  }

  /// Takes one `<digits>[.<digits>]<unit>` and gives its length in nanoseconds.
  private static func takeDurationPart(_ rest: inout Substring.UTF8View) -> Int64? {
    let number = rest.prefix { ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: ".") }
    rest = rest.dropFirst(number.count)
    let unitName = rest.prefix { !($0 >= 48 && $0 <= 57) && $0 != UInt8(ascii: ".") }
    rest = rest.dropFirst(unitName.count)
    guard let unit = unit(String(unitName) ?? "") else { return nil }
    let parts = number.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let integer = parts.first, number.contains(where: { $0 != UInt8(ascii: ".") }) else { return nil }
    let fraction = parts.count == 2 ? String(parts[1]) ?? "" : ""
    guard let whole = integer.isEmpty ? 0 : Int64(String(integer) ?? ""),
      let part = fraction.isEmpty ? 0 : Double("0." + fraction)
    else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
    guard !overflow, let partOfUnit = Int64(exactly: (part * Double(unit)).rounded(.towardZero)) else { return nil }
    let (sum, sumOverflow) = product.addingReportingOverflow(partOfUnit)
    return sumOverflow ? nil : sum
  }

  /// A unit's length in nanoseconds.
  private static func unit(_ name: String) -> Int64? {
    switch name {
    case "ns": 1
    case "us", "\u{B5}s", "\u{3BC}s": 1_000
    case "ms": 1_000_000
    case "s": 1_000_000_000
    case "m": 60_000_000_000
    case "h": 3_600_000_000_000
    default: nil
    }
  }
}
