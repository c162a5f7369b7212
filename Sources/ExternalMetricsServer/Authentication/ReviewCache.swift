internal import KubernetesAPI
internal import Synchronization

/// Answers of the cluster, kept for a while. Equal questions that come while one is under way wait for its answer.
///
/// Bounded: when it is full, what has run out goes, and if nothing has, everything does.
final class ReviewCache<Key: Hashable & Sendable, Answer: Sendable>: Sendable {
  /// The cluster could not be asked: it failed, was too slow, or too many questions were under way.
  struct Unavailable: Error {}

  private typealias Waiter = CheckedContinuation<Result<Answer, Unavailable>, Never>

  private struct Entry {
    var answer: Answer
    var until: Timestamp
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    /// Who waits for a question under way.
    var waiters: [Key: [Waiter]] = [:]
  }

  private enum Turn {
    case known(Answer)
    case mine, someoneElses, refused
  }

  private let state = Mutex(State())
  private let settings: DelegatedAccess.Settings
  private let clock: DelegatedAccess.Clock
  private let lifetime: @Sendable (Answer) -> Duration

  init(
    settings: DelegatedAccess.Settings, clock: DelegatedAccess.Clock,
    lifetime: @escaping @Sendable (Answer) -> Duration
  ) {
    self.settings = settings
    self.clock = clock
    self.lifetime = lifetime
  }

  /// What memory knows, without waiting.
  func answer(for key: Key) -> Answer? { entry(for: key)?.answer }

  /// The same, and when it runs out.
  func entry(for key: Key) -> (answer: Answer, until: Timestamp)? {
    let now = clock.now()
    return state.withLock { state in
      guard let entry = state.entries[key], now < entry.until else { return nil }
      return (entry.answer, entry.until)
    }
  }

  /// What memory knows, or else what `ask` finds out within the settings' time.
  func answer(
    for key: Key, ask: @escaping @Sendable () async throws -> Answer
  ) async throws(Unavailable) -> Answer {
    switch turn(for: key) {
    case .known(let answer): return answer
    case .refused: throw Unavailable()
    case .mine:
      let result = await askInTime(ask)
      finish(key, with: result)
      return try result.get()
    case .someoneElses:
      let result = await withCheckedContinuation { (waiter: Waiter) in
        let isOver = state.withLock { state in state.waiters[key]?.append(waiter) == nil }
        // It ended in between; its answer is in memory unless it failed.
        if isOver { waiter.resume(returning: answer(for: key).map { .success($0) } ?? .failure(Unavailable())) }
      }
      return try result.get()
    }
  }

  /// How many answers are kept.
  var count: Int { state.withLock { $0.entries.count } }

  private func turn(for key: Key) -> Turn {
    let now = clock.now()
    return state.withLock { state in
      if let entry = state.entries[key], now < entry.until { return .known(entry.answer) }
      if state.waiters[key] != nil { return .someoneElses }
      guard state.waiters.count < settings.concurrentReviews else { return .refused }
      state.waiters[key] = []
      return .mine
    }
  }

  private func finish(_ key: Key, with result: Result<Answer, Unavailable>) {
    let now = clock.now()
    let waiters = state.withLock { state in
      if case .success(let answer) = result {
        if state.entries.count >= settings.cacheCapacity {
          state.entries = state.entries.filter { now < $0.value.until }
          if state.entries.count >= settings.cacheCapacity { state.entries = [:] }
        }
        state.entries[key] = Entry(answer: answer, until: now + lifetime(answer))
      }
      return state.waiters.removeValue(forKey: key) ?? []
    }
    for waiter in waiters { waiter.resume(returning: result) }
  }

  private func askInTime(_ ask: @escaping @Sendable () async throws -> Answer) async -> Result<Answer, Unavailable> {
    let (clock, limit) = (clock, settings.reviewTimeout)
    return await withTaskGroup(of: Answer?.self) { group in
      group.addTask { try? await ask() }
      group.addTask {
        try? await clock.sleep(limit)
        return nil
      }
      defer { group.cancelAll() }
      return (await group.next() ?? nil).map { .success($0) } ?? .failure(Unavailable())
    }
  }
}
