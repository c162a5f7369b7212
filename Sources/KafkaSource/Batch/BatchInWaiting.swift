internal import Questions
internal import Synchronization

/// Whoever waits for a batch. Told once: by the batch, or earlier, when the source is shut down or the task cancelled and
/// the thread that asks the cluster still blocks.
final class BatchInWaiting: Sendable {
  typealias Results = [Result<Answer, SourceError>]

  private enum State {
    case begun
    case waiting(CheckedContinuation<Results, Never>)
    case over(Results)
  }

  private let state = Mutex(State.begun)
  private let count: Int

  /// - Parameter count: how many results the batch has.
  init(count: Int) { self.count = count }

  func wait(_ whenWaiting: () -> Void) async -> Results {
    await withCheckedContinuation { continuation in
      let results: Results? = state.withLock { state in
        if case .over(let results) = state { return results }
        state = .waiting(continuation)
        return nil
      }
      if let results { continuation.resume(returning: results) } else { whenWaiting() }
    }
  }

  /// The first call counts.
  func end(_ results: Results) {
    let continuation: CheckedContinuation<Results, Never>? = state.withLock { state in
      switch state {
      case .begun:
        state = .over(results)
        return nil
      case .waiting(let continuation):
        state = .over(results)
        return continuation
      case .over: return nil
      }
    }
    continuation?.resume(returning: results)
  }

  /// Ends the wait with the same failure for every question.
  func giveUp(_ error: SourceError) { end(Array(repeating: .failure(error), count: count)) }
}
