internal import Foundation
internal import KubernetesAPI
internal import TestSupport
internal import Testing

@Suite struct KustomizeTests {
  @Test func `the base has every object, each in its place`() async throws {
    let base = try await Manifests.base.value
    #expect(
      base.identities == [
        "APIService /v1beta1.external.metrics.k8s.io",
        "ClusterRole /swell-cluster",
        "ClusterRole /swell-external-metrics-reader",
        "ClusterRole /swell-workloads",
        "ClusterRoleBinding /swell-auth-delegator",
        "ClusterRoleBinding /swell-cluster",
        "ClusterRoleBinding /swell-external-metrics-reader",
        "ClusterRoleBinding /swell-workloads",
        "CustomResourceDefinition /clustertriggerauthentications.keda.sh",
        "CustomResourceDefinition /scaledjobs.keda.sh",
        "CustomResourceDefinition /scaledobjects.keda.sh",
        "CustomResourceDefinition /triggerauthentications.keda.sh",
        "Deployment swell-system/swell",
        "Namespace /swell-system",
        "NetworkPolicy swell-system/swell",
        "PodDisruptionBudget swell-system/swell",
        "Role swell-system/swell",
        "RoleBinding kube-system/swell-authentication-reader",
        "RoleBinding swell-system/swell",
        "Service swell-system/swell-metrics-apiserver",
        "Service swell-system/swell-telemetry",
        "Service swell-system/swell-webhooks",
        "ServiceAccount swell-system/swell",
        "ValidatingWebhookConfiguration /swell-admission",
      ])
  }

  @Test(arguments: Manifests.folders)
  func `every folder builds, and no object is in it twice`(folder: String) async throws {
    let manifests = try await Manifests.kustomize(folder)
    #expect(Set(manifests.identities).count == manifests.identities.count)
    #expect(manifests.objects.allSatisfy { $0["apiVersion"]?.text != nil })
  }

  @Test func `the image is the version that is built, in every place that names it`() async throws {
    let source = try Repository.text("Sources/Engine/BuildInfo.swift")
    let version = try #require(source.firstMatch(of: /version = "([^"]+)"/)?.output.1)
    let image = "ghcr.io/swell-autoscaler/swell:\(version)"
    for folder in Manifests.folders {
      #expect(try await Manifests.kustomize(folder).container["image"]?.text == image, "\(folder)")
    }
    #expect(try await Manifests.helm().container["image"]?.text == image)
    #expect(try Repository.text("deploy/Dockerfile").contains("image.version=\"\(version)\""))
  }

  @Test func `the overlay namespaced has rights in its namespaces only`() async throws {
    let overlay = try await Manifests.kustomize("deploy/overlays/namespaced")
    let namespaces = try #require(try overlay.flags["--watch-namespace"]).split(separator: ",").map(String.init)
    #expect(!namespaces.isEmpty)
    let bindings = overlay.all("RoleBinding").filter { $0["roleRef", "name"]?.text == "swell-workloads" }
    #expect(bindings.compactMap { $0["metadata", "namespace"]?.text }.sorted() == namespaces.sorted())
    #expect(!overlay.all("ClusterRoleBinding").contains { $0["roleRef", "name"]?.text == "swell-workloads" })

    let webhooks = try overlay.first("ValidatingWebhookConfiguration", "swell-admission")["webhooks"]?.items ?? []
    for webhook in webhooks {
      let values = webhook["namespaceSelector", "matchExpressions"]?[0]?["values"]?.texts ?? []
      let isCluster = webhook["rules"]?[0]?["scope"]?.text == "Cluster"
      #expect(values == (isCluster ? [] : namespaces), "\(webhook["name"]?.text ?? "")")
    }
  }

  @Test func `the overlay cert-manager mounts what cert-manager writes, and nothing else writes certificates`()
    async throws
  {
    let overlay = try await Manifests.kustomize("deploy/overlays/cert-manager")
    let certificate = try overlay.first("Certificate", "swell-serving")
    let flags = try overlay.flags
    #expect(flags["--manage-certificates"] == "false")
    #expect(flags["--manage-apiservice"] == "false")

    let mount = try #require(try overlay.container["volumeMounts"]?[0])
    #expect(mount["mountPath"]?.text == flags["--cert-dir"])
    #expect(mount["subPath"] == nil, "a file mounted by subPath is never renewed")
    let volume = try #require(try overlay.deployment["spec", "template", "spec", "volumes"]?[0])
    #expect(volume["name"] == mount["name"])
    #expect(volume["secret", "secretName"] == certificate["spec", "secretName"])

    let names = certificate["spec", "dnsNames"]?.texts ?? []
    for service in ["swell-metrics-apiserver", "swell-webhooks"] {
      #expect(names.contains("\(service).swell-system.svc"))
    }
    for (kind, name) in [
      ("APIService", "v1beta1.external.metrics.k8s.io"), ("ValidatingWebhookConfiguration", "swell-admission"),
    ] {
      let source = try overlay.first(kind, name)["metadata", "annotations", "cert-manager.io/inject-ca-from"]?.text
      #expect(source == "swell-system/swell-serving", "\(kind)")
    }
  }

  @Test func `the overlay prometheus-operator scrapes the telemetry service and may`() async throws {
    let overlay = try await Manifests.kustomize("deploy/overlays/prometheus-operator")
    let monitor = try overlay.first("ServiceMonitor", "swell")
    let wanted = monitor["spec", "selector", "matchLabels"]?.strings ?? [:]
    let selected = overlay.all("Service").filter { service in
      wanted.allSatisfy { service["metadata", "labels", $0.key]?.text == $0.value }
    }
    #expect(selected.map { $0["metadata", "name"]?.text } == ["swell-telemetry"])
    let endpoint = try #require(monitor["spec", "endpoints"]?[0])
    #expect(endpoint["port"] == selected.first?["spec", "ports"]?[0]?["name"])
    #expect(endpoint["honorLabels"]?.flag == true, "alerts go by the namespace of the ScaledObject")
  }

  @Test func `the alert rules are those of dashboards`() async throws {
    let rules = try Manifests(yaml: Repository.text("dashboards/swell-rules.yaml")).objects
    let groups = try #require(rules.first?["groups"])
    let overlay = try await Manifests.kustomize("deploy/overlays/prometheus-operator")
    #expect(try overlay.first("PrometheusRule", "swell")["spec", "groups"] == groups, "run scripts/sync-deploy.sh")
    let chart = try await Manifests.helm("--set", "prometheusRule.enabled=true")
    #expect(try chart.first("PrometheusRule", "swell")["spec", "groups"] == groups, "run scripts/sync-deploy.sh")
  }
}
