internal import Foundation
internal import KubernetesAPI

@testable internal import TestSupport

/// What Swell needs in a cluster: deploy/base, without its Deployment, for Swell runs beside the tests. On an external
/// cluster, Services lead to this machine, and what earlier tests left is taken away.
struct ClusterInstallation {
  private static let system = "swell-system"
  private static let base = Repository.folder("deploy/base")

  private let cluster: TestCluster
  private var objects: any ClusterObjects { cluster.objects }

  init(_ cluster: TestCluster) { self.cluster = cluster }

  func install() async throws {
    if cluster.isExternal { try await clean() }
    try await cluster.apply(folder: "\(Self.base)/crds")
    // Swell has the rights that deploy/base gives it, and no more.
    for file in ["namespace", "service-account"] { try await cluster.apply(Self.text("\(file).yaml")) }
    for file in try FileManager.default.contentsOfDirectory(atPath: Self.base).sorted() where file.hasPrefix("rbac") {
      try await cluster.apply(Self.text(file))
    }
    for file in ["services.yaml", "api-service.yaml", "admission.yaml"] {
      for object in try YAMLText.documents(Self.text(file)) {
        try await cluster.apply(cluster.isExternal ? Self.reachable(object) : object)
      }
    }
  }

  private static func text(_ file: String) throws -> String {
    try String(contentsOfFile: "\(base)/\(file)", encoding: .utf8)
  }

  /// The object with this machine in place of pods. Which port it is, `serve` says.
  private static func reachable(_ object: JSONValue) -> JSONValue {
    var object = object
    switch object["kind"]?.text {
    case "Service":
      object["spec"] = ["type": "ExternalName", "externalName": .string(TestCluster.host)]
    case "ValidatingWebhookConfiguration":
      let unchecked: JSONValue = [
        "matchExpressions": [["key": .string(ExternalObjects.unchecked), "operator": "DoesNotExist"]]
      ]
      object["webhooks"] = .array(
        (object["webhooks"]?.items ?? []).map { webhook in
          var webhook = webhook
          webhook["objectSelector"] = unchecked
          return webhook
        })
    default: break
    }
    return object
  }

  /// The API server of an external cluster finds Swell at these ports of this machine.
  func serve(metrics: Int, webhooks port: Int) throws {
    try objects.change("apiservices", "v1beta1.external.metrics.k8s.io") { object in
      object["spec", "service", "port"] = .integer(Int64(metrics))
    }
    try objects.change("validatingwebhookconfigurations", "swell-admission") { object in
      object["webhooks"] = .array(
        (object["webhooks"]?.items ?? []).map { webhook in
          var webhook = webhook
          webhook["clientConfig", "service", "port"] = .integer(Int64(port))
          return webhook
        })
    }
  }

  // MARK: an external cluster after a test

  /// Starts the deletion of the tests' namespaces. Nothing in them waits for Swell: no finalizer, and no aggregated API
  /// that is away, without which no namespace is ever gone.
  func leave() async throws {
    try objects.delete("apiservices", "v1beta1.external.metrics.k8s.io")
    try objects.delete("validatingwebhookconfigurations", "swell-admission")
    for namespace in try namespaces() {
      for resource in ["scaledobjects", "triggerauthentications"] {
        for object in try objects.list(resource, in: namespace.name) where !object.finalizers.isEmpty {
          try await cluster.patch(
            resource, object.name, in: namespace.name, ["metadata": ["finalizers": .null]])
        }
      }
      try objects.delete("namespaces", namespace.name)
    }
  }

  private func namespaces() throws -> [JSONValue] {
    try objects.list("namespaces").filter { $0.labels[TestCluster.mark] != nil }
  }

  /// What earlier tests left, those too that failed half-way.
  private func clean() async throws {
    if try objects.get("customresourcedefinitions", "scaledobjects.keda.sh") != nil {
      try await leave()
      for object in try objects.list("clustertriggerauthentications") {
        try await cluster.patch(
          "clustertriggerauthentications", object.name, in: "", ["metadata": ["finalizers": .null]])
        try objects.delete("clustertriggerauthentications", object.name)
      }
    }
    for definition in try objects.list("customresourcedefinitions")
    where definition["spec", "group"] == "example.com" {
      try objects.delete("customresourcedefinitions", definition.name)
    }
    for resource in ["secrets", "leases"] {
      for object in try objects.list(resource, in: Self.system) {
        try objects.delete(resource, object.name, in: Self.system)
      }
    }
    try await eventually("what earlier tests made is gone", within: .seconds(30), every: .milliseconds(100)) {
      try namespaces().isEmpty
        && objects.list("customresourcedefinitions").allSatisfy { $0["spec", "group"] != "example.com" }
    }
  }
}
