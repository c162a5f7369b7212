internal import Engine

/// One object as the JSON API shows it. In a cluster, it says what is wrong with the object and whether the replica that
/// answers is the one that decides.
struct ObjectDocument: Encodable {
  private enum CodingKeys: String, CodingKey { case replica, problem, active, fallback }

  private let snapshot: ObjectSnapshot
  private let role: ReplicaView.Role?
  private let problem: String?
  /// In a list, it is told once for all.
  private let showsRole: Bool

  init(_ snapshot: ObjectSnapshot, _ replica: ReplicaView?) {
    self.init(snapshot, replica, replica?.role(), showsRole: true)
  }

  fileprivate init(_ snapshot: ObjectSnapshot, _ replica: ReplicaView?, _ role: ReplicaView.Role?, showsRole: Bool) {
    self.snapshot = snapshot
    self.role = role
    self.showsRole = showsRole
    problem = replica?.problem(snapshot.key)
  }

  func encode(to encoder: any Encoder) throws {
    try snapshot.encode(to: encoder)
    guard let role else { return }
    var container = encoder.container(keyedBy: CodingKeys.self)
    if showsRole { try container.encode(role, forKey: .replica) }
    try container.encodeIfPresent(problem, forKey: .problem)
    guard !role.leads else { return }
    // What this replica does not decide, it does not know.
    try container.encodeNil(forKey: .active)
    try container.encodeNil(forKey: .fallback)
  }
}

/// All objects as the JSON API shows them: those that the engine has and, in a cluster, the others with the reason.
struct ObjectList: Encodable {
  private struct Other: Encodable {
    var namespace: String
    var name: String
    var reason: String
  }

  private let items: [ObjectDocument]
  private let replica: ReplicaView.Role?
  private let notScaled: [Other]?

  init(_ engine: ScaleEngine, _ view: ReplicaView?) {
    let role = view?.role()
    replica = role
    items = engine.objects.map { ObjectDocument($0.snapshot, view, role, showsRole: false) }
    notScaled = view?.others().map { Other(namespace: $0.key.namespace, name: $0.key.name, reason: $0.reason) }
  }
}
