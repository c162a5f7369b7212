internal import Foundation
internal import KubernetesAPI
internal import Testing

@Suite struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59Z", -1_000_000_000),
    ("2000-02-29T12:00:00Z", 951_825_600_000_000_000),
    ("2024-05-01T12:34:56Z", 1_714_566_896_000_000_000), ("2024-05-01T12:34:56.5Z", 1_714_566_896_500_000_000),
    ("2024-05-01T12:34:56.123456789Z", 1_714_566_896_123_456_789),
    ("2024-05-01T14:34:56+02:00", 1_714_566_896_000_000_000),
    ("2024-05-01T07:04:56-05:30", 1_714_566_896_000_000_000),
    ("2024-05-01T12:34:56.1234567899999Z", 1_714_566_896_123_456_789),
    ("0001-01-01T00:00:00Z", Int64.min), ("9999-12-31T23:59:59Z", Int64.max),
  ])
  func reads(text: String, nanoseconds: Int64) {
    #expect(Timestamp(rfc3339: text)?.nanoseconds == nanoseconds)
  }

  @Test(arguments: [
    "", "2024", "2024-05-01", "2024-05-01 12:34:56Z", "2024-05-01T12:34:56", "2024-13-01T00:00:00Z",
    "2024-00-01T00:00:00Z",
    "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-04-31T00:00:00Z", "2024-01-00T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00+25:00",
    "2024-01-01T00:00:00+0100",
    "2024-01-01T00:00:00Zx", "+024-01-01T00:00:00Z", "２024-01-01T00:00:00Z", "24-01-01T00:00:00Z",
  ])
  func refuses(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test func printsAndReadsBack() {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<20_000 {
      let time = Timestamp(nanoseconds: Int64.random(in: .min ... .max, using: &random))
      #expect(Timestamp(rfc3339: time.rfc3339(fractionDigits: 9)) == time, "\(time)")
      if let whole = Timestamp(rfc3339: time.rfc3339) {
        let cut = (time - whole).saturatingNanoseconds
        #expect(cut >= 0 && cut < 1_000_000_000, "\(time)")
      } else {
        Issue.record("\(time.rfc3339)")
      }
    }
  }

  @Test func agreesWithFoundation() {
    var random = SeededGenerator(seed: 12)
    for _ in 0..<2000 {
      let seconds = Int64.random(in: -9_000_000_000...9_000_000_000, using: &random)
      let style = Date.ISO8601FormatStyle()
      #expect(
        Timestamp(seconds: seconds).rfc3339 == Date(timeIntervalSince1970: Double(seconds)).formatted(style),
        "\(seconds)")
    }
  }

  @Test func fractionsAreCut() {
    let time = Timestamp(nanoseconds: 1_999_999_999)
    #expect(time.rfc3339 == "1970-01-01T00:00:01Z")
    #expect(time.rfc3339(fractionDigits: 3) == "1970-01-01T00:00:01.999Z")
    #expect(time.rfc3339(fractionDigits: 6) == "1970-01-01T00:00:01.999999Z")
    #expect(time.rfc3339(fractionDigits: 99) == "1970-01-01T00:00:01.999999999Z")
    #expect(Timestamp(nanoseconds: -1).rfc3339 == "1969-12-31T23:59:59Z")
    #expect(Timestamp(nanoseconds: .min).rfc3339 == "1677-09-21T00:12:43Z")
    #expect(Timestamp(nanoseconds: .max).rfc3339 == "2262-04-11T23:47:16Z")
  }
}
