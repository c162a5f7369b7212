internal import NIOCore

/// The `date` header: `Sun, 06 Nov 1994 08:49:37 GMT`, made anew once a second. One per connection, used on its event
/// loop.
struct HTTPDate {
  private var second: Int64 = .min
  private var text: [UInt8] = []

  /// Appends the 29 bytes of the date.
  mutating func write(secondsSinceEpoch now: Int64, into buffer: inout ByteBuffer) {
    if now != second {
      second = now
      text = Self.format(secondsSinceEpoch: now)
    }
    buffer.writeBytes(text)
  }

  mutating func string(secondsSinceEpoch now: Int64) -> String {
    if now != second {
      second = now
      text = Self.format(secondsSinceEpoch: now)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// IMF-fixdate of RFC 9110. A clock outside the years 0 to 9999 shows the nearest of them.
  static func format(secondsSinceEpoch: Int64) -> [UInt8] {
    let seconds = min(max(secondsSinceEpoch, -62_167_219_200), 253_402_300_799)
    let day = (seconds - (seconds % 86_400 + 86_400) % 86_400) / 86_400
    let second = seconds - day * 86_400
    let (year, month, dayOfMonth) = civil(day: day)
    let weekday = Int(((day + 4) % 7 + 7) % 7)
    let name = { (names: StaticString, index: Int) -> ArraySlice<UInt8> in
      let all = Array(UnsafeBufferPointer(start: names.utf8Start, count: names.utf8CodeUnitCount))
      return all[(index * 3)..<(index * 3 + 3)]
    }
    var text: [UInt8] = []
    text.reserveCapacity(29)
    text += name("SunMonTueWedThuFriSat", weekday)
    text += ", ".utf8
    append(dayOfMonth, digits: 2, to: &text)
    text.append(UInt8(ascii: " "))
    text += name("JanFebMarAprMayJunJulAugSepOctNovDec", Int(month) - 1)
    text.append(UInt8(ascii: " "))
    append(year, digits: 4, to: &text)
    text.append(UInt8(ascii: " "))
    append(second / 3600, digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(second / 60 % 60, digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(second % 60, digits: 2, to: &text)
    text += " GMT".utf8
    return text
  }

  private static func append(_ number: Int64, digits: Int, to text: inout [UInt8]) {
    let decimal = String(number).utf8
    text += repeatElement(UInt8(ascii: "0"), count: max(0, digits - decimal.count))
    text += decimal
  }

  /// Year, month and day of a day number counted from 1970-01-01, in the proleptic Gregorian calendar: years are
  /// counted from March, so that the leap day is the last of its year, in eras of 400 years (146,097 days).
  private static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }
}
