internal import Synchronization

/// Every request that the server answered.
public final class RequestLog: Sendable {
  public struct Entry: Sendable {
    /// `GET`, `PUT`, …
    public var method: String
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

  private let state = Mutex<[Entry]>([])

  public init() {}

  public var entries: [Entry] { state.withLock { $0 } }

  public var count: Int { state.withLock { $0.count } }

  /// Entries of the log from the one with this number on (`count` taken before).
  public func entries(from start: Int) -> [Entry] { state.withLock { Array($0.dropFirst(start)) } }

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

  public func clear() { state.withLock { $0 = [] } }

  func add(_ entry: Entry) { state.withLock { $0.append(entry) } }
}
