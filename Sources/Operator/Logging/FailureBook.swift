internal import KubernetesAPI
internal import Polling
internal import Synchronization

/// Which failures of many things are worth a line of the log: each cause of each thing once until it has ended, and of a
/// cause that many have in common (an API server that is down) only a few.
///
/// A cause may be told of five things at once and of one more each minute: what fails on is told when its turn comes. With
/// 1,000 objects that fail and fail again for a minute this makes six lines, and at most seven when it is over.
final class FailureBook<Key: Hashable & Sendable>: Sendable {
  struct Cause: Hashable, Sendable {
    /// What makes it the same cause for other things.
    var family: String
    /// What makes it the same cause for the same thing.
    var text: String
  }

  enum Beginning: Hashable, Sendable {
    case tell
    /// Other things with this cause will be told slowly.
    case tellAsLast
  }

  enum Ending: Hashable, Sendable {
    case tell
    /// The last of so many with one cause, of which not all were told.
    case tellAll(Int)
  }

  private struct Failing {
    /// Those that were told.
    var causes: Set<String> = []
    var families: Set<String> = []
  }

  private struct Family {
    /// How many may be told now.
    var allowance = FailureBook.burst
    /// When that was so.
    var at: Timestamp
    var failing: Set<Key> = []
    /// How many things have had this cause since none had.
    var count = 0
    var hasUntold = false
  }

  private struct State {
    var failing: [Key: Failing] = [:]
    var families: [String: Family] = [:]
    var mostFamilies = FailureBook.mostFamilies
  }

  private static var burst: Double { 5 }
  private static var interval: Duration { .seconds(60) }
  /// Causes of one thing that are told apart: a text that differs each time is not news for ever.
  private static var mostCauses: Int { 8 }
  private static var mostFamilies: Int { 256 }

  private let state = Mutex(State())
  private let time: any TimeSource

  init(time: any TimeSource) { self.time = time }

  /// To be called each time that something fails.
  /// - Returns: nil when there is nothing to tell: it was told, or so much like it that this must wait.
  func begins(_ key: Key, _ cause: Cause) -> Beginning? {
    let now = time.now()
    return state.withLock { state in
      var failing = state.failing[key] ?? Failing()
      guard failing.causes.count < Self.mostCauses, !failing.causes.contains(cause.text) else { return nil }
      defer { state.failing[key] = failing }
      if state.families[cause.family] == nil, state.families.count >= state.mostFamilies {
        state.families = state.families.filter { !$0.value.failing.isEmpty }
        // So that many that fail on are not looked through for each new one.
        state.mostFamilies = max(Self.mostFamilies, state.families.count * 2)
      }
      // Taken out while it is changed: a set that two hold is copied as a whole.
      var family = state.families.removeValue(forKey: cause.family) ?? Family(at: now)
      defer { state.families[cause.family] = family }
      failing.families.insert(cause.family)
      if family.failing.insert(key).inserted { family.count += 1 }
      let earned = max(0, (now - family.at).inSeconds / Self.interval.inSeconds)
      family.allowance = min(Self.burst, family.allowance + earned)
      family.at = now
      guard family.allowance >= 1 else {
        family.hasUntold = true
        return nil
      }
      family.allowance -= 1
      failing.causes.insert(cause.text)
      return family.allowance < 1 ? .tellAsLast : .tell
    }
  }

  /// - Returns: nil when there is nothing to tell: nothing had failed, or its beginning was not told.
  func ends(_ key: Key) -> Ending? {
    state.withLock { state in
      guard let failing = state.failing.removeValue(forKey: key) else { return nil }
      var all: Int?
      for name in failing.families {
        guard var family = state.families.removeValue(forKey: name) else { continue }
        family.failing.remove(key)
        if family.failing.isEmpty {
          if family.hasUntold { all = max(all ?? 0, family.count) }
          family.hasUntold = false
          family.count = 0
        }
        state.families[name] = family
      }
      return all.map { .tellAll($0) } ?? (failing.causes.isEmpty ? nil : .tell)
    }
  }

  /// Nothing fails, as far as is known. What was told lately counts all the same: this may come again and again.
  func removeAll() {
    state.withLock { state in
      state.failing = [:]
      state.families = state.families.mapValues { Family(allowance: $0.allowance, at: $0.at) }
    }
  }
}
