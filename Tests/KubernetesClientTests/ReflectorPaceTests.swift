internal import KubernetesAPI
internal import Testing

@testable internal import KubernetesClient

@Suite struct ReflectorPaceTests {
  private let start = Timestamp(seconds: 1000)
  private let broken = KubernetesError(.unreachable, message: "reset")

  @Test func failuresWithoutProgressWaitLongerUpToTenSeconds() throws {
    var pace = ReflectorPace()
    var now = start
    var waits: [Double] = []
    for _ in 0..<10 {
      pace.failed(broken, wasOpen: false, hadProgress: false, at: now, jitter: 1)
      let retryAt = try #require(pace.retryAt)
      waits.append((retryAt - now).inSeconds)
      now = retryAt
    }
    #expect(waits.first.map { abs($0 - 0.12) < 1e-6 } == true)
    #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(waits.last.map { $0 > 9 && $0 <= 10 } == true)
    pace.failed(broken, wasOpen: true, hadProgress: true, at: now, jitter: 1)
    #expect(pace.retryAt.map { $0 - now == .milliseconds(120) } == true)
  }

  @Test func aServerThatEndsEveryWatchAtOnceIsNotAskedInALoop() {
    var pace = ReflectorPace()
    pace.ended(.byServer, hadProgress: false, since: start, at: start, jitter: 0.5)
    #expect(pace.retryAt == start + .milliseconds(100))
    pace.ended(.byServer, hadProgress: true, since: start, at: start + .seconds(1), jitter: 0.5)
    #expect(pace.retryAt == nil && !pace.mustCheck && !pace.mustList)
  }

  @Test func goneListsAtOnceButNotInALoop() {
    let gone = KubernetesError(.gone, status: 410, message: "old")
    var pace = ReflectorPace()
    pace.failed(gone, wasOpen: false, hadProgress: false, at: start, jitter: 0.5)
    #expect(pace.mustList && pace.retryAt == nil)
    pace.failed(gone, wasOpen: false, hadProgress: false, at: start + .seconds(1), jitter: 0.5)
    #expect(pace.mustList && pace.retryAt == start + .milliseconds(1200))
  }

  @Test func aServerThatRefusesToGoOnIsListedAfterThreeTries() {
    let refused = KubernetesError(.serverError, status: 500, message: "no")
    var pace = ReflectorPace()
    for attempt in 1...3 {
      pace.failed(refused, wasOpen: true, hadProgress: false, at: start + .seconds(Int64(attempt * 20)), jitter: 0)
      #expect(pace.mustList == (attempt == 3))
    }
  }

  @Test func retryAfterIsKept() {
    var pace = ReflectorPace()
    let error = KubernetesError(.tooManyRequests, status: 429, message: "", retryAfter: .seconds(7))
    pace.failed(error, wasOpen: false, hadProgress: false, at: start, jitter: 0)
    #expect(pace.retryAt == start + .seconds(7))
  }

  @Test func aSilentWatchIsChecked() {
    var pace = ReflectorPace()
    pace.ended(.byServer, hadProgress: false, since: start, at: start + .seconds(300), jitter: 0)
    #expect(pace.mustCheck && pace.retryAt == nil)
    pace.ended(.byServer, hadProgress: true, since: start, at: start + .seconds(300), jitter: 0)
    #expect(!pace.mustCheck)
    pace.ended(.overdue, hadProgress: true, since: start, at: start + .seconds(300), jitter: 0)
    #expect(pace.mustCheck)
  }
}
