/// Somebody who may ask the test API server something.
public struct TestUser: Hashable, Sendable {
  /// What is allowed. "*" stands for all.
  public struct Rule: Hashable, Sendable {
    public var verbs: Set<String>
    /// "" is the core group.
    public var groups: Set<String>
    /// `deployments`, `deployments/scale`, `*/scale`.
    public var resources: Set<String>
    /// Nil: everywhere, cluster-wide resources too.
    public var namespaces: Set<String>?

    public init(
      verbs: Set<String>, groups: Set<String> = [""], resources: Set<String>, namespaces: Set<String>? = nil
    ) {
      self.verbs = verbs
      self.groups = groups
      self.resources = resources
      self.namespaces = namespaces
    }

    /// Everything.
    public static let all = Rule(verbs: ["*"], groups: ["*"], resources: ["*"])
  }

  public var name: String
  public var groups: [String]
  public var rules: [Rule]

  public init(_ name: String, groups: [String] = [], rules: [Rule] = []) {
    self.name = name
    self.groups = groups
    self.rules = rules
  }

  public static let admin = TestUser("kubernetes-admin", groups: ["system:masters"], rules: [.all])

  public static func serviceAccount(_ namespace: String, _ name: String, rules: [Rule] = []) -> TestUser {
    TestUser(
      "system:serviceaccount:\(namespace):\(name)",
      groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)"], rules: rules)
  }

  static let anonymous = TestUser("system:anonymous", groups: ["system:unauthenticated"])

  /// With the group that everybody gets who logs in.
  var allGroups: [String] {
    self == .anonymous || name == "system:anonymous" ? groups : groups + ["system:authenticated"]
  }
}
