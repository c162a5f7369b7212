internal import KubernetesAPI
internal import Testing

@Suite struct GoNumberTests {
  @Test(
    arguments: [
      ("5", 5), ("-5", -5), ("0", 0), ("-0", 0), ("9223372036854775807", .max), ("05", nil), ("+5", nil), ("5.0", nil),
      ("1e3", nil), ("", nil), ("null", nil), ("true", nil), ("9223372036854775808", nil), ("0x10", nil), ("1 2", nil),
      ("\"5\"", nil), ("٣", nil),
    ] as [(String, Int64?)])
  func jsonIntegers(text: String, value: Int64?) {
    #expect(GoNumber.jsonInteger(text) == value)
  }

  @Test(
    arguments: [
      ("5", 5), ("-0.5", -0.5), ("1e3", 1000), ("5E-2", 0.05), (".5", nil), ("5.", nil), ("+5", nil), ("05", nil),
      ("Inf", nil), ("NaN", nil), ("1e400", nil), ("1e-400", 0), ("0x1p4", nil), ("1_000", nil), ("1e", nil),
      ("-", nil),
      ("", nil),
    ] as [(String, Double?)])
  func jsonNumbers(text: String, value: Double?) {
    #expect(GoNumber.jsonNumber(text) == value)
  }

  @Test(
    arguments: [
      ("5", 5), ("+5", 5), (".5", 0.5), ("5.", 5), ("-.5e1", -5), ("0x1p4", 16), ("0x.8p1", 1), ("0X1P-1", 0.5),
      ("0x10", nil), ("inf", .infinity), ("-Infinity", -.infinity), ("+INF", .infinity), ("1e400", nil), (" 5", nil),
      ("1_000", 1000), ("-1_0.2_5e0_1", -102.5), ("0x_1_0p0", 16), ("0xa_fp0", 175), ("_1", nil), ("1_", nil),
      ("1__0", nil), ("1_.5", nil), ("1._5", nil), ("1_e3", nil), ("1e_3", nil), ("0_x1p0", nil), ("0x1_p0", nil),
      ("0x10_", nil), ("in_f", nil), ("0x", nil), ("0x1p", nil), ("0xg", nil), ("_", nil),
      ("5 ", nil), ("", nil), (".", nil), ("e5", nil), ("1e+", nil), ("+nan", nil), ("1,5", nil), ("infinit", nil),
    ] as [(String, Double?)])
  func floats(text: String, value: Double?) {
    #expect(GoNumber.float(text) == value)
  }

  @Test func whatIsTooLargeIsTold() {
    for text in ["1e400", "-1e400", "0x1p9999", "1_0e4_00"] { #expect(GoNumber.isTooLarge(text), "\(text)") }
    for text in ["1e300", "inf", "x", "", "0x10", "1e-400"] { #expect(!GoNumber.isTooLarge(text), "\(text)") }
  }

  @Test func notANumberIsAFloat() {
    #expect(GoNumber.float("NaN")?.isNaN == true)
    #expect(GoNumber.float("nan")?.isNaN == true)
  }
}
