internal import HeapModule
public import KubernetesAPI

/// When to poll which object: one heap of due times for all of them.
///
/// An object is due at once when it is added. After that it is due at a phase of its interval that follows from its key
/// alone, so that 10,000 objects at 30 s are 333 polls a second, evenly, and stay so over restarts. Phases are whole
/// multiples of `grain`: objects of one grain travel together. A value without clock or I/O.
public struct PollSchedule<Key: Hashable & Sendable>: Sendable {
  private struct Entry: Comparable, Sendable {
    var due: Timestamp
    var key: Key
    var version: UInt64

    static func < (left: Entry, right: Entry) -> Bool { left.due < right.due }
    static func == (left: Entry, right: Entry) -> Bool { left.due == right.due && left.version == right.version }
  }

  private struct Item: Sendable {
    var interval: Duration
    var phase: Duration
    var version: UInt64
  }

  private let grain: Duration
  private var heap = Heap<Entry>()
  private var items: [Key: Item] = [:]
  private var nextVersion: UInt64 = 0

  /// - Parameter grain: the step of the phases, 100 ms by default.
  public init(grain: Duration = .milliseconds(100)) {
    self.grain = grain
  }

  public var count: Int { items.count }

  /// Adds an object, or changes its interval; due at once. `seed` decides the phase and must be stable over restarts.
  public mutating func add(_ key: Key, interval: Duration, seed: UInt64, now: Timestamp) {
    let interval = max(interval, grain)
    let steps = max(1, interval.saturatingNanoseconds / max(1, grain.saturatingNanoseconds))
    let phase = grain * Int(seed % UInt64(steps))
    nextVersion &+= 1
    items[key] = Item(interval: interval, phase: phase, version: nextVersion)
    heap.insert(Entry(due: now, key: key, version: nextVersion))
  }

  public mutating func remove(_ key: Key) {
    items[key] = nil
  }

  /// Makes an object due at once, out of turn; its later polls keep their phase.
  public mutating func pollNow(_ key: Key, now: Timestamp) {
    guard var item = items[key] else { return }
    nextVersion &+= 1
    item.version = nextVersion
    items[key] = item
    heap.insert(Entry(due: now, key: key, version: nextVersion))
  }

  /// When the next object is due; nil when there is none.
  public mutating func nextDue() -> Timestamp? {
    dropOutdated()
    return heap.min?.due
  }

  /// Takes every object that is due at `now`, with the time at which it should have been polled, and schedules its next
  /// poll: the first moment of its phase after `now`.
  public mutating func takeDue(now: Timestamp) -> [(key: Key, due: Timestamp)] {
    var taken: [(key: Key, due: Timestamp)] = []
    while let first = heap.min, first.due <= now {
      _ = heap.popMin()
      guard let item = items[first.key], item.version == first.version else { continue }
      taken.append((first.key, first.due))
      heap.insert(Entry(due: Self.next(after: now, item: item), key: first.key, version: first.version))
    }
    return taken
  }

  /// The first time after `now` that is congruent to the phase modulo the interval, counted from 1970.
  private static func next(after now: Timestamp, item: Item) -> Timestamp {
    let interval = max(1, item.interval.saturatingNanoseconds)
    let sincePhase = now.nanoseconds.subtractingSaturating(item.phase.saturatingNanoseconds)
    let remainder = ((sincePhase % interval) + interval) % interval
    return now + .nanoseconds(interval - remainder)
  }

  private mutating func dropOutdated() {
    while let first = heap.min, items[first.key]?.version != first.version { _ = heap.popMin() }
  }
}

/// FNV-1a over the text's UTF-8: the same number on every machine and in every run, unlike `Hasher`.
public func stableSeed(_ text: String) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  // FNV's low bits are weak for short keys that differ at the end; one round of mixing spreads them.
  hash ^= hash >> 33
  hash &*= 0xff51_afd7_ed55_8ccd
  return hash ^ (hash >> 33)
}
