import Autoscaling
import Engine
import Foundation
import KubernetesAPI
import TestSupport
import Testing

@Suite struct JournalTests {
  static let start = Timestamp(seconds: 1_767_225_600)

  static func record(
    at second: Int64, by author: DecisionRecord.Author = .scaleLoop, current: Int32 = 3, desired: Int32 = 3,
    scaledTo: Int32? = nil, isActive: Bool = true, reasons: [DecisionReason] = [.notActive], value: Double = 1
  ) -> DecisionRecord {
    DecisionRecord(
      time: start + .seconds(second), key: Samples.key(), author: author, isActive: isActive, currentReplicas: current,
      desiredReplicas: desired, scaledTo: scaledTo, reasons: reasons,
      triggers: [.init(metricName: "m", value: value, unknown: nil, target: "10", isActive: isActive)])
  }

  @Test func whatRepeatsIsCounted() throws {
    var journal = Journal()
    for second in 0..<5 { journal.append(Self.record(at: Int64(second), value: Double(second))) }
    let entry = try #require(journal.entries.first)
    #expect(journal.entries.count == 1)
    #expect((entry.times, entry.since, entry.decision.time) == (5, Self.start, Self.start + .seconds(4)))
    #expect(entry.decision.triggers.first?.value == 4, "the latest of them")
  }

  @Test(arguments: [
    record(at: 1, current: 4), record(at: 1, desired: 4), record(at: 1, scaledTo: 3), record(at: 1, isActive: false),
    record(at: 1, reasons: [.paused]), record(at: 1, reasons: []), record(at: 1, by: .hpa),
  ])
  func whatDiffersIsKept(_ other: DecisionRecord) {
    var journal = Journal()
    journal.append(Self.record(at: 0))
    journal.append(other)
    #expect(journal.entries.count == 2)
    #expect(journal.latest == other)
  }

  @Test func writesAreNeverMerged() {
    var journal = Journal()
    for second in 0..<3 { journal.append(Self.record(at: Int64(second), scaledTo: 5)) }
    #expect(journal.entries.count == 3)
  }

  /// Loop and HPA take turns: each repeats itself, not the other.
  @Test func twoAuthorsAreMergedEachForItself() {
    var journal = Journal()
    for second in Int64(0)..<10 {
      journal.append(Self.record(at: second, by: second % 2 == 0 ? .scaleLoop : .hpa))
    }
    #expect(journal.entries.map(\.times) == [5, 5])
    #expect(journal.entries.map(\.decision.author) == [.hpa, .scaleLoop], "newest first")
    #expect(journal.latest(by: .scaleLoop)?.time == Self.start + .seconds(8))
    #expect(journal.latest?.time == Self.start + .seconds(9))
  }

  @Test func itIsBoundedAndDropsWhatWasSaidLongestAgo() {
    var journal = Journal(capacity: 4)
    journal.append(Self.record(at: 0))
    for second in Int64(1)...50 {
      // The loop says the same all the time, the HPA something new.
      journal.append(Self.record(at: second, by: .hpa, current: Int32(second), scaledTo: Int32(second)))
      journal.append(Self.record(at: second))
    }
    #expect(journal.entries.count == 4)
    #expect(journal.latest(by: .scaleLoop)?.time == Self.start + .seconds(50))
    #expect(journal.entries.first { $0.decision.author == .scaleLoop }?.times == 51)
    #expect(journal.entries.filter { $0.decision.author == .hpa }.map(\.decision.currentReplicas) == [50, 49, 48])
    #expect(journal.entries.map(\.decision.time) == journal.entries.map(\.decision.time).sorted(by: >))

    var least = Journal(capacity: -3)
    for second in Int64(0)..<3 { least.append(Self.record(at: second, current: Int32(second))) }
    #expect(least.entries.map(\.decision.currentReplicas) == [2])
  }

  @Test func nothingYet() {
    #expect(Journal().latest == nil)
    #expect(Journal().latest(by: .hpa) == nil)
    #expect(Journal().entries.isEmpty)
  }

  @Test func anEntryIsItsDecisionAndHowOften() throws {
    var journal = Journal()
    journal.append(Self.record(at: 0))
    journal.append(Self.record(at: 1))
    let json = try DecisionRecordTests.json(journal.entries[0])
    #expect(json["times"] == .integer(2))
    #expect(json["since"] == .string("2026-01-01T00:00:00.000Z"))
    #expect(json["time"] == .string("2026-01-01T00:00:01.000Z"))
    #expect(json["name"] == .string("orders"))
  }
}
