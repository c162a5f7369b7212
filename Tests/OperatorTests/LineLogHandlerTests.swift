import KubernetesAPI
import Logging
import Synchronization
import Testing

@testable import Operator

@Suite struct LineLogHandlerTests {
  private func lines(isJSON: Bool, _ body: (Logger) -> Void) -> [String] {
    let sink = Sink()
    body(
      Logger(label: "swell") { _ in
        LineLogHandler(level: .info, isJSON: isJSON, now: { Timestamp(seconds: 1_767_225_600) }) { sink.add($0) }
      })
    return sink.lines
  }

  private final class Sink: Sendable {
    private let state = Mutex<[String]>([])
    var lines: [String] { state.withLock { $0 } }
    func add(_ line: String) { state.withLock { $0.append(line) } }
  }

  @Test func aLineForPeople() {
    let lines = lines(isJSON: false) {
      $0.info("scaled", metadata: ["to": "3", "object": "shop/a", "why": "queue \"x\"\nINFO forged"])
      $0.debug("not shown")
    }
    #expect(
      lines == [
        "2026-01-01T00:00:00.000Z INFO scaled object=shop/a to=3 why=\"queue \\\"x\\\"\\nINFO forged\"\n"
      ])
  }

  @Test func aLineForMachines() {
    let lines = lines(isJSON: true) { $0.warning("cannot \"read\"", metadata: ["a": "\u{1}\t\\"]) }
    #expect(
      lines == [
        #"{"time":"2026-01-01T00:00:00.000Z","level":"warning","message":"cannot \"read\"","a":"\u0001\t\\"}"# + "\n"
      ])
  }
}
