internal import Testing

@testable internal import Triggers

@Suite struct GoSyntaxTests {
  @Test(
    arguments: [
      ("5", 5), ("-5", -5), ("0", 0), ("-0", 0), ("9223372036854775807", .max), ("05", nil), ("+5", nil), ("5.0", nil),
      ("1e3", nil), ("", nil), ("null", nil), ("true", nil), ("9223372036854775808", nil), ("0x10", nil), ("1 2", nil),
      ("\"5\"", nil), ("٣", nil),
    ] as [(String, Int64?)])
  func jsonIntegers(text: String, value: Int64?) {
    #expect(GoSyntax.jsonInteger(text) == value)
  }

  @Test(
    arguments: [
      ("5", 5), ("-0.5", -0.5), ("1e3", 1000), ("5E-2", 0.05), (".5", nil), ("5.", nil), ("+5", nil), ("05", nil),
      ("Inf", nil), ("NaN", nil), ("1e400", nil), ("1e-400", 0), ("0x1p4", nil), ("1_000", nil), ("1e", nil),
      ("-", nil),
      ("", nil),
    ] as [(String, Double?)])
  func jsonNumbers(text: String, value: Double?) {
    #expect(GoSyntax.jsonNumber(text) == value)
  }

  @Test(
    arguments: [
      ("5", 5), ("+5", 5), (".5", 0.5), ("5.", 5), ("-.5e1", -5), ("0x1p4", 16), ("0x.8p1", 1), ("0X1P-1", 0.5),
      ("0x10", nil), ("inf", .infinity), ("-Infinity", -.infinity), ("+INF", .infinity), ("1e400", nil), (" 5", nil),
      ("5 ", nil), ("", nil), (".", nil), ("e5", nil), ("1e+", nil), ("+nan", nil), ("1,5", nil), ("infinit", nil),
    ] as [(String, Double?)])
  func floats(text: String, value: Double?) {
    #expect(GoSyntax.float(text) == value)
  }

  @Test func notANumberIsAFloat() {
    #expect(GoSyntax.float("NaN")?.isNaN == true)
    #expect(GoSyntax.float("nan")?.isNaN == true)
  }

  @Test(
    arguments: [
      ("250ms", .milliseconds(250)), ("1m30s", .seconds(90)), ("1.5h", .seconds(5400)), (".5s", .milliseconds(500)),
      ("0", .zero), ("700", .milliseconds(700)), ("-1", .milliseconds(-1)), ("-5s", .seconds(-5)),
      ("1µs", .microseconds(1)),
      ("1.5", nil), ("fast", nil), ("5", .milliseconds(5)), ("s", nil), (".s", nil), ("1d", nil), ("", nil), ("-", nil),
      ("10000000h", nil), ("1s ", nil), ("1.2.3s", nil),
    ] as [(String, Duration?)])
  func durations(text: String, value: Duration?) {
    #expect(GoSyntax.duration(text) == value)
  }

  @Test func hugeDurationsSaturate() {
    #expect(GoSyntax.duration("9223372036854775807") == .nanoseconds(Int64.max))
  }

  @Test func booleansAreThoseOfGo() {
    for text in ["1", "t", "T", "TRUE", "true", "True"] { #expect(GoSyntax.bool(text) == true) }
    for text in ["0", "f", "F", "FALSE", "false", "False"] { #expect(GoSyntax.bool(text) == false) }
    for text in ["", "yes", "tRUE", "on", " true", "null", "2"] { #expect(GoSyntax.bool(text) == nil) }
  }
}
