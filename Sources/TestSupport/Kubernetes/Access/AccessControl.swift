internal import KubernetesAPI
internal import Synchronization

/// What somebody wants to do.
struct AccessRequest: Sendable {
  var verb: String
  var group = ""
  var resource = ""
  var subresource = ""
  var namespace = ""
  var name = ""
  /// Of a request for no resource, such as /version.
  var path: String?

  var qualified: String { subresource.isEmpty ? resource : "\(resource)/\(subresource)" }
}

/// Who is who, and who may what: the users of the test with their rules, and the RBAC objects of the store.
final class AccessControl: Sendable {
  private struct Token {
    var user: String
    var expires: Timestamp?
  }

  private struct State {
    var users: [String: TestUser] = [:]
    var tokens: [String: Token] = [:]
    var count = 0
  }

  private let state = Mutex(State())
  private let store: ObjectStore

  init(store: ObjectStore) {
    self.store = store
    add(.admin)
  }

  func add(_ user: TestUser) { state.withLock { $0.users[user.name] = user } }

  func user(named name: String) -> TestUser? { state.withLock { $0.users[name] } }

  func token(for user: TestUser, validFor: Duration?) -> String {
    let expires = validFor.map { store.now() + $0 }
    return state.withLock { state in
      state.users[user.name] = state.users[user.name] ?? user
      state.count += 1
      let text = "test-token-\(state.count)-\(user.name.replacing(":", with: "."))"
      state.tokens[text] = Token(user: user.name, expires: expires)
      return text
    }
  }

  /// Ends a token at once.
  func revoke(_ token: String) { state.withLock { $0.tokens[token] = nil } }

  /// Whose token it is; nil when it is unknown or over.
  func user(ofToken token: String) -> TestUser? {
    let now = store.now()
    return state.withLock { state in
      guard let entry = state.tokens[token] else { return nil }
      if let expires = entry.expires, expires <= now { return nil }
      return state.users[entry.user]
    }
  }

  /// The user of a client certificate: with the rules given to that name, and the groups of both.
  func user(commonName: String, organizations: [String]) -> TestUser {
    var user = user(named: commonName) ?? TestUser(commonName)
    user.groups = Array(Set(user.groups + organizations)).sorted()
    return user
  }

  func allows(_ user: TestUser, _ request: AccessRequest) -> Bool {
    if user.groups.contains("system:masters") { return true }
    if let path = request.path { return allows(user, path: path, verb: request.verb) }
    return user.rules.contains { $0.covers(request) } || allowsByRBAC(user, request)
  }

  private static let open = ["/version", "/healthz", "/livez", "/readyz"]
  private static let discovery = ["/api", "/apis", "/openapi"]

  private func allows(_ user: TestUser, path: String, verb: String) -> Bool {
    if Self.open.contains(where: { path == $0 || path.hasPrefix("\($0)/") }) { return true }
    let isKnown = user.allGroups.contains("system:authenticated")
    if isKnown, Self.discovery.contains(where: { path == $0 || path.hasPrefix("\($0)/") }) { return true }
    return roles(of: user, in: "").contains { role in
      (role["rules"]?.items ?? []).contains { rule in
        rule.has("verbs", verb)
          && (rule["nonResourceURLs"]?.items ?? []).compactMap(\.text).contains {
            $0 == path || $0 == "*" || ($0.hasSuffix("*") && path.hasPrefix($0.dropLast()))
          }
      }
    }
  }

  private func allowsByRBAC(_ user: TestUser, _ request: AccessRequest) -> Bool {
    roles(of: user, in: request.namespace).contains { role in
      (role["rules"]?.items ?? []).contains { rule in
        let names = (rule["resourceNames"]?.items ?? []).compactMap(\.text)
        return rule.has("verbs", request.verb) && rule.has("apiGroups", request.group)
          && (rule.has("resources", request.qualified) || rule.has("resources", "*/\(request.subresource)"))
          && (names.isEmpty || names.contains(request.name))
      }
    }
  }

  private static let rbac = "rbac.authorization.k8s.io"

  /// The roles that are bound to the user in a namespace, and in the whole cluster.
  private func roles(of user: TestUser, in namespace: String) -> [JSONValue] {
    var result: [JSONValue] = []
    for binding in store.list("clusterrolebindings.\(Self.rbac)", namespace: nil).objects.map(\.value)
    where isBound(user, by: binding) {
      result += role(of: binding, namespace: nil)
    }
    guard !namespace.isEmpty else { return result }
    for binding in store.list("rolebindings.\(Self.rbac)", namespace: namespace).objects.map(\.value)
    where isBound(user, by: binding) {
      result += role(of: binding, namespace: namespace)
    }
    return result
  }

  private func role(of binding: JSONValue, namespace: String?) -> [JSONValue] {
    let name = binding["roleRef", "name"]?.text ?? ""
    if binding["roleRef", "kind"] == "Role" {
      return [store.get("roles.\(Self.rbac)", ObjectID(namespace, name))?.value].compactMap { $0 }
    }
    guard let role = store.get("clusterroles.\(Self.rbac)", ObjectID(nil, name))?.value else { return [] }
    return [role] + aggregated(into: role)
  }

  private func aggregated(into role: JSONValue) -> [JSONValue] {
    let selectors = (role["aggregationRule", "clusterRoleSelectors"]?.items ?? []).map { $0["matchLabels"]?.strings }
    guard !selectors.isEmpty else { return [] }
    return store.list("clusterroles.\(Self.rbac)", namespace: nil).objects.map(\.value).filter { other in
      selectors.contains { LabelSelector(matchLabels: $0).matches(other.labels) }
    }
  }

  private func isBound(_ user: TestUser, by binding: JSONValue) -> Bool {
    (binding["subjects"]?.items ?? []).contains { subject in
      let name = subject["name"]?.text ?? ""
      switch subject["kind"]?.text {
      case "User": return user.name == name
      case "Group": return user.allGroups.contains(name)
      case "ServiceAccount":
        let namespace = subject["namespace"]?.text ?? binding.namespace ?? ""
        return user.name == "system:serviceaccount:\(namespace):\(name)"
      default: return false
      }
    }
  }
}

extension JSONValue {
  /// Whether a list of a rule names the value, or all.
  fileprivate func has(_ key: String, _ value: String) -> Bool {
    (self[key]?.items ?? []).contains { $0.text == value || $0.text == "*" }
  }
}

extension TestUser.Rule {
  fileprivate func covers(_ request: AccessRequest) -> Bool {
    func has(_ set: Set<String>, _ value: String) -> Bool { set.contains("*") || set.contains(value) }
    return has(verbs, request.verb) && has(groups, request.group)
      && (has(resources, request.qualified) || resources.contains("*/\(request.subresource)"))
      && (namespaces.map { has($0, request.namespace) } ?? true)
  }
}
