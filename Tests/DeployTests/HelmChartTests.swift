internal import Foundation
internal import KubernetesAPI
internal import TestSupport
internal import Testing

@Suite struct HelmChartTests {
  @Test func `the chart passes helm's own checks`() async throws {
    let tools = try await KubernetesTools.shared.value
    let output = try await KubernetesTools.output(
      tools.helm, ["lint", "--strict", Repository.path("deploy/helm/swell")])
    #expect(output.contains("0 chart(s) failed"))
  }

  /// But for the Namespace, which helm makes itself, labels, and helm's own annotation.
  @Test func `with its defaults the chart makes the objects of the base`() async throws {
    let base = Dictionary(uniqueKeysWithValues: try await Manifests.base.value.objects.map { ($0.identity, $0) })
    let chart = Dictionary(uniqueKeysWithValues: try await Manifests.helm().objects.map { ($0.identity, $0) })
    #expect(Set(base.keys).subtracting(chart.keys) == ["Namespace /swell-system"])
    #expect(Set(chart.keys).subtracting(base.keys) == [])
    for (identity, object) in chart {
      #expect(object.withoutHelm == base[identity]?.withoutHelm, "\(identity)")
    }
  }

  @Test func `the chart carries the definitions of the base and the rules of dashboards, byte for byte`() throws {
    let definitions = try Repository.files(in: "deploy/base/crds", endingIn: ".yaml")
    let copies = try Repository.files(in: "deploy/helm/swell/files/crds", endingIn: ".yaml")
    #expect(definitions.count == 4 && copies.count == 4)
    for (definition, copy) in zip(definitions, copies) {
      #expect(try Repository.text(definition) == Repository.text(copy), "\(copy): run scripts/sync-deploy.sh")
    }
    #expect(
      try Repository.text("dashboards/swell-rules.yaml") == Repository.text("deploy/helm/swell/files/swell-rules.yaml"),
      "run scripts/sync-deploy.sh")
  }

  @Test func `uninstalling the chart keeps the definitions, and with them every ScaledObject`() async throws {
    for definition in try await Manifests.helm().all("CustomResourceDefinition") {
      #expect(definition["metadata", "annotations", "helm.sh/resource-policy"]?.text == "keep")
    }
    #expect(try await Manifests.helm("--set", "crds.install=false").all("CustomResourceDefinition").isEmpty)
  }

  @Test func `a list of namespaces gives rights in these only`() async throws {
    let chart = try await Manifests.helm("--set", "watchNamespace=team-a\\, team-b")
    #expect(try chart.flags["--watch-namespace"] == "team-a,team-b")
    let bindings = chart.all("RoleBinding").filter { $0["roleRef", "name"]?.text == "swell-workloads" }
    #expect(bindings.compactMap { $0["metadata", "namespace"]?.text } == ["team-a", "team-b"])
    #expect(!chart.all("ClusterRoleBinding").contains { $0["roleRef", "name"]?.text == "swell-workloads" })
  }

  @Test func `certificates by cert-manager and by files`() async throws {
    let managed = try await Manifests.helm("--set", "certificates.mode=cert-manager")
    let overlay = try await Manifests.kustomize("deploy/overlays/cert-manager")
    for object in overlay.objects where object["apiVersion"]?.text == "cert-manager.io/v1" {
      let twin = managed.objects.first { $0.identity == object.identity }
      #expect(twin?["spec"] == object["spec"], "\(object.identity)")
    }
    #expect(
      Set(try managed.container["args"]?.texts ?? []).isSuperset(of: [
        "--manage-certificates=false", "--cert-dir=/certs",
      ]))

    let files = try await Manifests.helm("--set", "certificates.mode=files,certificates.secretName=mine")
    #expect(try files.flags["--manage-certificates"] == "false")
    #expect(
      try files.flags["--manage-apiservice"] == nil, "Swell writes the authority that it finds beside the certificate")
    #expect(try files.deployment["spec", "template", "spec", "volumes"]?[0]?["secret", "secretName"]?.text == "mine")
    let writes = try files.first("Role", "swell")["rules"]?.items ?? []
    #expect(
      !writes.contains {
        ($0["resources"]?.texts ?? []) == ["secrets"] && ($0["verbs"]?.texts ?? []).contains("create")
      })
  }

  @Test func `without a webhook nothing of it is left`() async throws {
    let chart = try await Manifests.helm("--set", "webhook.enabled=false")
    #expect(chart.all("ValidatingWebhookConfiguration").isEmpty)
    #expect(!chart.all("Service").contains { $0["metadata", "name"]?.text == "swell-webhooks" })
    #expect(try chart.flags["--webhook-port"] == "0")
    #expect(try chart.ports["webhook"] == nil)
  }

  @Test func `a single replica has no disruption budget, which would keep its node from being drained`() async throws {
    #expect(try await Manifests.helm("--set", "replicaCount=1").all("PodDisruptionBudget").isEmpty)
    #expect(try await Manifests.helm().all("PodDisruptionBudget").count == 1)
  }

  @Test(arguments: [
    ("typo=1", "additional properties 'typo' not allowed"),
    ("logging.level=loud", "/logging/level"),
    ("logging.format=xml", "/logging/format"),
    ("certificates.mode=none", "/certificates/mode"),
    ("certificates.mode=files", "certificates.secretName"),
    ("image.digest=sha256:12", "/image/digest"),
    ("webhook.failurePolicy=Maybe", "/webhook/failurePolicy"),
    ("metrics.port=80", "/metrics/port"),
    ("metrics.port=6443", "metricsApi.port and metrics.port are both 6443: give each its own"),
    ("health.port=8080", "metrics.port and health.port are both 8080: give each its own"),
    ("webhook.port=8081", "health.port and webhook.port are both 8081: give each its own"),
    ("replicaCount=two", "/replicaCount"),
    ("leaderElection.enabled=false", "replicaCount must be 1"),
    ("extraArgs={--leader-elect=false}", "is set by leaderElection.enabled"),
    ("serviceAccount.create=false", "serviceAccount.name"),
  ])
  func `values that cannot work are refused, by name`(value: String, complaint: String) async throws {
    do {
      _ = try await Manifests.helm("--set", value)
      Issue.record("\(value) was accepted")
    } catch let error as KubernetesTools.Failed {
      #expect(error.description.contains(complaint), "\(error.description)")
    }
  }

  @Test func `every value is in the schema and in the README`() throws {
    let values = try #require(try Manifests(yaml: Repository.text("deploy/helm/swell/values.yaml")).objects.first)
    let schema = try JSONDecoder().decode(
      JSONValue.self, from: Data(try Repository.text("deploy/helm/swell/values.schema.json").utf8))
    let readme = try Repository.text("deploy/helm/swell/README.md")
    for (path, _) in values.leaves {
      var node: JSONValue? = schema
      for part in path {
        if node?["properties"] != nil { node = node?["properties", part] }
      }
      #expect(node != nil, "\(path.joined(separator: ".")) is not in values.schema.json")
    }
    for name in (values.fields ?? [:]).keys { #expect(readme.contains("`\(name)"), "\(name) is not in the README") }
  }
}

extension JSONValue {
  /// The paths of all values that are no objects.
  fileprivate var leaves: [(path: [String], value: JSONValue)] {
    guard let fields, !fields.isEmpty else { return [([], self)] }
    return fields.flatMap { key, value in value.leaves.map { ([key] + $0.path, $0.value) } }
  }

  /// Without what differs between a release and the base: labels, the instance in selectors, helm's annotation.
  fileprivate var withoutHelm: JSONValue {
    switch self {
    case .array(let items): return .array(items.map(\.withoutHelm))
    case .object(var fields):
      fields["labels"] = nil
      for name in ["matchLabels", "selector"] {
        if var labels = fields[name]?.fields {
          labels["app.kubernetes.io/instance"] = nil
          fields[name] = .object(labels)
        }
      }
      if fields["annotations"]?.strings == ["helm.sh/resource-policy": "keep"] { fields["annotations"] = nil }
      return .object(fields.mapValues(\.withoutHelm))
    default: return self
    }
  }
}
