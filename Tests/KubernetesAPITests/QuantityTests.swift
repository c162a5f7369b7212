internal import Foundation
internal import Testing

@testable internal import KubernetesAPI

@Suite struct QuantityTests {
  @Test(arguments: [
    // text, as printed, canonical
    ("1", "1", "1"), ("1000", "1k", "1k"), ("2.500", "2.500", "2500m"), ("2.5", "2500m", "2500m"),
    ("0.500", "500m", "500m"),
    ("+5", "+5", "5"), ("-0", "0", "0"), (".5", "500m", "500m"), ("5.", "5.", "5"), ("007", "007", "7"),
    ("1Gi", "1Gi", "1Gi"), ("1536Mi", "1536Mi", "1536Mi"), ("1.5Gi", "1536Mi", "1536Mi"), ("1023", "1023", "1023"),
    ("1000Ki", "1000Ki", "1000Ki"), ("0.1Ki", "102400m", "102400m"),
    ("9Ei", "9223372036854775807", "9223372036854775807"),
    ("-9Ei", "-9223372036854775807", "-9223372036854775807"), ("1e3", "1e3", "1e3"), ("1E+3", "1E+3", "1e3"),
    ("12e5", "1200e3", "1200e3"), ("1e-12", "1e-9", "1e-9"), ("0.1n", "1n", "1n"), ("-0.1n", "-1n", "-1n"),
    ("1000E", "1e21", "1e21"),
    ("123456789012345678901234567890", "123456789012345678901234567890", "123456789012345678901234567890"),
    ("0.1234567891", "123456790n", "123456790n"), ("1e310", "10e309", "10e309"), ("0e300", "0", "0"),
  ])
  func printsAsKubernetesDoes(text: String, printed: String, canonical: String) throws {
    let quantity = try Quantity(parsing: text)
    #expect(quantity.description == printed)
    #expect(quantity.canonical == canonical)
    #expect(try Quantity(parsing: canonical) == quantity)
  }

  @Test(arguments: [
    ("", QuantityError.Problem.empty), ("+", .noDigits), ("-", .noDigits), (".", .noDigits), ("k", .noDigits),
    ("e3", .noDigits), ("abc", .malformed), ("1 ", .malformed), (" 1", .malformed), ("1.2.3", .malformed),
    ("NaN", .malformed), ("Inf", .malformed), ("0x10", .malformed), ("1_000", .malformed), ("--1", .noDigits),
    ("１", .malformed), ("1\u{0}", .malformed), ("1K", .unknownSuffix), ("1kk", .unknownSuffix), ("1e", .unknownSuffix),
    ("1e+", .unknownSuffix), ("1m5", .unknownSuffix), ("1eE5", .unknownSuffix), ("1e400", .outOfRange),
    ("1e-1000", .outOfRange), ("1e99999999999999999999", .outOfRange), ("1e-9223372036854775808", .outOfRange),
    (String(repeating: "9", count: 1025), .tooLong), (String(repeating: "1", count: 1_000_000), .tooLong),
  ])
  func refuses(text: String, problem: QuantityError.Problem) {
    let error = #expect(throws: QuantityError.self) { try Quantity(parsing: text) }
    #expect(error?.problem == problem)
    #expect((error?.description.utf8.count ?? 0) < 400)
  }

  @Test func refusesAMegabyteAtOnce() {
    let text = String(repeating: "1", count: 1 << 20)
    let duration = ContinuousClock().measure {
      for _ in 0..<100 { #expect(throws: QuantityError.self) { try Quantity(parsing: text) } }
    }
    #expect(duration < .seconds(1))
  }

  @Test func roundsAwayFromZeroAndSaturates() throws {
    let table: [(String, milli: Int64, value: Int64)] = [
      ("1500u", 2, 1), ("-1500u", -2, -1), ("0.1", 100, 1), ("-1.5", -1500, -2), ("0", 0, 0),
      ("9223372036854775807", .max, .max), ("-1e30", .min, .min), ("1e300", .max, .max),
      ("1E", .max, 1_000_000_000_000_000_000),
      ("9223372036854775.807", .max, 9_223_372_036_854_776), ("8Ei", .max, .max),
      ("-0.3Gi", -322_122_547_200, -322_122_548),
    ]
    for row in table {
      let quantity = try Quantity(parsing: row.0)
      #expect(quantity.milliValue == row.milli, "\(row.0)")
      #expect(quantity.value == row.value, "\(row.0)")
    }
    #expect(Quantity(milliValue: .min).milliValue == .min)
    #expect(Quantity(Int64.min).value == .min)
    #expect(Quantity(Int64.min).milliValue == .min)
  }

  @Test func wrapsWhereGoDoes() throws {
    #expect(try Quantity(parsing: "1E").wrappingMilliValue == 0)
    #expect(try Quantity(parsing: "8Ei").wrappingMilliValue == -1000)
    #expect(try Quantity(parsing: "1Ei").wrappingMilliValue == .min)
  }

  @Test func integersAndThousandths() {
    #expect(Quantity(1000).description == "1k")
    #expect(Quantity(-7).description == "-7")
    #expect(Quantity(Int64.min).description == "-9223372036854775808")
    #expect(Quantity(milliValue: 2500).description == "2500m")
    #expect(Quantity(milliValue: -1_000_000).description == "-1k")
    #expect(Quantity.zero.isZero && Quantity.zero.sign == 0)
    #expect(Quantity(-1).sign == -1 && Quantity(milliValue: 1).sign == 1)
  }

  @Test func equalityOrderAndHashFollowTheNumber() throws {
    let groups: [[String]] = [
      ["-1e300"], ["-1Ki", "-1024"], ["-1", "-1000m"], ["0", "-0", "0e5"], ["1n", "0.2n", "1e-9"],
      ["0.5", "500m", "500000u", "0.5000000000000000000000"], ["1", "1.0"],
      ["1k", "1000", "1e3", "1000.0000000000000000000"],
      ["1Ki", "1024"], ["9223372036854775807", "8Ei"], ["9223372036854775808"], ["1e20", "100E"], ["1e300"],
    ]
    for (rank, group) in groups.enumerated() {
      for text in group {
        let quantity = try Quantity(parsing: text)
        for (otherRank, otherGroup) in groups.enumerated() {
          for otherText in otherGroup {
            let other = try Quantity(parsing: otherText)
            #expect((quantity < other) == (rank < otherRank), "\(text) and \(otherText)")
            #expect((quantity == other) == (rank == otherRank), "\(text) and \(otherText)")
            if rank == otherRank { #expect(quantity.hashValue == other.hashValue, "\(text) and \(otherText)") }
          }
        }
      }
    }
  }

  @Test func approximateDoubleIsFiniteAndNear() throws {
    for text in ["0", "1", "2500m", "1e20", "1n", "0.3Gi", "-1e300", "1e308", "123456789012345678901234567890.123"] {
      let exact = try #require(
        Double(text.replacing("Gi", with: "e0").replacing("m", with: "e-3").replacing("n", with: "e-9")))
      let expected = text.hasSuffix("Gi") ? exact * 1_073_741_824 : exact
      let actual = try Quantity(parsing: text).approximateDouble
      #expect(abs(actual - expected) <= abs(expected) * 1e-15, "\(text)")
    }
    #expect(try Quantity(parsing: "1e310").approximateDouble == .greatestFiniteMagnitude)
    #expect(try Quantity(parsing: "-1e310").approximateDouble == -.greatestFiniteMagnitude)
  }

  @Test func codesAsTextAndReadsNumbers() throws {
    let decoder = JSONDecoder()
    let decoded = try decoder.decode([Quantity].self, from: Data(#"["500m", " 1Gi ", 3, 2.5, -1]"#.utf8))
    #expect(decoded.map(\.description) == ["500m", "1Gi", "3", "2500m", "-1"])
    let encoded = try JSONEncoder().encode(decoded)
    #expect(String(decoding: encoded, as: UTF8.self) == #"["500m","1Gi","3","2500m","-1"]"#)
    for wrong in [#"["x"]"#, "[true]", "[{}]", "[[]]", #"[""]"#, "[null]"] {
      #expect(throws: (any Error).self) { try decoder.decode([Quantity].self, from: Data(wrong.utf8)) }
    }
  }

  @Test func metricsHaveThreeDecimals() {
    for value in [0, -0.0, -1, -.infinity, .infinity, .nan, .leastNonzeroMagnitude, 0.0004] {
      #expect(Quantity(metric: value).description == "0", "\(value)")
    }
    #expect(Quantity(metric: 1.5).description == "1.500")
    #expect(Quantity(metric: 0.0625).description == "62m")
    #expect(Quantity(metric: 500).description == "500")
    #expect(Quantity(metric: 1e21).description == "1e21")
    #expect(Quantity(metric: .greatestFiniteMagnitude).approximateDouble == .greatestFiniteMagnitude)
    #expect(Quantity(integerTarget: 1000).description == "1k")
  }

  @Test func fixedPointTextIsThatOfTheCLibrary() {
    var random = SeededGenerator(seed: 7)
    var values: [Double] = [
      0.0005, 0.0015, 0.0625, 0.1875, 1.0005, 999.9995, 0.9999, 0x1p52, 0x1p53, 1e22, 1e300, 0x1p-11, 0x1p-10,
    ]
    for _ in 0..<20_000 {
      values.append(Double(bitPattern: random.next() & 0x7FFF_FFFF_FFFF_FFFF))
      values.append(Double.random(in: 0..<2000, using: &random))
      values.append(Double(Int.random(in: 0..<1_000_000, using: &random)) / 16_000)
    }
    for value in values where value.isFinite && value > 0 {
      #expect(fixedPointText(value) == String(format: "%.3f", locale: nil, value), "\(value)")
    }
  }

  @Test func randomTextsNeverTrapAndCanonicalTextsRoundTrip() {
    var random = SeededGenerator(seed: 42)
    let alphabet = Array("0123456789+-.eEinumkKMGTP x")
    var accepted = 0
    for _ in 0..<50_000 {
      let length = Int.random(in: 0...14, using: &random)
      let text = String((0..<length).compactMap { _ in alphabet.randomElement(using: &random) })
      guard let quantity = try? Quantity(parsing: text) else { continue }
      accepted += 1
      #expect((try? Quantity(parsing: quantity.canonical)) == quantity, "\(text)")
      #expect((try? Quantity(parsing: quantity.description)) == quantity, "\(text)")
      _ = (quantity.wrappingMilliValue, quantity.wrappingValue, quantity.hashValue)
      #expect(quantity.approximateDouble.isFinite)
      if quantity.milliValue != .max, quantity.milliValue != .min {
        #expect(
          quantity.sign < 0
            ? Quantity(milliValue: quantity.milliValue) <= quantity
            : Quantity(milliValue: quantity.milliValue) >= quantity)
      }
    }
    #expect(accepted > 1000)
  }
}
