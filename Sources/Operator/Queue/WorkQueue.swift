internal import HeapModule
internal import KubernetesAPI
internal import Polling
internal import Synchronization

/// Keys that want something done: each once however often it is added, never two workers at one key, failures again after
/// a growing pause.
final class WorkQueue<Key: Hashable & Sendable>: Sendable {
  /// What a worker says of a key.
  enum Outcome: Sendable {
    case done
    /// Once more, after a pause that doubles with every failure in a row.
    case failed
    /// Once more, after exactly this long; not a failure.
    case again(after: Duration)
  }

  private struct State {
    var ready: [Key] = []
    var head = 0
    /// In `ready`, or to follow the run that is under way.
    var wanted: Set<Key> = []
    var running: Set<Key> = []
    /// When a key is due; `timers` holds the same in order, and entries that no longer hold.
    var delayed: [Key: Timestamp] = [:]
    var timers = Heap<Timer>()
    var failures: [Key: Int] = [:]
    var wake = Signal()

    mutating func makeReady(_ key: Key) {
      guard wanted.insert(key).inserted, !running.contains(key) else { return }
      ready.append(key)
    }

    mutating func delay(_ key: Key, until due: Timestamp) {
      delayed[key] = due
      timers.insert(Timer(due: due, key: key))
    }

    /// Makes ready what is due.
    /// - Returns: when the next one is.
    mutating func expire(now: Timestamp) -> Timestamp? {
      while let timer = timers.min {
        let holds = delayed[timer.key] == timer.due
        if holds, timer.due > now { return timer.due }
        timers.removeMin()
        if holds {
          delayed[timer.key] = nil
          makeReady(timer.key)
        }
      }
      return nil
    }

    mutating func takeNext() -> Key? {
      guard head < ready.count else { return nil }
      let key = ready[head]
      head += 1
      if head > 1_024, head * 2 > ready.count {
        ready.removeFirst(head)
        head = 0
      }
      wanted.remove(key)
      running.insert(key)
      return key
    }
  }

  private struct Timer: Comparable {
    var due: Timestamp
    var key: Key

    static func < (left: Timer, right: Timer) -> Bool { left.due < right.due }
  }

  private let state = Mutex(State())
  private let time: any TimeSource
  private let firstPause: Duration
  private let longestPause: Duration

  /// - Parameter longestPause: what the pause after failures grows to.
  init(time: any TimeSource, firstPause: Duration = .milliseconds(200), longestPause: Duration = .seconds(60)) {
    self.time = time
    self.firstPause = firstPause
    self.longestPause = longestPause
  }

  func add(_ key: Key) {
    state.withLock { state in
      state.delayed[key] = nil
      state.makeReady(key)
      return state.wake
    }.fire()
  }

  func add(_ keys: some Sequence<Key>) { for key in keys { add(key) } }

  /// Adds a key later, unless it is added before.
  func add(_ key: Key, after delay: Duration) {
    let due = time.now() + delay
    state.withLock { state in
      guard !state.wanted.contains(key) else { return state.wake }
      if state.delayed[key].map({ $0 > due }) ?? true { state.delay(key, until: due) }
      return state.wake
    }.fire()
  }

  /// Drops what is waiting; what is under way ends by itself.
  func removeAll() {
    state.withLock { state in
      state.ready = []
      state.head = 0
      state.wanted = []
      state.delayed = [:]
      state.timers = Heap()
      state.failures = [:]
    }
  }

  /// Nothing waits, nothing is delayed, nothing is under way.
  var isIdle: Bool {
    state.withLock { $0.wanted.isEmpty && $0.running.isEmpty && $0.delayed.isEmpty }
  }

  /// Works until the task is cancelled.
  func run(workers: Int, _ work: @escaping @Sendable (Key) async -> Outcome) async {
    await withDiscardingTaskGroup { group in
      for _ in 0..<workers {
        group.addTask { await self.work(work) }
      }
    }
  }

  private func work(_ work: @Sendable (Key) async -> Outcome) async {
    while !Task.isCancelled {
      let now = time.now()
      let (key, next, wake) = state.withLock { state -> (Key?, Timestamp?, Signal) in
        let next = state.expire(now: now)
        if let key = state.takeNext() { return (key, nil, state.wake) }
        if state.wake.isFired { state.wake = Signal() }
        return (nil, next, state.wake)
      }
      guard let key else {
        await wake.wait(until: next, time: time)
        continue
      }
      finish(key, await work(key))
    }
  }

  private func finish(_ key: Key, _ outcome: Outcome) {
    let now = time.now()
    state.withLock { state in
      state.running.remove(key)
      if case .failed = outcome {
        let failures = state.failures[key, default: 0]
        state.failures[key] = failures + 1
        state.delay(key, until: now + min(firstPause * (1 << min(failures, 16)), longestPause))
      } else {
        state.failures[key] = nil
      }
      if case .again(let delay) = outcome { state.delay(key, until: now + delay) }
      if state.wanted.contains(key) {
        state.delayed[key] = nil
        state.ready.append(key)
      }
      return state.wake
    }.fire()
  }
}
