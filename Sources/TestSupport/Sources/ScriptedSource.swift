public import Questions
internal import Synchronization

/// A source that answers as the test says, and remembers what it was asked.
public final class ScriptedSource: EventSource {
  public typealias Script = @Sendable ([Question]) async -> [Result<Answer, SourceError>]

  private struct State {
    var script: Script
    var batches: [[Question]] = []
    var isShutDown = false
  }

  private let state: Mutex<State>

  public init(_ script: @escaping Script) {
    state = Mutex(State(script: script))
  }

  /// A source that gives every question the same result.
  public convenience init(always result: Result<Answer, SourceError>) {
    self.init { questions in questions.map { _ in result } }
  }

  public func answers(to questions: [Question], timeout: Duration) async -> [Result<Answer, SourceError>] {
    let script = state.withLock { state in
      state.batches.append(questions)
      return state.script
    }
    return await script(questions)
  }

  /// What it says from now on.
  public func become(_ script: @escaping Script) { state.withLock { $0.script = script } }

  /// The batches so far.
  public var batches: [[Question]] { state.withLock { $0.batches } }
  public var isShutDown: Bool { state.withLock { $0.isShutDown } }
  public var openConnections: Int { 1 }
  public func shutdown() async { state.withLock { $0.isShutDown = true } }
}
