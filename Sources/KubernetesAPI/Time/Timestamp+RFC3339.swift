extension Timestamp {
  /// Reads a time as Kubernetes writes it: `2024-05-01T12:34:56Z`, with an optional fraction and any offset. Digits
  /// beyond
  /// the ninth of the fraction are dropped; years outside 1678 to 2262 are clamped. Nil for anything else.
  public init?(rfc3339 text: String) {
    var reader = DateReader(text)
    guard
      let year = reader.number(digits: 4), reader.skip("-"),
      let month = reader.number(digits: 2), reader.skip("-"),
      let day = reader.number(digits: 2), reader.skip("T"),
      let hour = reader.number(digits: 2), reader.skip(":"),
      let minute = reader.number(digits: 2), reader.skip(":"),
      let second = reader.number(digits: 2),
      (1...12).contains(month), day >= 1, day <= CivilDate.daysIn(month: month, year: year),
      hour < 24, minute < 60, second < 60,
      let fraction = reader.fraction(), let offset = reader.offset(), reader.isAtEnd
    else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    let seconds = date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second - offset
    self = Timestamp(seconds: Int64(seconds)) + .nanoseconds(fraction)
  }

  /// The time in UTC as `metav1.Time` writes it, to the second: `2024-05-01T12:34:56Z`.
  public var rfc3339: String { rfc3339(fractionDigits: 0) }

  /// The time in UTC with 0 to 9 digits of fraction, cut and not rounded. `metav1.MicroTime` has 6.
  public func rfc3339(fractionDigits: Int) -> String {
    let (seconds, fraction) = nanoseconds.flooredQuotientAndRemainder(dividingBy: 1_000_000_000)
    let (days, secondOfDay) = seconds.flooredQuotientAndRemainder(dividingBy: 86_400)
    let date = CivilDate(daysSinceEpoch: Int(days))
    var text: [UInt8] = []
    text.reserveCapacity(32)
    func append(_ value: Int, digits: Int) {
      var divisor = Int(PowerOfTen.integer(digits - 1))
      while divisor > 0 {
        text.append(48 + UInt8(value / divisor % 10))
        divisor /= 10
      }
    }
    append(date.year, digits: 4)
    text.append(UInt8(ascii: "-"))
    append(date.month, digits: 2)
    text.append(UInt8(ascii: "-"))
    append(date.day, digits: 2)
    text.append(UInt8(ascii: "T"))
    append(Int(secondOfDay / 3600), digits: 2)
    text.append(UInt8(ascii: ":"))
    append(Int(secondOfDay / 60 % 60), digits: 2)
    text.append(UInt8(ascii: ":"))
    append(Int(secondOfDay % 60), digits: 2)
    let digits = min(max(fractionDigits, 0), 9)
    if digits > 0 {
      text.append(UInt8(ascii: "."))
      append(Int(fraction / PowerOfTen.integer(9 - digits)), digits: digits)
    }
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
  }
}

extension Int64 {
  /// Division that rounds down, so that the remainder is never negative. The divisor must be positive.
  fileprivate func flooredQuotientAndRemainder(dividingBy divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

/// Takes the parts of a date from the front of a text.
private struct DateReader {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = text.utf8[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == character.value else { return false }
    rest.removeFirst()
    return true
  }

  mutating func number(digits: Int) -> Int? {
    let text = rest.prefix(digits)
    guard text.count == digits, text.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
    rest = rest.dropFirst(digits)
    return text.reduce(0) { $0 * 10 + Int($1 - 48) }
  }

  /// Nanoseconds; 0 when there is no fraction, nil when there is a point without digits.
  mutating func fraction() -> Int64? {
    guard skip(".") else { return 0 }
    let digits = rest.prefix { $0 >= 48 && $0 <= 57 }
    guard !digits.isEmpty else { return nil }
    rest = rest.dropFirst(digits.count)
    let kept = digits.prefix(9)
    return kept.reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) } * PowerOfTen.integer(9 - kept.count)
  }

  /// Seconds east of UTC.
  mutating func offset() -> Int? {
    if skip("Z") { return 0 }
    let isWest = rest.first == UInt8(ascii: "-")
    guard skip("+") || skip("-"), let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2),
      hours < 24, minutes < 60
    else { return nil }
    return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
  }
}
