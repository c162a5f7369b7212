internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// An API server takes what is here, the first time and over what is there.
@Suite struct AcceptanceTests {
  @Test(arguments: ["deploy/base", "deploy/overlays/namespaced", "helm"])
  func `every object is accepted, twice, without an unknown field`(name: String) async throws {
    let manifests = name == "helm" ? try await Manifests.helm() : try await .kustomize(name)
    var options = TestAPIServer.Options()
    // Nobody else writes.
    options.workloads = nil
    let server = try await TestAPIServer.start(options)
    for name in ["kube-system", "swell-system", "team-a", "team-b"] {
      try await server.apply(yaml: "{apiVersion: v1, kind: Namespace, metadata: {name: \(name)}}")
    }
    for object in manifests.objects {
      let first = try await server.apply(object)
      let second = try await server.apply(object)
      #expect(
        first["metadata", "resourceVersion"] == second["metadata", "resourceVersion"],
        "\(object.identity) changes each time that it is applied")
    }
    await server.stop()
  }

  /// `kubectl apply` without `--server-side` keeps a copy of each object in an annotation, and all annotations together
  /// may have 262,144 bytes. KEDA's ScaledJob definition is too large for it.
  @Test(arguments: Manifests.folders + ["helm"])
  func `every object fits into its own annotation`(name: String) async throws {
    let manifests = name == "helm" ? try await Manifests.helm() : try await .kustomize(name)
    for object in manifests.objects {
      #expect(JSONText.bytes(object).count < 131_072, "\(object.identity)")
    }
  }
}
