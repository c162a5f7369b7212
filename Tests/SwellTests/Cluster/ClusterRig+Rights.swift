internal import KubernetesAPI
internal import TestSupport

/// What Swell may do, changed for a test. An API server goes by a changed role when it has learnt of it, a moment later:
/// all of these return when it does.
extension ClusterRig {
  private static let verbs = ["get", "list", "watch", "create", "update", "patch", "delete"]

  /// Gives Swell these verbs, and no others, on a resource that its role for workloads names: `scaledobjects/status`.
  func allow(_ verbs: [String], _ resource: String) async throws {
    var group = ""
    try objects.change("clusterroles", "swell-workloads") { role in
      role["rules"] = .array(
        (role["rules"]?.items ?? []).map { rule in
          guard rule["resources"]?.items?.contains(.string(resource)) == true else { return rule }
          group = rule["apiGroups"]?[0]?.text ?? ""
          var rule = rule
          rule["verbs"] = .array(verbs.map { .string($0) })
          return rule
        })
    }
    let isEverything = group == "*"
    for verb in Self.verbs {
      try await waitUntilSwell(
        may: verbs.contains(verb), verb, isEverything ? resource.replacing("*", with: "deployments") : resource,
        of: isEverything ? "apps" : group, in: namespace)
    }
  }

  /// Replaces the rules of Swell's role in its own namespace.
  /// - Parameter mayLead: what becomes of the Lease by that.
  func setOwnRules(_ rules: [JSONValue], mayLead: Bool) async throws {
    try objects.change("roles", "swell", in: "swell-system") { $0["rules"] = .array(rules) }
    for verb in ["get", "create", "update"] {
      // To create is not a matter of names.
      try await waitUntilSwell(
        may: mayLead, verb, "leases", of: "coordination.k8s.io", in: "swell-system",
        name: verb == "create" ? nil : "swell")
    }
  }

  private func waitUntilSwell(
    may isAllowed: Bool, _ verb: String, _ resource: String, of group: String, in namespace: String,
    name: String? = nil
  ) async throws {
    let parts = resource.split(separator: "/").map { JSONValue.string(String($0)) }
    var attributes: JSONValue = [
      "verb": .string(verb), "group": .string(group), "resource": parts[0], "namespace": .string(namespace),
    ]
    if parts.count > 1 { attributes["subresource"] = parts[1] }
    attributes["name"] = name.map { .string($0) }
    let review: JSONValue = [
      "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
      "spec": ["user": "system:serviceaccount:swell-system:swell", "resourceAttributes": attributes],
    ]
    try await eventually("Swell may \(isAllowed ? "" : "not ")\(verb) \(resource)", within: .seconds(20)) {
      let answer = try await cluster.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
      return (answer["status", "allowed"] == true) == isAllowed
    }
  }
}
