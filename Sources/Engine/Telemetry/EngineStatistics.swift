internal import Autoscaling
internal import Synchronization

/// What the engine counts as it goes; everything else is read from the objects when somebody scrapes.
public final class EngineStatistics: Sendable {
  public struct Counts: Sendable {
    public var scaleWrites = 0
    /// Decisions by the code of their first reason.
    public var decisions: [String: Int] = [:]
    /// How long sources of HTTP took to answer, by trigger type and the answer's status.
    public var httpDurations: [HTTPKey: HTTPDurations] = [:]
  }

  public struct HTTPKey: Hashable, Sendable {
    public var triggerType: String
    /// The status of the answer, or `error` where none came.
    public var status: String
  }

  public struct HTTPDurations: Sendable {
    /// Upper bounds of the buckets, seconds: those of KEDA.
    public static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// How many answers each bucket has, each counted once; one more than there are bounds.
    public var counts = [Int](repeating: 0, count: HTTPDurations.bounds.count + 1)
    public var sum = 0.0
  }

  private let state = Mutex(Counts())

  public var counts: Counts { state.withLock { $0 } }

  func countScaleWrite() {
    state.withLock { $0.scaleWrites &+= 1 }
  }

  func countAnswer(_ key: HTTPKey, after seconds: Double) {
    let bucket = HTTPDurations.bounds.firstIndex { seconds <= $0 } ?? HTTPDurations.bounds.count
    state.withLock { state in
      state.httpDurations[key, default: HTTPDurations()].counts[bucket] &+= 1
      state.httpDurations[key, default: HTTPDurations()].sum += seconds
    }
  }

  func count(_ record: DecisionRecord) {
    let code = record.reasons.first?.code ?? "none"
    state.withLock { $0.decisions[code, default: 0] &+= 1 }
  }
}
