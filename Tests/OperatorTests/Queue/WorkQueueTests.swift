import KubernetesAPI
import Synchronization
import TestSupport
import Testing

@testable import Operator

@Suite struct WorkQueueTests {
  /// A queue with workers, on a clock that the test moves.
  private struct Rig: Sendable {
    let time = ManualTime()
    let queue: WorkQueue<String>
    let log = Log()

    init() { queue = WorkQueue(time: time, firstPause: .seconds(1), longestPause: .seconds(8)) }

    final class Log: Sendable {
      let entries = Mutex<[String]>([])
      var all: [String] { entries.withLock { $0 } }
      func add(_ entry: String) { entries.withLock { $0.append(entry) } }
    }

    func run(
      workers: Int = 2, _ work: @escaping @Sendable (String) async -> WorkQueue<String>.Outcome,
      _ body: (Rig) async throws -> Void
    ) async throws {
      try await withThrowingTaskGroup { group in
        group.addTask { await queue.run(workers: workers, work) }
        try await body(self)
        group.cancelAll()
      }
    }
  }

  @Test func aKeyThatIsAddedOftenIsWorkedOnOnce() async throws {
    let rig = Rig()
    for _ in 0..<100 { rig.queue.add("a") }
    rig.queue.add("b")
    try await rig.run { [log = rig.log] in
      log.add($0)
      return .done
    } _: { rig in
      try await eventually("both are done") { rig.queue.isIdle }
      #expect(rig.log.all.sorted() == ["a", "b"])
    }
  }

  @Test func aKeyThatIsAddedWhileItIsWorkedOnComesOnceMoreAndNeverTwiceAtATime() async throws {
    let rig = Rig()
    let gate = AsyncGate()
    let running = Mutex(0)
    let most = Mutex(0)
    rig.queue.add("a")
    try await rig.run(workers: 4) { [log = rig.log] key in
      let now = running.withLock { count in
        count += 1
        return count
      }
      most.withLock { $0 = max($0, now) }
      log.add(key)
      await gate.wait()
      running.withLock { $0 -= 1 }
      return .done
    } _: { rig in
      try await eventually("the work has begun") { rig.log.all.count == 1 }
      for _ in 0..<10 { rig.queue.add("a") }
      gate.open()
      try await eventually("everything is done") { rig.queue.isIdle }
      #expect(rig.log.all == ["a", "a"])
      #expect(most.withLock { $0 } == 1)
    }
  }

  @Test func failuresAreTriedAgainAfterGrowingPauses() async throws {
    let rig = Rig()
    rig.queue.add("a")
    try await rig.run(workers: 1) { [log = rig.log] key in
      log.add(key)
      return .failed
    } _: { rig in
      for (count, pause) in [1, 2, 4, 8, 8].enumerated() {
        try await eventually("try \(count + 1)") { rig.log.all.count == count + 1 && rig.time.nextWake != nil }
        let wait = try #require(rig.time.nextWake) - rig.time.now()
        #expect(wait == .seconds(pause))
        rig.time.advance(by: .seconds(pause))
      }
    }
  }

  @Test func aDelayedKeyWaitsUnlessItIsAddedBefore() async throws {
    let rig = Rig()
    rig.queue.add("later", after: .seconds(10))
    rig.queue.add("soon", after: .seconds(10))
    rig.queue.add("soon", after: .seconds(2))
    rig.queue.add("later", after: .seconds(30))
    try await rig.run(workers: 1) { [log = rig.log] key in
      log.add(key)
      return .done
    } _: { rig in
      try await eventually("the worker waits") { rig.time.nextWake == rig.time.now() + .seconds(2) }
      rig.time.advance(by: .seconds(2))
      try await eventually("the first is done") { rig.log.all == ["soon"] }
      rig.queue.add("later")
      try await eventually("the second is done early") { rig.log.all == ["soon", "later"] && rig.queue.isIdle }
    }
  }
}

/// Holds tasks until it is opened.
final class AsyncGate: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func open() { continuation.finish() }
  func wait() async { for await _ in stream {} }
}
