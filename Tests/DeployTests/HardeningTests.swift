internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// The pod standard "restricted", and what keeps two replicas alive.
@Suite struct HardeningTests {
  @Test(arguments: AccessRulesTests.installations)
  func `every container runs with the least that it can`(name: String) async throws {
    let manifests = name == "helm" ? try await Manifests.helm() : try await Manifests.kustomize(name)
    let pod = try #require(try manifests.deployment["spec", "template", "spec"])
    #expect(pod["securityContext", "runAsNonRoot"]?.flag == true)
    #expect(pod["securityContext", "runAsUser"]?.int == 65_532)
    #expect(pod["securityContext", "seccompProfile", "type"]?.text == "RuntimeDefault")
    for field in ["hostNetwork", "hostPID", "hostIPC"] { #expect(pod[field] == nil) }

    let containers = (pod["containers"]?.items ?? []) + (pod["initContainers"]?.items ?? [])
    #expect(!containers.isEmpty)
    for container in containers {
      let context = container["securityContext"]
      #expect(context?["allowPrivilegeEscalation"]?.flag == false)
      #expect(context?["privileged"]?.flag == false)
      #expect(context?["readOnlyRootFilesystem"]?.flag == true)
      #expect(context?["runAsNonRoot"]?.flag == true)
      #expect(context?["capabilities", "drop"]?.texts == ["ALL"])
      #expect(context?["capabilities", "add"] == nil)
      for side in ["requests", "limits"] {
        #expect(container["resources", side, "cpu"] != nil && container["resources", side, "memory"] != nil)
      }
      for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        #expect(container[probe, "httpGet", "port"]?.text == "health")
      }
      #expect(container["readinessProbe", "httpGet", "path"]?.text == "/readyz")
      #expect(container["livenessProbe", "httpGet", "path"]?.text == "/healthz")
    }
    #expect(pod["terminationGracePeriodSeconds"]?.int == 10)
  }

  @Test func `the image runs as the user that the pod demands`() async throws {
    let lines = try Repository.text("deploy/Dockerfile").split(separator: "\n")
    #expect(lines.contains("USER 65532:65532"))
    let stages = lines.filter { $0.hasPrefix("FROM ") }
    #expect(stages.count == 2)
    #expect(stages.last == "FROM debian:bookworm-slim")
  }

  /// What is linked when building here is what the image installs.
  @Test func `the image is built with the libraries that a build on this machine uses`() async throws {
    let dockerfile = try Repository.text("deploy/Dockerfile")
    for line in try Repository.text("scripts/install-dependencies.sh").split(separator: "\n")
    where line.contains("(linked)") {
      let package = try #require(line.split(separator: "|").first)
      #expect(dockerfile.contains(" \(package)"), "\(package)")
    }
  }

  @Test func `the namespace refuses pods that are not restricted`() async throws {
    let labels = try await Manifests.base.value.first("Namespace", "swell-system")["metadata", "labels"]?.strings ?? [:]
    #expect(labels["pod-security.kubernetes.io/enforce"] == "restricted")
  }

  @Test func `two replicas, never on purpose fewer than one`() async throws {
    let base = try await Manifests.base.value
    let deployment = try base.deployment
    #expect(deployment["spec", "replicas"]?.int == 2)
    #expect(deployment["spec", "strategy", "rollingUpdate", "maxUnavailable"]?.int == 0)
    #expect(try base.first("PodDisruptionBudget", "swell")["spec", "minAvailable"]?.int == 1)
    let spread = deployment["spec", "template", "spec", "topologySpreadConstraints"]?.items ?? []
    let keys = spread.map { $0["topologyKey"]?.text ?? "" }
    #expect(keys.contains("kubernetes.io/hostname"))
  }

  @Test func `the network policy lets in what calls Swell, and no more`() async throws {
    let spec = try #require(try await Manifests.base.value.first("NetworkPolicy", "swell")["spec"])
    #expect(spec["policyTypes"]?.texts == ["Ingress"])
    var open: Set<String> = []
    for rule in spec["ingress"]?.items ?? [] {
      let ports = (rule["ports"]?.items ?? []).compactMap { $0["port"]?.text }
      #expect(!ports.isEmpty, "a rule without ports opens all of them")
      if rule["from"] == nil { open.formUnion(ports) } else { #expect(ports == ["telemetry"]) }
    }
    #expect(open == ["metrics-api", "webhook", "health"])
  }
}
