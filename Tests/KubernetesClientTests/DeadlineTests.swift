internal import KubernetesAPI
internal import Polling
internal import Synchronization
internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

@Suite struct DeadlineTests {
  @Test func aDeadlineThatIsPutOffHoldsLater() async throws {
    let time = ManualTime()
    let start = time.now()
    let deadline = Mutex(start + .seconds(90))
    let task = Task { () async throws -> Bool? in
      try await Deadline.race(until: { deadline.withLock { $0 } }, time: time) {
        try await time.sleep(until: start + .seconds(1000))
        return true
      }
    }
    try await eventually("it waits") { time.nextWake == start + .seconds(90) }
    deadline.withLock { $0 = start + .seconds(150) }
    time.advance(by: .seconds(100))
    try await eventually("it waits on") { time.nextWake == start + .seconds(150) }
    time.advance(by: .seconds(50))
    #expect(try await task.value == nil)
  }
}
