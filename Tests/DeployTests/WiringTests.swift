internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Names and ports that are written in several places agree.
@Suite struct WiringTests {
  static let installations = Manifests.folders + ["helm", "helm other"]

  private func manifests(_ name: String) async throws -> Manifests {
    switch name {
    case "helm": try await .helm()
    case "helm other":
      try await .helm(
        "--set", "fullnameOverride=other,metricsApi.port=7443,webhook.port=7444,metrics.port=7080,health.port=7081")
    default: try await .kustomize(name)
    }
  }

  @Test(arguments: installations)
  func `services find the pods, and the ports that they name`(name: String) async throws {
    let manifests = try await manifests(name)
    let template = try #require(manifests.all("Deployment").first?["spec", "template"])
    let labels = template["metadata", "labels"]?.strings ?? [:]
    let ports = (template["spec", "containers"]?[0]?["ports"]?.items ?? []).compactMap { $0["name"]?.text }
    #expect(manifests.all("Service").count == 3)
    let selectors =
      manifests.all("Service").map { $0["spec", "selector"] }
      + manifests.all("PodDisruptionBudget").map { $0["spec", "selector", "matchLabels"] }
      + manifests.all("NetworkPolicy").map { $0["spec", "podSelector", "matchLabels"] }
      + manifests.all("Deployment").map { $0["spec", "selector", "matchLabels"] }
    for selector in selectors {
      let wanted = selector?.strings ?? [:]
      #expect(!wanted.isEmpty)
      #expect(wanted.allSatisfy { labels[$0.key] == $0.value })
    }
    for service in manifests.all("Service") {
      for port in service["spec", "ports"]?.items ?? [] {
        #expect(ports.contains(port["targetPort"]?.text ?? ""), "\(service.identity)")
      }
    }
  }

  @Test(arguments: installations)
  func `the arguments say the same ports and names as the objects`(name: String) async throws {
    let manifests = try await manifests(name)
    let container = try #require(manifests.all("Deployment").first?["spec", "template", "spec", "containers"]?[0])
    let arguments = container["args"]?.texts ?? []
    var ports: [String: Int64] = [:]
    for port in container["ports"]?.items ?? [] { ports[port["name"]?.text ?? ""] = port["containerPort"]?.int }
    #expect(arguments.first == "run")
    for (flag, port) in [
      ("--secure-port=", "metrics-api"), ("--webhook-port=", "webhook"), ("--metrics-bind-address=:", "telemetry"),
      ("--health-probe-bind-address=:", "health"),
    ] {
      #expect(arguments.contains("\(flag)\(ports[port] ?? -1)"), "\(flag)")
    }
    let services = Set(manifests.all("Service").compactMap { $0["metadata", "name"]?.text })
    let api = try manifests.first("APIService", "v1beta1.external.metrics.k8s.io")["spec"]
    let metricsService = api?["service", "name"]?.text ?? ""
    #expect(services.contains(metricsService))
    #expect(arguments.contains("--service-name=\(metricsService)"))
    #expect(api?["service", "namespace"]?.text == "swell-system")
    #expect(api?["insecureSkipTLSVerify"] == nil)
    #expect(api?["caBundle"] == nil)
    #expect(api?["group"]?.text == "external.metrics.k8s.io" && api?["version"]?.text == "v1beta1")
    #expect(api?["groupPriorityMinimum"]?.int == 100 && api?["versionPriority"]?.int == 100)

    let configuration = try #require(manifests.all("ValidatingWebhookConfiguration").first)
    #expect(arguments.contains("--webhook-configuration=\(configuration["metadata", "name"]?.text ?? "")"))
    let paths = try (configuration["webhooks"]?.items ?? []).map { webhook in
      let service = try #require(webhook["clientConfig", "service"])
      #expect(services.contains(service["name"]?.text ?? ""))
      #expect(arguments.contains("--webhook-service-name=\(service["name"]?.text ?? "")"))
      #expect(webhook["failurePolicy"]?.text == "Ignore")
      #expect(webhook["sideEffects"]?.text == "None")
      #expect(webhook["timeoutSeconds"]?.int == 10)
      #expect(webhook["rules"]?[0]?["operations"]?.texts == ["CREATE", "UPDATE"])
      // The path of a resource is its singular.
      let resource = webhook["rules"]?[0]?["resources"]?[0]?.text ?? ""
      #expect(service["path"]?.text == "/validate-keda-sh-v1alpha1-\(resource.dropLast())")
      return service["path"]?.text ?? ""
    }
    #expect(Set(paths).count == 4)
  }

  @Test func `the webhooks are for kinds that have a definition here`() async throws {
    let base = try await Manifests.base.value
    let definitions = base.all("CustomResourceDefinition").compactMap { $0["spec", "names", "plural"]?.text }
    let checked = (try base.first("ValidatingWebhookConfiguration", "swell-admission")["webhooks"]?.items ?? [])
      .compactMap { $0["rules"]?[0]?["resources"]?[0]?.text }
    #expect(checked.sorted() == definitions.sorted())
  }
}
