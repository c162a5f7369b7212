public import Engine

/// What a replica in a cluster knows beside its engine, for whoever asks it: whether it decides, and of objects that its
/// engine does not have, why.
public struct ReplicaView: Sendable {
  /// Who this replica is and whether it decides.
  public struct Role: Encodable, Hashable, Sendable {
    /// The pod's name.
    public var name: String
    /// Only the replica that leads polls, decides and writes.
    public var leads: Bool
    /// Who leads; nil when nobody does, as far as this replica knows.
    public var leader: String?

    public init(name: String, leads: Bool, leader: String?) {
      self.name = name
      self.leads = leads
      self.leader = leader
    }

    /// `this replica (swell-b) follows; swell-a leads and decides`; nil for the one that leads.
    public var note: String? {
      guard !leads else { return nil }
      return "this replica (\(name)) follows; " + (leader.map { "\($0) leads and decides" } ?? "nobody leads now")
    }
  }

  /// An object that exists and is not scaled.
  public struct Other: Hashable, Sendable {
    public var key: ObjectKey
    public var reason: String

    public init(key: ObjectKey, reason: String) {
      self.key = key
      self.reason = reason
    }
  }

  let role: @Sendable () -> Role
  let others: @Sendable () -> [Other]
  let reason: @Sendable (ObjectKey) -> String?
  let problem: @Sendable (ObjectKey) -> String?

  /// - Parameters:
  ///   - others: the objects of the cluster that the engine does not have.
  ///   - reason: why the engine does not have an object; nil when there is no such object.
  ///   - problem: what keeps an object that the engine has from being scaled as it is written now; nil when nothing does.
  public init(
    role: @escaping @Sendable () -> Role, others: @escaping @Sendable () -> [Other],
    reason: @escaping @Sendable (ObjectKey) -> String?, problem: @escaping @Sendable (ObjectKey) -> String?
  ) {
    self.role = role
    self.others = others
    self.problem = problem
    self.reason = reason
  }
}
