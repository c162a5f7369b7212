internal import Autoscaling
internal import KubernetesAPI
internal import Synchronization

/// What the engine counts as it goes; everything else is read from the objects when somebody scrapes.
final class EngineStatistics: Sendable {
  struct Counts {
    /// Seconds the last poll began after it was due.
    var lastLatenessSeconds = 0.0
    var scaleWrites = 0
    /// Decisions by the code of their first reason.
    var decisions: [String: Int] = [:]
  }

  private let state = Mutex(Counts())

  var counts: Counts { state.withLock { $0 } }

  func recordLateness(_ lateness: Duration) {
    state.withLock { $0.lastLatenessSeconds = max(0, lateness.inSeconds) }
  }

  func countScaleWrite() {
    state.withLock { $0.scaleWrites &+= 1 }
  }

  func count(_ record: DecisionRecord) {
    let code = record.reasons.first?.code ?? "none"
    state.withLock { $0.decisions[code, default: 0] &+= 1 }
  }
}
