internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// What Swell may do in a cluster, and what it may not.
@Suite struct AccessRulesTests {
  /// Every way to install it.
  static let installations = Manifests.folders + ["helm"]

  private func manifests(_ name: String) async throws -> Manifests {
    name == "helm" ? try await .helm() : try await .kustomize(name)
  }

  @Test(arguments: installations)
  func `no wildcard but the scale subresource and the names of external metrics`(name: String) async throws {
    let manifests = try await manifests(name)
    for role in manifests.all("ClusterRole") + manifests.all("Role") {
      for rule in role["rules"]?.items ?? [] {
        let groups = rule["apiGroups"]?.texts ?? []
        let resources = rule["resources"]?.texts ?? []
        let verbs = rule["verbs"]?.texts ?? []
        #expect(!groups.isEmpty && !resources.isEmpty && !verbs.isEmpty, "\(role.identity)")
        #expect(!verbs.contains("*"), "\(role.identity)")
        if (groups + resources).contains(where: { $0.contains("*") }) {
          let isScale =
            groups == ["*"] && resources == ["*/scale"] && Set(verbs).isSubset(of: ["get", "update", "patch"])
          let isMetricsReader =
            role["metadata", "name"]?.text == "swell-external-metrics-reader" && groups == ["external.metrics.k8s.io"]
            && resources == ["*"] && Set(verbs).isSubset(of: ["get", "list"])
          #expect(isScale || isMetricsReader, "\(role.identity): \(groups) \(resources)")
        }
      }
    }
  }

  @Test func `nothing lets Swell give itself more rights, run pods, or read more than it needs`() async throws {
    let base = try await Manifests.base.value
    let forbidden: Set<String> = [
      "roles", "clusterroles", "rolebindings", "clusterrolebindings", "pods/exec", "pods/portforward", "nodes",
      "serviceaccounts/token", "jobs", "customresourcedefinitions", "mutatingwebhookconfigurations",
    ]
    for rule in rules(of: base) {
      #expect(Set(rule.resources).isDisjoint(with: forbidden), "\(rule)")
      let writes = !Set(rule.verbs).isDisjoint(with: ["create", "update", "patch", "delete"])
      if writes,
        !Set(rule.resources).isDisjoint(with: ["pods", "deployments", "statefulsets", "daemonsets", "configmaps"])
      {
        Issue.record("\(rule) writes what Swell only reads")
      }
      #expect(!rule.verbs.contains("escalate") && !rule.verbs.contains("bind") && !rule.verbs.contains("impersonate"))
    }
  }

  @Test func `secrets are written in its own namespace only, and only its own`() async throws {
    let base = try await Manifests.base.value
    for rule in rules(of: base) where rule.resources.contains("secrets") {
      let writes = Set(rule.verbs).intersection(["update", "patch", "delete", "deletecollection"])
      if !writes.isEmpty {
        #expect(rule.role == "Role swell-system/swell")
        #expect(rule.names == [try base.flags["--certificate-secret"] ?? "swell-certificates"])
      }
      if rule.verbs.contains("create") { #expect(rule.role == "Role swell-system/swell") }
    }
  }

  @Test func `certificate authorities are written into the two objects that are Swell's, and no others`() async throws {
    let base = try await Manifests.base.value
    let apiServices = rules(of: base).filter { $0.resources.contains("apiservices") }
    #expect(apiServices.map(\.names) == [["v1beta1.external.metrics.k8s.io"]])
    let webhooks = rules(of: base).filter { $0.resources.contains("validatingwebhookconfigurations") }
    #expect(webhooks.map(\.names) == [[try base.flags["--webhook-configuration"] ?? ""]])
  }

  /// What Swell asks of the API: one line for each resource, with every verb that the code uses.
  static let uses: [(group: String, resource: String, verbs: [String])] = [
    ("keda.sh", "scaledobjects", ["get", "list", "watch", "patch"]),
    ("keda.sh", "scaledobjects/status", ["patch"]),
    ("keda.sh", "scaledobjects/finalizers", ["update"]),
    ("keda.sh", "triggerauthentications", ["get", "list", "watch", "patch"]),
    ("keda.sh", "triggerauthentications/status", ["patch"]),
    ("keda.sh", "clustertriggerauthentications", ["get", "list", "watch", "patch"]),
    ("keda.sh", "clustertriggerauthentications/status", ["patch"]),
    ("autoscaling", "horizontalpodautoscalers", ["get", "list", "watch", "create", "update", "delete"]),
    ("apps", "deployments", ["get", "list", "watch"]),
    ("apps", "statefulsets", ["get", "list", "watch"]),
    ("apps", "replicasets", ["get"]), ("apps", "daemonsets", ["get"]),
    // Swell replaces scales; whoever may do that gains nothing by patching them.
    ("*", "*/scale", ["get", "update", "patch"]),
    ("", "secrets", ["get", "list", "watch", "create", "update"]),
    ("", "configmaps", ["get", "list", "watch"]),
    ("", "limitranges", ["list"]),
    ("events.k8s.io", "events", ["create", "patch"]),
    ("coordination.k8s.io", "leases", ["get", "create", "update"]),
    ("apiregistration.k8s.io", "apiservices", ["get", "list", "watch", "patch"]),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations", ["get", "list", "watch", "patch"]),
  ]

  @Test(arguments: installations)
  func `what Swell does is allowed, and nothing else`(name: String) async throws {
    let rules = rules(of: try await manifests(name))
    var allowed: [String: Set<String>] = [:]
    for rule in rules {
      for group in rule.groups {
        for resource in rule.resources { allowed["\(resource).\(group)", default: []].formUnion(rule.verbs) }
      }
    }
    for use in Self.uses {
      let verbs = allowed.removeValue(forKey: "\(use.resource).\(use.group)") ?? []
      #expect(verbs == Set(use.verbs), "\(use.resource)")
    }
    #expect(allowed.isEmpty, "Swell does not use \(allowed)")
  }

  /// The API server takes a list or watch for one about a named object only with a field selector, which `create` does not
  /// have: a rule that names objects must not allow creating.
  @Test(arguments: installations)
  func `rules for named objects hold no verb that names none`(name: String) async throws {
    for rule in rules(of: try await manifests(name)) where !rule.names.isEmpty {
      #expect(Set(rule.verbs).isDisjoint(with: ["create", "deletecollection"]), "\(rule)")
    }
  }

  @Test(arguments: installations)
  func `every binding names a role that exists and an account that exists`(name: String) async throws {
    let manifests = try await manifests(name)
    let builtIn = ["ClusterRole system:auth-delegator", "Role extension-apiserver-authentication-reader"]
    let roles = Set(
      builtIn
        + (manifests.all("ClusterRole") + manifests.all("Role")).map {
          "\($0["kind"]?.text ?? "") \($0["metadata", "name"]?.text ?? "")"
        })
    let account = try #require(manifests.all("ServiceAccount").first)
    for binding in manifests.all("ClusterRoleBinding") + manifests.all("RoleBinding") {
      let role = "\(binding["roleRef", "kind"]?.text ?? "") \(binding["roleRef", "name"]?.text ?? "")"
      #expect(roles.contains(role), "\(binding.identity)")
      let subject = try #require(binding["subjects"]?[0])
      if role == "ClusterRole swell-external-metrics-reader" {
        #expect(subject["name"] == "horizontal-pod-autoscaler" && subject["namespace"] == "kube-system")
      } else {
        #expect(
          subject["name"] == account["metadata", "name"] && subject["namespace"] == account["metadata", "namespace"])
      }
    }
    #expect(try manifests.deployment["spec", "template", "spec", "serviceAccountName"] == account["metadata", "name"])
  }

  private struct Rule {
    var role: String
    var groups: [String]
    var resources: [String]
    var verbs: [String]
    var names: [String]
  }

  /// The rules of the roles that Swell's own account has.
  private func rules(of manifests: Manifests) -> [Rule] {
    var result: [Rule] = []
    for role in manifests.all("ClusterRole") + manifests.all("Role")
    where role["metadata", "name"]?.text != "swell-external-metrics-reader" {
      for rule in role["rules"]?.items ?? [] {
        result.append(
          Rule(
            role: role.identity, groups: rule["apiGroups"]?.texts ?? [], resources: rule["resources"]?.texts ?? [],
            verbs: rule["verbs"]?.texts ?? [], names: rule["resourceNames"]?.texts ?? []))
      }
    }
    return result
  }
}
