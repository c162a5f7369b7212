internal import Autoscaling
internal import Synchronization

/// What the engine counts as it goes; everything else is read from the objects when somebody scrapes.
public final class EngineStatistics: Sendable {
  public struct Counts: Sendable {
    public var scaleWrites = 0
    /// Decisions by the code of their first reason.
    public var decisions: [String: Int] = [:]
  }

  private let state = Mutex(Counts())

  public var counts: Counts { state.withLock { $0 } }

  func countScaleWrite() {
    state.withLock { $0.scaleWrites &+= 1 }
  }

  func count(_ record: DecisionRecord) {
    let code = record.reasons.first?.code ?? "none"
    state.withLock { $0.decisions[code, default: 0] &+= 1 }
  }
}
