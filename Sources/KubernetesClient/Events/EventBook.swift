internal import KubernetesAPI

/// Which events are to be written: repeated ones become a count of the first, and each object has a budget. Pure.
struct EventBook: Sendable {
  /// What makes two events the same.
  struct Key: Hashable, Sendable {
    var subject: EventSubject
    /// Who reports it; nil for whom the book is kept.
    var controller: String?
    var type: String
    var reason: String
    var note: String
  }

  /// Something to send.
  enum Work: Sendable {
    case create(Key, Event)
    case patch(Key, namespace: String, name: String, EventSeries)
  }

  private struct Entry: Sendable {
    var name: String
    /// Of the first occurrence: it does not tell events apart.
    var action: String
    var firstAt: Timestamp
    var lastAt: Timestamp
    var count: Int32 = 1
    /// The count that the API has; 0 before the event is created.
    var writtenCount: Int32 = 0
    var writtenAt: Timestamp?
    var isUnderWay = false
    /// When a higher count may be written.
    var dueAt: Timestamp?
  }

  private struct Budget: Sendable {
    var left: Double
    var at: Timestamp
  }

  /// The same event after a longer pause is a new one.
  static let seriesGap = Duration.seconds(360)
  static let seriesInterval = Duration.seconds(30)
  /// New events of one object at once; one more every `budgetInterval`.
  static let burst = 25.0
  static let budgetInterval = Duration.seconds(300)
  static let longestQueue = 1024
  static let mostEntries = 8192
  static let longestNote = 1024

  private let controller: String
  private let instance: String
  private var entries: [Key: Entry] = [:]
  private var budgets: [EventSubject: Budget] = [:]
  private var queue: [Key] = []
  private var sequence: UInt64 = 0

  init(controller: String, instance: String) {
    self.controller = controller
    self.instance = Self.cut(instance, to: 128)
  }

  /// False when the event is dropped: too many of this object, or too many waiting.
  mutating func record(_ key: Key, action: String, at now: Timestamp) -> Bool {
    var key = key
    key.note = Self.cut(key.note, to: Self.longestNote)
    if var entry = entries[key], now - entry.lastAt < Self.seriesGap {
      entry.count = entry.count.addingSaturating(1)
      entry.lastAt = max(entry.lastAt, now)
      if let writtenAt = entry.writtenAt, entry.dueAt == nil { entry.dueAt = max(now, writtenAt + Self.seriesInterval) }
      entries[key] = entry
      return true
    }
    if entries.count >= Self.mostEntries { forgetOld(now) }
    guard queue.count < Self.longestQueue, entries.count < Self.mostEntries, takeFromBudget(key.subject, now) else {
      return false
    }
    sequence &+= 1
    let number = UInt64(bitPattern: now.nanoseconds) &+ sequence
    let suffix = "." + String(number, radix: 16)
    let name = Self.eventName(key.subject.name, suffix)
    entries[key] = Entry(name: name, action: action, firstAt: now, lastAt: now)
    queue.append(key)
    return true
  }

  /// What to send now: new events first. `finished` must follow.
  mutating func nextWork(at now: Timestamp) -> Work? {
    while !queue.isEmpty {
      let key = queue.removeFirst()
      guard var entry = entries[key], !entry.isUnderWay else { continue }
      entry.isUnderWay = true
      entries[key] = entry
      return .create(key, event(key, entry))
    }
    let due = entries.filter { !$0.value.isUnderWay && ($0.value.dueAt.map { $0 <= now } ?? false) }
    guard let (key, entry) = due.min(by: { ($0.value.dueAt ?? now) < ($1.value.dueAt ?? now) }) else { return nil }
    entries[key]?.isUnderWay = true
    return .patch(key, namespace: Self.namespace(key.subject), name: entry.name, series(entry))
  }

  /// When there is something to send next; nil when nothing is waiting.
  var nextDue: Timestamp? { entries.values.lazy.filter { !$0.isUnderWay }.compactMap(\.dueAt).min() }

  enum Outcome {
    case written
    /// The event is not there any more, as after an hour: write a new one.
    case gone
    case failed
  }

  mutating func finished(_ work: Work, _ outcome: Outcome, at now: Timestamp) {
    switch work {
    case .create(let key, let event):
      guard var entry = entries[key], entry.name == event.metadata.name else { return }
      // The next time it happens, it is tried again.
      guard outcome == .written else {
        entries[key] = nil
        return
      }
      entry.isUnderWay = false
      entry.writtenCount = event.series?.count ?? 1
      entry.writtenAt = now
      entry.dueAt = entry.count > entry.writtenCount ? now + Self.seriesInterval : nil
      entries[key] = entry
    case .patch(let key, _, let name, let series):
      guard var entry = entries[key], entry.name == name else { return }
      entry.isUnderWay = false
      switch outcome {
      case .written:
        entry.writtenCount = series.count
        entry.writtenAt = now
        entry.dueAt = entry.count > series.count ? now + Self.seriesInterval : nil
      case .failed: entry.dueAt = now + Self.seriesInterval
      case .gone:
        entry.writtenCount = 0
        entry.writtenAt = nil
        entry.dueAt = nil
        queue.append(key)
      }
      entries[key] = entry
    }
  }

  private mutating func takeFromBudget(_ subject: EventSubject, _ now: Timestamp) -> Bool {
    if budgets.count >= Self.mostEntries, budgets[subject] == nil {
      budgets = budgets.filter { now - $0.value.at < Self.seriesGap }
      guard budgets.count < Self.mostEntries else { return false }
    }
    var budget = budgets[subject] ?? Budget(left: Self.burst, at: now)
    let earned = max(0, (now - budget.at).inSeconds / Self.budgetInterval.inSeconds)
    budget.left = min(Self.burst, budget.left + earned)
    budget.at = now
    let isGranted = budget.left >= 1
    if isGranted { budget.left -= 1 }
    budgets[subject] = budget
    return isGranted
  }

  private mutating func forgetOld(_ now: Timestamp) {
    entries = entries.filter { entry in
      entry.value.isUnderWay || entry.value.writtenCount == 0 || now - entry.value.lastAt < Self.seriesGap
    }
  }

  private func event(_ key: Key, _ entry: Entry) -> Event {
    let subject = key.subject
    var event = Event(metadata: ObjectMeta(name: entry.name, namespace: Self.namespace(subject)))
    event.eventTime = entry.firstAt.rfc3339(fractionDigits: 6)
    event.reportingController = key.controller ?? controller
    event.reportingInstance = instance
    event.action = Self.cut(entry.action, to: 128)
    event.reason = Self.cut(key.reason, to: 128)
    event.regarding = ObjectReference(
      apiVersion: subject.apiVersion, kind: subject.kind, namespace: subject.namespace, name: subject.name,
      uid: subject.uid)
    event.note = key.note
    event.type = key.type
    if entry.count > 1 { event.series = series(entry) }
    return event
  }

  private func series(_ entry: Entry) -> EventSeries {
    EventSeries(count: entry.count, lastObservedTime: entry.lastAt.rfc3339(fractionDigits: 6))
  }

  private static func namespace(_ subject: EventSubject) -> String { subject.namespace ?? "default" }

  /// A DNS subdomain, as the API demands: what a cut leaves at the end must not be a dot or a hyphen.
  static func eventName(_ subject: String, _ suffix: String) -> String {
    var start = cut(subject, to: 253 - suffix.utf8.count)
    while let last = start.last, last == "." || last == "-" { start.removeLast() }
    return start + suffix
  }

  /// At most `limit` bytes of UTF-8, whole characters only.
  static func cut(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: limit)
    while end > text.startIndex, String.Index(end, within: text) == nil { end = text.utf8.index(before: end) }
    return String(text[..<end])
  }
}
