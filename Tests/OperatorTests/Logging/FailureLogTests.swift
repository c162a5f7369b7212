internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Synchronization
internal import TestSupport
internal import Testing

@testable import Operator

@Suite struct FailureLogTests {
  private let time = ManualTime()
  private let logs = LogLines()

  private func log(end: String? = "it goes again") -> FailureLog<String> {
    FailureLog(
      logs.logger, .warning, time: time, label: "object", problem: "it does not go", end: end, advice: "wait")
  }

  private static func error(_ code: KubernetesError.Code, _ message: String, status: Int? = nil) -> KubernetesError {
    KubernetesError(code, status: status, message: message)
  }

  @Test func aLineSaysWhatOfWhatWhyAndWhatToDo() throws {
    let log = log()
    log.failed("a", Self.error(.serverError, "broken", status: 500), ["kind": "Secret"])
    log.ended("a", ["kind": "Secret"])
    #expect(logs.all.count == 2)
    let first = try #require(logs.all.first)
    for part in ["warning it does not go", "\"object\": a", "broken", "\"advice\": wait", "\"kind\": Secret"] {
      #expect(first.contains(part), "\(first)")
    }
    #expect(!first.contains("note"))
    let last = try #require(logs.all.last)
    for part in ["notice it goes again", "\"object\": a", "\"kind\": Secret"] {
      #expect(last.contains(part), "\(last)")
    }
  }

  /// What the server cannot do is one cause whatever its words; what it refuses is told as it changes.
  @Test func causes() {
    let log = log()
    log.failed("a", Self.error(.serverError, "request 1", status: 500))
    log.failed("a", Self.error(.serverError, "request 2", status: 500))
    #expect(logs.all.count == 1)
    log.failed("a", Self.error(.serverError, "request 3", status: 503))
    #expect(logs.all.count == 2)
    log.failed("a", Self.error(.forbidden, "no get", status: 403))
    log.failed("a", Self.error(.forbidden, "no list", status: 403))
    #expect(logs.all.count == 4)
    log.failed("a", ScaleTargetError("no answer 1"))
    log.failed("a", ScaleTargetError("no answer 2"))
    log.failed("a", Obstacle(stage: .hpa, cause: ScaleTargetError("no answer 3")))
    #expect(logs.all.count == 5)
  }

  @Test func theEndOfThisProcessIsNoFailure() {
    var cancelled = Self.error(.unreachable, "cancelled")
    cancelled.isCancellation = true
    log().failed("a", cancelled)
    #expect(logs.all == [])
  }

  @Test func manyWithOneCauseAreSummedUp() throws {
    let log = log()
    for number in 1...8 { log.failed("\(number)", Self.error(.unreachable, "connection refused")) }
    #expect(logs.all.count == 5)
    #expect(logs.all.filter { $0.contains("of others with this cause, one is told each minute") }.count == 1)
    for number in 1...8 { log.ended("\(number)") }
    #expect(logs.all.count == 11)
    #expect(logs.all.last?.contains("the last of 8 with one cause") == true)
  }

  @Test func whatIsGoneHasNoEnd() {
    let log = log()
    log.failed("a", Self.error(.unreachable, "x"))
    log.forget("a")
    log.ended("a")
    log.failed("b", Self.error(.unreachable, "x"))
    log.forgetAll()
    log.ended("b")
    #expect(logs.all.count == 2)
    let endless = self.log(end: nil)
    endless.failed("a", Self.error(.unreachable, "x"))
    endless.ended("a")
    #expect(logs.all.count == 3)
  }

  @Test func whatAPartKeepsIsFollowed() async throws {
    let failures = Mutex<[String: KubernetesError]>(["secrets": Self.error(.forbidden, "no", status: 403)])
    let log = log()
    let (time, logs) = (time, logs)
    let task = Task { await log.follow(time: time) { failures.withLock { $0 } } }
    defer { task.cancel() }
    func turn() async throws {
      try await eventually("it waits") { time.sleeperCount == 1 }
      let before = try #require(time.nextWake)
      time.advance(by: .seconds(5))
      try await eventually("it has looked") { time.nextWake.map { $0 > before } ?? false }
    }
    try await turn()
    try await turn()
    #expect(logs.all.count == 1)
    failures.withLock { $0["pods"] = Self.error(.unreachable, "refused") }
    try await turn()
    #expect(logs.all.count == 2)
    failures.withLock { $0 = [:] }
    try await turn()
    #expect(logs.all.suffix(2).allSatisfy { $0.contains("it goes again") } && logs.all.count == 4)
  }
}
