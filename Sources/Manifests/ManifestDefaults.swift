/// What a cluster would say and files of manifests do not.
package enum ManifestDefaults {
  /// Where the Secrets of ClusterTriggerAuthentications are looked up.
  package static let clusterNamespace = "swell-system"
  /// Of objects that name none, as `kubectl apply` would have it without a context.
  package static let namespace = "default"
  /// Replicas of a workload whose manifest does not say: Kubernetes' own default.
  package static let replicas: Int32 = 1
}
