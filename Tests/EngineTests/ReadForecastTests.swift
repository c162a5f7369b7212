import KubernetesAPI
import Testing

@testable import Engine

/// Times are seconds since the start; whoever reads is known by a letter.
@Suite struct ReadForecastTests {
  typealias Forecast = ReadForecast<String>
  static let start = Timestamp(seconds: 1_000_000)

  static func forecast() -> Forecast { Forecast(shortestPeriod: .seconds(2), longestPeriod: .seconds(60)) }
  static func at(_ seconds: Double) -> Timestamp { start + .milliseconds(Int64(seconds * 1000)) }

  /// What is expected in the 1.75 s after `seconds`.
  static func take(_ forecast: inout Forecast, _ seconds: Double, limit: Int = 256) -> [String] {
    forecast.takeExpected(now: at(seconds), by: at(seconds + 1.75), limit: limit).map(\.key)
  }

  static func read(_ key: String, at times: [Double]) -> Forecast {
    var forecast = forecast()
    for time in times { forecast.noteRead(key, at: at(time)) }
    return forecast
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var what: String
    var reads: [Double]
    var takenAt: Double
    var isExpected: Bool
    var testDescription: String { what }
  }

  @Test(arguments: [
    Case(what: "one read is no habit", reads: [0], takenAt: 15, isExpected: false),
    Case(what: "two reads are", reads: [0, 15], takenAt: 29, isExpected: true),
    Case(what: "too early to ask", reads: [0, 15], takenAt: 28.2, isExpected: false),
    Case(what: "just in time", reads: [0, 15], takenAt: 28.25, isExpected: true),
    Case(what: "a reader who is a little late", reads: [0, 15], takenAt: 32, isExpected: true),
    Case(what: "a reader who does not come", reads: [0, 15], takenAt: 32.1, isExpected: false),
    Case(what: "the last period counts", reads: [0, 30, 45], takenAt: 59, isExpected: true),
    Case(what: "the last period counts, also where it is longer", reads: [0, 15, 45], takenAt: 59, isExpected: false),
    Case(what: "reads in quick succession are one", reads: [0, 15, 15.5, 17], takenAt: 29, isExpected: true),
    Case(what: "after a long pause nothing is known", reads: [0, 15, 100], takenAt: 114, isExpected: false),
    Case(what: "nor where reads are rare", reads: [0, 61, 122], takenAt: 183, isExpected: false),
  ])
  func whoIsExpected(_ example: Case) {
    var forecast = Self.read("a", at: example.reads)
    #expect(Self.take(&forecast, example.takenAt) == (example.isExpected ? ["a"] : []))
  }

  @Test func eachReadIsExpectedOnce() {
    var forecast = Self.read("a", at: [0, 15])
    #expect(Self.take(&forecast, 29) == ["a"])
    #expect(Self.take(&forecast, 29.5) == [])
    forecast.noteRead("a", at: Self.at(30))
    #expect(Self.take(&forecast, 30) == [])
    #expect(Self.take(&forecast, 44) == ["a"])
    forecast.noteRead("a", at: Self.at(44.9))
    #expect(Self.take(&forecast, 59) == ["a"])
  }

  @Test func aReaderWhoIsGoneIsForgotten() {
    var forecast = Self.read("a", at: [0, 15])
    #expect(Self.take(&forecast, 29) == ["a"])
    #expect(forecast.count == 1)
    #expect(Self.take(&forecast, 44) == [])
    #expect(forecast.count == 0)

    forecast.noteRead("b", at: Self.at(50))
    #expect(Self.take(&forecast, 109) == [])
    #expect(forecast.count == 0)
  }

  @Test func theSoonestComeFirstAndTheOthersWithTheNextCall() {
    var forecast = Self.forecast()
    for (number, key) in ["c", "a", "b"].enumerated() {
      for round in 0..<2 { forecast.noteRead(key, at: Self.at(Double(round) * 15 + Double(number) * 0.1)) }
    }
    #expect(Self.take(&forecast, 29, limit: 2) == ["c", "a"])
    #expect(Self.take(&forecast, 29, limit: 2) == ["b"])
    #expect(Self.take(&forecast, 29, limit: 0) == [])
  }

  /// What is kept does not grow with the number of reads.
  @Test func regularReadersCostNoMoreWithTime() {
    var forecast = Self.forecast()
    var looks = 0
    for second in 0..<3_000 {
      for key in 0..<15 where second % 15 == key { forecast.noteRead("\(key)", at: Self.at(Double(second))) }
      // As many looks as it takes to find nobody: each entry of the queue is looked at once.
      while !Self.take(&forecast, Double(second), limit: 1).isEmpty { looks += 1 }
    }
    #expect(forecast.count == 15)
    // From the third round on, each read was foretold.
    #expect((2_900...2_985).contains(looks), "\(looks)")
  }
}
