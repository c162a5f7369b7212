public import KubernetesAPI

/// The objects that a ScaledObject refers to: a cluster's, or those of a folder of manifests.
public protocol ConfigurationObjects: Sendable {
  func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication?
  func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication?
  func secret(_ name: String, namespace: String) -> Secret?
  func configMap(_ name: String, namespace: String) -> ConfigMap?
  func workload(_ target: TargetReference) -> Workload?
}
