internal import HeapModule
internal import KubernetesAPI

/// When metrics are likely to be read next by those who read them again and again, as every HPA does each sync period.
///
/// What is learned of a key is the time of its last read and the time between that one and the one before. A key is
/// expected once after each read, and forgotten when it is not read for two of its periods: nobody is asked for long on
/// behalf of a reader who has gone. A value without clock or I/O; each operation costs O(log n) for each key it touches.
struct ReadForecast<Key: Hashable & Sendable>: Sendable {
  private struct Habit: Sendable {
    var lastRead: Timestamp
    /// Nil until the second read, and after a pause longer than `longestPeriod`.
    var period: Duration?
    /// The read that is expected next was given out already.
    var isTaken = false
    /// When the key is looked at again: the time of its only valid entry in the queue.
    var queuedFor: Timestamp

    var expected: Timestamp? { period.map { lastRead + $0 } }
  }

  private struct Entry: Comparable, Sendable {
    var due: Timestamp
    var key: Key

    static func < (left: Entry, right: Entry) -> Bool { left.due < right.due }
    static func == (left: Entry, right: Entry) -> Bool { left.due == right.due && left.key == right.key }
  }

  private let shortestPeriod: Duration
  private let longestPeriod: Duration
  private var habits: [Key: Habit] = [:]
  private var queue = Heap<Entry>()

  /// - Parameters:
  ///   - shortestPeriod: reads that follow sooner than this count as one.
  ///   - longestPeriod: who reads less often is not expected.
  init(shortestPeriod: Duration, longestPeriod: Duration = .seconds(60)) {
    self.shortestPeriod = shortestPeriod
    self.longestPeriod = longestPeriod
  }

  /// How many keys are known.
  var count: Int { habits.count }

  /// Notes that a key is read now.
  mutating func noteRead(_ key: Key, at now: Timestamp) {
    guard var habit = habits[key] else {
      let end = now + longestPeriod
      habits[key] = Habit(lastRead: now, queuedFor: end)
      queue.insert(Entry(due: end, key: key))
      return
    }
    let gap = now - habit.lastRead
    guard gap > shortestPeriod else { return }
    habit.period = gap <= longestPeriod ? gap : nil
    habit.lastRead = now
    habit.isTaken = false
    // A key that is queued for an earlier time is queued anew when that time comes.
    if let expected = habit.expected, expected < habit.queuedFor {
      habit.queuedFor = expected
      queue.insert(Entry(due: expected, key: key))
    }
    habits[key] = habit
  }

  /// Gives out the keys whose next read is expected by `end`, soonest first, each once for each read. Those who should have
  /// been read more than `shortestPeriod` ago are not among them.
  /// - Parameter limit: how many keys are looked at; the others' turn comes with the next call.
  mutating func takeExpected(now: Timestamp, by end: Timestamp, limit: Int) -> [(key: Key, expected: Timestamp)] {
    var taken: [(key: Key, expected: Timestamp)] = []
    for _ in 0..<max(0, limit) {
      guard let entry = queue.min, entry.due <= end else { break }
      queue.removeMin()
      guard var habit = habits[entry.key], habit.queuedFor == entry.due else { continue }
      if !habit.isTaken, let expected = habit.expected {
        if expected > end {
          // It was read meanwhile.
          enqueue(entry.key, &habit, at: expected)
          continue
        }
        habit.isTaken = true
        if expected >= now - shortestPeriod { taken.append((entry.key, expected)) }
      }
      let forgotten = habit.lastRead + (habit.period.map { $0 * 2 } ?? longestPeriod)
      if forgotten > end {
        enqueue(entry.key, &habit, at: forgotten)
      } else {
        habits[entry.key] = nil
      }
    }
    return taken
  }

  private mutating func enqueue(_ key: Key, _ habit: inout Habit, at due: Timestamp) {
    habit.queuedFor = due
    habits[key] = habit
    queue.insert(Entry(due: due, key: key))
  }
}
