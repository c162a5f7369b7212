/// Who asks, as Kubernetes names users.
public struct AccessUser: Hashable, Sendable {
  /// `system:serviceaccount:kube-system:horizontal-pod-autoscaler`, `jane`.
  public var name: String
  /// Empty when the user has none.
  public var uid: String
  public var groups: [String]
  /// What else an authenticator told; keys in lower case.
  public var extra: [String: [String]]

  public init(name: String, uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
    self.name = name
    self.uid = uid
    self.groups = groups
    self.extra = extra
  }

  static let authenticatedGroup = "system:authenticated"
  static let unauthenticatedGroup = "system:unauthenticated"
  static let mastersGroup = "system:masters"
  static let anonymousName = "system:anonymous"

  /// Puts the user in `system:authenticated`, unless it is nobody in particular: every authenticator of Kubernetes does.
  mutating func addAuthenticatedGroup() {
    guard name != Self.anonymousName else { return }
    for group in groups where group == Self.authenticatedGroup || group == Self.unauthenticatedGroup { return }
    groups.append(Self.authenticatedGroup)
  }
}
