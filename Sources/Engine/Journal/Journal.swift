public import KubernetesAPI

/// The last decisions about one object. Bounded, and quiet in steady state: a decision that only repeats the one before
/// (same replicas, same kinds of reasons) takes its place and is counted.
public struct Journal: Sendable {
  public struct Entry: Sendable, Encodable {
    /// The latest of the repeated decisions.
    public var decision: DecisionRecord
    /// When this was first decided.
    public var since: Timestamp
    /// How many times in a row, at least 1.
    public var times: Int

    private enum CodingKeys: String, CodingKey { case since, times }

    public func encode(to encoder: any Encoder) throws {
      try decision.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(since.rfc3339(fractionDigits: 3), forKey: .since)
      try container.encode(times, forKey: .times)
    }
  }

  private let capacity: Int
  private var kept: [Entry] = []

  /// - Parameter capacity: how many entries are kept, 16 by default.
  public init(capacity: Int = 16) {
    self.capacity = max(1, capacity)
  }

  public mutating func append(_ decision: DecisionRecord) {
    // Loop and HPA take turns: look for the last word of the same author.
    if let index = kept.lastIndex(where: { $0.decision.author == decision.author }),
      decision.repeats(kept[index].decision)
    {
      var entry = kept.remove(at: index)
      entry.decision = decision
      entry.times = entry.times.addingSaturating(1)
      // At the end, as the newest: what is dropped first is what was last said longest ago.
      kept.append(entry)
      return
    }
    if kept.count >= capacity { kept.removeFirst() }
    kept.append(Entry(decision: decision, since: decision.time, times: 1))
  }

  /// Newest first.
  public var entries: [Entry] { kept.reversed() }

  /// The latest decision of either author.
  public var latest: DecisionRecord? { kept.last?.decision }

  public func latest(by author: DecisionRecord.Author) -> DecisionRecord? {
    kept.last { $0.decision.author == author }?.decision
  }
}
