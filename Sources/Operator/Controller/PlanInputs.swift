internal import KubernetesAPI

/// Everything that a plan depends on. The same inputs make the same plan: then there is nothing to do anew.
struct PlanInputs: Hashable, Sendable {
  var uid: String?
  var generation: Int64?
  var labels: [String: String]?
  var annotations: [String: String]?
  /// Containers of the scale target, where triggers take settings from their environment.
  var template: PodTemplate?
  /// By kind, namespace and name: the version of each TriggerAuthentication, Secret and ConfigMap; nil where it is missing.
  var versions: [String: String?]
}
