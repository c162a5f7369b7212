internal import TestSupport
internal import Testing

@testable import Operator

@Suite struct FailureBookTests {
  typealias Cause = FailureBook<Int>.Cause

  private let time = ManualTime()
  private let book: FailureBook<Int>

  init() { book = FailureBook(time: time) }

  private static func cause(_ text: String, of family: String = "down") -> Cause { Cause(family: family, text: text) }

  @Test func eachCauseOfEachThingOnceUntilItHasEnded() {
    #expect(book.begins(1, Self.cause("a")) == .tell)
    #expect(book.begins(1, Self.cause("a")) == nil)
    #expect(book.begins(1, Self.cause("b")) == .tell)
    #expect(book.begins(1, Self.cause("a")) == nil)
    #expect(book.begins(2, Self.cause("a")) == .tell)
    #expect(book.ends(1) == .tell)
    #expect(book.ends(1) == nil)
    #expect(book.begins(1, Self.cause("a")) == .tell)
  }

  @Test func whatNeverFailedHasNoEnd() { #expect(book.ends(1) == nil) }

  /// 1,000 things that are tried every second, for a minute and for a quarter of an hour.
  @Test func ofACauseThatManyHaveFewAreTold() {
    var told: [FailureBook<Int>.Beginning] = []
    func tryAll() { told += (0..<1_000).compactMap { book.begins($0, Self.cause("x")) } }
    for _ in 0...60 {
      tryAll()
      time.advance(by: .seconds(1))
    }
    #expect(told == [.tell, .tell, .tell, .tell, .tellAsLast, .tellAsLast])
    for _ in 0..<14 {
      time.advance(by: .seconds(60))
      tryAll()
    }
    #expect(told.count == 20)
    let ends = (0..<1_000).compactMap { book.ends($0) }
    #expect(ends.count == 21 && ends.last == .tellAll(1_000) && ends.dropLast().allSatisfy { $0 == .tell })
  }

  /// The sixth with a cause is told when its turn comes, so long as it fails.
  @Test func whatFailsOnIsToldInTheEnd() {
    for key in 1...5 { #expect(book.begins(key, Self.cause("\(key)")) != nil) }
    #expect(book.begins(6, Self.cause("6")) == nil)
    for key in 1...5 { #expect(book.ends(key) == .tell) }
    time.advance(by: .seconds(59))
    #expect(book.begins(6, Self.cause("6")) == nil)
    time.advance(by: .seconds(1))
    #expect(book.begins(6, Self.cause("6")) == .tellAsLast)
    #expect(book.ends(6) == .tellAll(6))
  }

  @Test func anotherCauseIsToldMeanwhile() {
    for key in 1...9 { _ = book.begins(key, Self.cause("x")) }
    #expect(book.begins(9, Self.cause("no right", of: "forbidden")) == .tell)
  }

  /// The end of what was not told is no news, unless it is the last of its kind.
  @Test func untoldFailuresEndSilently() {
    for key in 1...7 { _ = book.begins(key, Self.cause("x")) }
    #expect(book.ends(7) == nil)
    #expect(book.ends(1) == .tell)
    for key in 2...5 { #expect(book.ends(key) == .tell) }
    #expect(book.ends(6) == .tellAll(7))
    #expect(book.ends(6) == nil)
  }

  /// A failure that comes and goes with many things does not fill the log either.
  @Test func theAllowanceOutlivesTheFailures() {
    var told = 0
    for _ in 0..<10 {
      for key in 0..<10 { if book.begins(key, Self.cause("x")) != nil { told += 1 } }
      for key in 0..<10 { _ = book.ends(key) }
    }
    #expect(told == 5)
    time.advance(by: .seconds(3_600))
    #expect((0..<10).compactMap { book.begins($0, Self.cause("x")) }.count == 5)
  }

  /// A server that gives each answer a number.
  @Test func aTextThatDiffersEachTimeIsNotNewsForEver() {
    let told = (0..<5_000).filter { book.begins(1, Self.cause("request \($0)", of: "request \($0)")) != nil }
    #expect(told == Array(0..<8))
    #expect(book.ends(1) == .tell)
    #expect(book.begins(1, Self.cause("request")) == .tell)
  }

  @Test func nothingFailsAfterAllWasForgotten() {
    for key in 1...3 { _ = book.begins(key, Self.cause("x")) }
    book.removeAll()
    #expect((1...3).allSatisfy { book.ends($0) == nil })
    #expect(book.begins(1, Self.cause("x")) == .tell)
  }

  /// Who leads again and again tells no more for it.
  @Test func theAllowanceOutlivesForgetting() {
    for key in 1...7 { _ = book.begins(key, Self.cause("x")) }
    book.removeAll()
    #expect(book.begins(1, Self.cause("x")) == nil)
    time.advance(by: .seconds(60))
    #expect(book.begins(1, Self.cause("x")) == .tellAsLast)
  }
}
