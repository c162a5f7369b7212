internal import Synchronization

/// Every request that the server answered.
///
/// A request has its number from when it begins, which is before anybody can see what it does, and its entry from when it
/// has been answered, which is after. So a test that has seen what a request did, and takes `count` then, does not find that
/// request among those from there on, however late its entry comes; and when `hasAnswered(to:)` says so, no entry is missing.
public final class RequestLog: Sendable {
  public struct Entry: Sendable {
    /// `GET`, `PUT`, …
    public var method: String
    /// How many requests had begun before it.
    public var number: Int
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for other paths the method in
    /// lower case.
    public var verb: String
    public var path: String
    public var query: String
    public var user: String
    public var userAgent: String
    /// `scaledobjects.keda.sh/status`, `leases.coordination.k8s.io`; empty for other paths.
    public var resource: String
    public var namespace: String
    public var name: String
    /// 0 when the answer was cut.
    public var status: Int
    /// When the answer was ready.
    public var at: ContinuousClock.Instant
    public var took: Duration
    public var body: String

    public var isWrite: Bool {
      ["create", "update", "patch", "delete", "deletecollection"].contains(verb)
        && !resource.hasSuffix("reviews.authorization.k8s.io") && !resource.hasSuffix("reviews.authentication.k8s.io")
    }
  }

  private struct State {
    var begun = 0
    var underWay: Set<Int> = []
    /// In the order of their ends.
    var entries: [Entry] = []
  }

  private let state = Mutex(State())

  public init() {}

  /// In the order in which they were answered.
  public var entries: [Entry] { state.withLock { $0.entries } }

  /// Requests that have begun.
  public var count: Int { state.withLock { $0.begun } }

  /// Those that began when so many had begun (`count` taken before), as far as they have been answered.
  public func entries(from start: Int) -> [Entry] {
    state.withLock { state in state.entries.filter { $0.number >= start } }
  }

  /// Whether the first so many requests have been answered: all of them have their entries.
  public func hasAnswered(to end: Int) -> Bool {
    state.withLock { state in state.begun >= end && state.underWay.allSatisfy { $0 >= end } }
  }

  /// Writes that were answered with 2xx, by resource. Leases come in only when asked for: a leader renews its own all
  /// the time.
  public func writes(from start: Int = 0, withLeases: Bool = false) -> [String: Int] {
    var counts: [String: Int] = [:]
    for entry in entries(from: start) where entry.isWrite && (200..<300).contains(entry.status) {
      if !withLeases, entry.resource.hasPrefix("leases.") { continue }
      counts[entry.resource, default: 0] += 1
    }
    return counts
  }

  public func clear() { state.withLock { $0.entries = [] } }

  /// - Returns: the number of a request that begins, for its entry.
  func begin() -> Int {
    state.withLock { state in
      defer { state.begun += 1 }
      state.underWay.insert(state.begun)
      return state.begun
    }
  }

  /// The request has been answered.
  func add(_ entry: Entry) {
    state.withLock { state in
      state.underWay.remove(entry.number)
      state.entries.append(entry)
    }
  }
}
