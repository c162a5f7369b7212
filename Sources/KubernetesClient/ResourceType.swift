/// One kind of object and where the API has it.
public struct ResourceType: Hashable, Sendable {
  /// `apps`; empty for the core group.
  public var group: String
  public var version: String
  /// The plural name in lower case: `deployments`.
  public var resource: String
  public var kind: String
  public var isNamespaced: Bool

  public init(group: String, version: String, resource: String, kind: String, isNamespaced: Bool = true) {
    self.group = group
    self.version = version
    self.resource = resource
    self.kind = kind
    self.isNamespaced = isNamespaced
  }

  /// `apps/v1`, or `v1` in the core group.
  public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

  /// `deployments.apps`, or `pods` in the core group: how messages name it.
  public var groupResource: String { group.isEmpty ? resource : "\(resource).\(group)" }

  /// The path below the server's address: `/apis/apps/v1/namespaces/default/deployments/web/scale`.
  ///
  /// Names are percent-encoded, so that no name can reach beyond its segment of the path.
  /// - Parameters:
  ///   - namespace: nil for all namespaces; not looked at when the resource has none.
  ///   - name: nil for the whole list.
  public func path(namespace: String?, name: String? = nil, subresource: String? = nil) -> String {
    var path = (group.isEmpty ? "/api/" : "/apis/\(PercentEncoding.segment(group))/") + PercentEncoding.segment(version)
    if isNamespaced, let namespace { path += "/namespaces/" + PercentEncoding.segment(namespace) }
    path += "/" + PercentEncoding.segment(resource)
    if let name { path += "/" + PercentEncoding.segment(name) }
    if let subresource { path += "/" + PercentEncoding.segment(subresource) }
    return path
  }
}

extension ResourceType {
  public static let scaledObjects = ResourceType(
    group: "keda.sh", version: "v1alpha1", resource: "scaledobjects", kind: "ScaledObject")
  public static let scaledJobs = ResourceType(
    group: "keda.sh", version: "v1alpha1", resource: "scaledjobs", kind: "ScaledJob")
  public static let triggerAuthentications = ResourceType(
    group: "keda.sh", version: "v1alpha1", resource: "triggerauthentications", kind: "TriggerAuthentication")
  public static let clusterTriggerAuthentications = ResourceType(
    group: "keda.sh", version: "v1alpha1", resource: "clustertriggerauthentications",
    kind: "ClusterTriggerAuthentication", isNamespaced: false)
  public static let horizontalPodAutoscalers = ResourceType(
    group: "autoscaling", version: "v2", resource: "horizontalpodautoscalers", kind: "HorizontalPodAutoscaler")
  public static let deployments = ResourceType(
    group: "apps", version: "v1", resource: "deployments", kind: "Deployment")
  public static let statefulSets = ResourceType(
    group: "apps", version: "v1", resource: "statefulsets", kind: "StatefulSet")
  public static let secrets = ResourceType(group: "", version: "v1", resource: "secrets", kind: "Secret")
  public static let configMaps = ResourceType(group: "", version: "v1", resource: "configmaps", kind: "ConfigMap")
  public static let pods = ResourceType(group: "", version: "v1", resource: "pods", kind: "Pod")
  public static let limitRanges = ResourceType(group: "", version: "v1", resource: "limitranges", kind: "LimitRange")
  public static let namespaces = ResourceType(
    group: "", version: "v1", resource: "namespaces", kind: "Namespace", isNamespaced: false)
  public static let leases = ResourceType(
    group: "coordination.k8s.io", version: "v1", resource: "leases", kind: "Lease")
  public static let events = ResourceType(group: "events.k8s.io", version: "v1", resource: "events", kind: "Event")
  public static let apiServices = ResourceType(
    group: "apiregistration.k8s.io", version: "v1", resource: "apiservices", kind: "APIService", isNamespaced: false)
  public static let validatingWebhookConfigurations = ResourceType(
    group: "admissionregistration.k8s.io", version: "v1", resource: "validatingwebhookconfigurations",
    kind: "ValidatingWebhookConfiguration", isNamespaced: false)
  public static let tokenReviews = ResourceType(
    group: "authentication.k8s.io", version: "v1", resource: "tokenreviews", kind: "TokenReview", isNamespaced: false)
  public static let subjectAccessReviews = ResourceType(
    group: "authorization.k8s.io", version: "v1", resource: "subjectaccessreviews", kind: "SubjectAccessReview",
    isNamespaced: false)
}
