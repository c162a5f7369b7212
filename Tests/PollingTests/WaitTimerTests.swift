import KubernetesAPI
import Polling
import Synchronization
import TestSupport
import Testing

/// One timer for the waits of many tasks.
@Suite struct WaitTimerTests {
  /// Runs a timer while `body` does.
  static func run(_ body: @Sendable (Waits) async throws -> Void) async throws {
    let waits = Waits()
    try await withThrowingTaskGroup { group in
      group.addTask { await waits.timer.run() }
      try await body(waits)
      group.cancelAll()
    }
  }

  /// Waits on a manual clock, by number.
  struct Waits: Sendable {
    let time: ManualTime
    let timer: WaitTimer
    let ended = Ended()

    init() {
      time = ManualTime()
      timer = WaitTimer(time: time)
    }

    func wait(_ number: Int, for signal: Signal = Signal(), seconds: Int64) async {
      await signal.wait(until: time.now() + .seconds(seconds), timer: timer)
      ended.add(number)
    }
  }

  final class Ended: Sendable {
    private let numbers = Mutex<Set<Int>>([])
    var all: Set<Int> { numbers.withLock { $0 } }
    func add(_ number: Int) { numbers.withLock { _ = $0.insert(number) } }
  }

  @Test func eachWaitEndsAtItsOwnDeadline() async throws {
    try await Self.run { waits in
      let (time, start) = (waits.time, waits.time.now())
      try await withThrowingTaskGroup { group in
        // The latest comes first: the timer has to be set anew for each of the others.
        for seconds in [30, 20, 10] {
          group.addTask { await waits.wait(seconds, seconds: Int64(seconds)) }
          try await eventually("the timer is set for \(seconds) s") { time.nextWake == start + .seconds(seconds) }
        }
        #expect(time.sleeperCount == 1)
        for (step, expected) in [(9, []), (1, [10]), (10, [10, 20]), (10, [10, 20, 30])] as [(Int, Set<Int>)] {
          time.advance(by: .seconds(step))
          try await eventually("\(expected) have ended") { waits.ended.all == expected }
        }
      }
    }
  }

  @Test func aSignalEndsItsWaitsEarlyAndNoOthers() async throws {
    try await Self.run { waits in
      let (time, start) = (waits.time, waits.time.now())
      let (fired, other) = (Signal(), Signal())
      try await withThrowingTaskGroup { group in
        group.addTask { await waits.wait(0, for: other, seconds: 10) }
        try await eventually("the timer is set") { time.nextWake == start + .seconds(10) }
        for number in [1, 2] { group.addTask { await waits.wait(number, for: fired, seconds: 5) } }
        try await eventually("and set anew") { time.nextWake == start + .seconds(5) }
        fired.fire()
        try await eventually("the waits end") { waits.ended.all == [1, 2] }
        // The timer still wakes for them, and goes on for the other.
        time.advance(by: .seconds(5))
        try await eventually("the timer is set again") { time.nextWake == start + .seconds(10) }
        #expect(waits.ended.all == [1, 2])
        time.advance(by: .seconds(5))
        try await eventually("the other's time is over") { waits.ended.all == [0, 1, 2] }
      }
    }
  }

  @Test func aSignalThatHasFiredIsNotWaitedFor() async throws {
    try await Self.run { waits in
      let signal = Signal()
      signal.fire()
      await waits.wait(1, for: signal, seconds: 10)
      #expect(waits.ended.all == [1])
    }
  }

  @Test func aCancelledTaskDoesNotWait() async throws {
    try await Self.run { waits in
      let start = waits.time.now()
      let task = Task { await waits.wait(1, seconds: 10) }
      try await eventually("it waits") { waits.time.nextWake == start + .seconds(10) }
      task.cancel()
      try await eventually("it has ended") { waits.ended.all == [1] }
    }
  }
}
