internal import KubernetesAPI

/// What every cluster has.
enum BuiltInResources {
  static func all() throws(APIError) -> [ResourceDefinition] {
    try core() + workloads() + autoscaling() + machinery() + events() + authorization()
  }

  private static func plain(
    _ group: String, _ version: String, _ resource: String, _ kind: String, namespaced: Bool = true,
    short: [String] = [], status: Bool = false, generation: Bool = false
  ) -> ResourceDefinition {
    var type = ResourceDefinition(group, version, resource, kind)
    type.isNamespaced = namespaced
    type.shortNames = short
    type.hasStatus = status
    type.tracksGeneration = generation
    return type
  }

  private static func core() throws(APIError) -> [ResourceDefinition] {
    var namespaces = plain("", "v1", "namespaces", "Namespace", namespaced: false, short: ["ns"], status: true)
    namespaces.prepare = { new, old in
      var new = new
      if old == nil {
        new["spec", "finalizers"] = ["kubernetes"]
        new["status", "phase"] = "Active"
        new["metadata", "labels", "kubernetes.io/metadata.name"] = .string(new.name)
      }
      return new
    }
    namespaces.columns = [.text("Status", "status", "phase")]
    var pods = plain("", "v1", "pods", "Pod", short: ["po"], status: true, generation: true)
    pods.fieldLabels = ["status.phase": ["status", "phase"], "spec.nodeName": ["spec", "nodeName"]]
    pods.columns = BuiltInColumns.pods
    pods.prepare = { new, old in
      var new = new
      if old == nil, new["status", "phase"] == nil { new["status", "phase"] = "Pending" }
      return new
    }
    var secrets = plain("", "v1", "secrets", "Secret")
    secrets.fieldLabels = ["type": ["type"]]
    secrets.columns = BuiltInColumns.secrets
    secrets.prepare = { new, _ in Defaults.secret(new) }
    secrets.validate = { new, old in Validation.secret(new, old) }
    var configMaps = plain("", "v1", "configmaps", "ConfigMap", short: ["cm"])
    configMaps.columns = BuiltInColumns.configMaps
    configMaps.validate = { new, old in Validation.configMap(new, old) }
    var services = plain("", "v1", "services", "Service", short: ["svc"], status: true)
    services.prepare = { new, _ in
      var new = new
      if new["spec", "type"] == nil { new["spec", "type"] = "ClusterIP" }
      return new
    }
    return [
      namespaces, pods, secrets, configMaps, services,
      plain("", "v1", "serviceaccounts", "ServiceAccount", short: ["sa"]),
      plain("", "v1", "limitranges", "LimitRange", short: ["limits"]),
      plain("", "v1", "resourcequotas", "ResourceQuota", short: ["quota"], status: true),
      plain("", "v1", "endpoints", "Endpoints", short: ["ep"]),
      plain("", "v1", "nodes", "Node", namespaced: false, short: ["no"], status: true),
      plain("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
      plain("batch", "v1", "jobs", "Job", status: true, generation: true),
    ]
  }

  private static func workloads() throws(APIError) -> [ResourceDefinition] {
    var result: [ResourceDefinition] = []
    for (resource, kind, short) in [
      ("deployments", "Deployment", "deploy"), ("statefulsets", "StatefulSet", "sts"),
      ("replicasets", "ReplicaSet", "rs"),
    ] {
      var type = plain("apps", "v1", resource, kind, short: [short], status: true, generation: true)
      type.categories = ["all"]
      type.scale = .init(spec: ["spec", "replicas"], status: ["status", "replicas"], selector: nil)
      type.schema = try BuiltInSchemas.workload()
      type.columns = BuiltInColumns.workloads
      type.prepare = { new, old in Defaults.workload(new, old, kind: kind) }
      type.validate = { new, old in Validation.workload(new, old) }
      result.append(type)
    }
    return result + [plain("apps", "v1", "daemonsets", "DaemonSet", short: ["ds"], status: true, generation: true)]
  }

  private static func autoscaling() throws(APIError) -> [ResourceDefinition] {
    var type = plain("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", short: ["hpa"])
    type.hasStatus = true
    type.categories = ["all"]
    type.schema = try BuiltInSchemas.horizontalPodAutoscaler()
    type.columns = BuiltInColumns.autoscalers
    type.prepare = { new, old in HPAStrategy.prepared(new, old) }
    type.validate = { new, _ in HPAStrategy.findings(in: new) }
    return [type]
  }

  private static func machinery() throws(APIError) -> [ResourceDefinition] {
    var leases = plain("coordination.k8s.io", "v1", "leases", "Lease")
    leases.schema = try BuiltInSchemas.lease()
    leases.validate = { new, _ in Validation.lease(new) }
    leases.columns = [.text("Holder", "spec", "holderIdentity")]
    var services = plain(
      "apiregistration.k8s.io", "v1", "apiservices", "APIService", namespaced: false, status: true)
    services.schema = try BuiltInSchemas.apiService()
    services.columns = BuiltInColumns.apiServices
    services.validate = { new, _ in Validation.apiService(new) }
    services.prepare = { new, _ in
      var new = new
      if new["spec", "service"]?.fields != nil, new["spec", "service", "port"] == nil {
        new["spec", "service", "port"] = 443
      }
      return new
    }
    var webhooks = plain(
      "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration",
      namespaced: false, generation: true)
    webhooks.schema = try BuiltInSchemas.validatingWebhooks()
    webhooks.prepare = { new, _ in Defaults.webhooks(new) }
    webhooks.validate = { new, _ in Validation.webhooks(new) }
    var definitions = plain(
      "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", namespaced: false,
      short: ["crd", "crds"], status: true, generation: true)
    definitions.columns = [.text("Created At", "metadata", "creationTimestamp")]
    definitions.prepare = { new, old in CustomResources.prepared(new, old) }
    definitions.validate = { new, old in CustomResources.findings(in: new, old: old) }
    return [
      leases, services, webhooks, definitions,
      plain("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", short: ["pdb"], status: true),
      plain("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", short: ["netpol"]),
      plain("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", namespaced: false, short: ["pc"]),
    ]
  }

  private static func events() throws(APIError) -> [ResourceDefinition] {
    var events = plain("events.k8s.io", "v1", "events", "Event", short: ["ev"])
    events.schema = try BuiltInSchemas.event()
    events.fieldLabels = EventConversion.newLabels
    events.columns = BuiltInColumns.events
    events.validate = { new, old in Validation.event(new, old) }
    var core = plain("", "v1", "events", "Event", short: ["ev"])
    core.storageKey = events.storageKey
    core.fieldLabels = EventConversion.oldLabels
    core.columns = BuiltInColumns.events
    core.conversion = .init(toStorage: EventConversion.toNew, fromStorage: EventConversion.toOld)
    return [core, events]
  }

  private static func authorization() throws(APIError) -> [ResourceDefinition] {
    let group = "rbac.authorization.k8s.io"
    var reviews = [
      plain("authentication.k8s.io", "v1", "tokenreviews", "TokenReview", namespaced: false),
      plain("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", namespaced: false),
      plain("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", namespaced: false),
    ]
    for index in reviews.indices { reviews[index].verbs = ["create"] }
    return reviews + [
      plain(group, "v1", "roles", "Role"), plain(group, "v1", "rolebindings", "RoleBinding"),
      plain(group, "v1", "clusterroles", "ClusterRole", namespaced: false),
      plain(group, "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced: false),
    ]
  }
}

extension ResourceDefinition.Column {
  static func text(_ name: String, _ path: String...) -> Self {
    Self(name: name) { object, _ in
      switch object[path: path[...]] {
      case .string(let text): .string(text)
      case .integer(let number): .string(String(number))
      case .bool(let flag): .string(flag ? "true" : "false")
      default: ""
      }
    }
  }
}
