import KubernetesAPI
import Polling
import Testing

@Suite struct PollScheduleTests {
  let start = Timestamp(seconds: 1_000_000)

  /// `#expect` cannot call mutating members: take, and hand back the keys.
  func keys<Key>(_ schedule: inout PollSchedule<Key>, at now: Timestamp) -> [Key] {
    schedule.takeDue(now: now).map(\.key)
  }

  func next<Key>(_ schedule: inout PollSchedule<Key>) throws -> Timestamp {
    let due = schedule.nextDue()
    return try #require(due)
  }

  @Test func firstPollIsAtOnceAndLaterOnesKeepTheirPhase() throws {
    var schedule = PollSchedule<String>()
    schedule.add("a", interval: .seconds(30), seed: 7, now: start)
    #expect(try next(&schedule) == start)
    #expect(keys(&schedule, at: start) == ["a"])

    // 30 s are 300 steps of 100 ms; seed 7 is the eighth: 0.7 s past each multiple of 30 s.
    let second = try next(&schedule)
    #expect(second > start && second <= start + .seconds(30))
    #expect(second.nanoseconds % 30_000_000_000 == 700_000_000)
    _ = schedule.takeDue(now: second)
    #expect(try next(&schedule) == second + .seconds(30))
  }

  @Test func aLatePollSkipsWhatItMissed() throws {
    var schedule = PollSchedule<String>()
    schedule.add("a", interval: .seconds(10), seed: 0, now: start)
    _ = schedule.takeDue(now: start)
    let late = start + .seconds(35)
    let taken = schedule.takeDue(now: late)
    #expect(taken.count == 1)
    #expect(taken.first?.due == start + .seconds(10))
    #expect(try next(&schedule) == start + .seconds(40))
  }

  @Test func tenThousandObjectsAreSpreadEvenly() {
    var schedule = PollSchedule<Int>()
    for index in 0..<10_000 {
      schedule.add(index, interval: .seconds(30), seed: stableSeed("team-\(index % 7)/worker-\(index)"), now: start)
    }
    #expect(keys(&schedule, at: start).count == 10_000)
    var perSecond: [Int] = []
    for second in 1...30 { perSecond.append(keys(&schedule, at: start + .seconds(second)).count) }
    #expect(perSecond.reduce(0, +) == 10_000)
    // 333 on average; a third more or less is what an even spread gives.
    #expect(perSecond.allSatisfy { (230...440).contains($0) }, "\(perSecond)")
  }

  @Test func removedObjectsAreNotPolledAndChangedOnesOnce() throws {
    var schedule = PollSchedule<String>()
    schedule.add("a", interval: .seconds(10), seed: 1, now: start)
    schedule.add("b", interval: .seconds(10), seed: 2, now: start)
    schedule.remove("a")
    schedule.add("b", interval: .seconds(20), seed: 2, now: start)
    #expect(keys(&schedule, at: start) == ["b"])
    schedule.pollNow("b", now: start)
    #expect(keys(&schedule, at: start) == ["b"])
    #expect(keys(&schedule, at: start + .seconds(20)).count == 1)
    #expect(schedule.count == 1)
  }

  @Test(arguments: [Duration.zero, .seconds(-5), .nanoseconds(1), .seconds(Int64.max)])
  func strangeIntervalsDoNotTrap(interval: Duration) throws {
    var schedule = PollSchedule<String>()
    schedule.add("a", interval: interval, seed: .max, now: start)
    #expect(keys(&schedule, at: start).count == 1)
    #expect(try next(&schedule) > start)
  }

  @Test func backOffDoublesUpToItsLimitWithJitter() throws {
    var backOff = BackOff(first: .milliseconds(250), limit: .seconds(8))
    var waits: [Duration] = []
    var now = start
    for _ in 0..<8 {
      backOff.failed(at: now, jitter: 0.5)
      let retryAt = try #require(backOff.retryAt)
      waits.append(retryAt - now)
      now = retryAt
    }
    #expect(waits.map(\.inSeconds) == [0.25, 0.5, 1, 2, 4, 8, 8, 8])
    #expect(!backOff.isWaiting(at: now))
    backOff.failed(at: now, jitter: 0.5)
    #expect(backOff.isWaiting(at: now + .seconds(7)))
    // Several batches that fail together are one failure.
    let retryAt = backOff.retryAt
    backOff.failed(at: now + .seconds(1), jitter: 1)
    #expect(backOff.retryAt == retryAt)
    backOff.succeeded()
    #expect(!backOff.isWaiting(at: start))
    backOff.failed(at: start, jitter: 0)
    #expect(backOff.retryAt == start + .milliseconds(200))
  }
}
