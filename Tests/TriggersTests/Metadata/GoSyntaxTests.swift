internal import Testing

@testable internal import Triggers

@Suite struct GoSyntaxTests {
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
