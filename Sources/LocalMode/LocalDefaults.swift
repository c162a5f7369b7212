/// What a cluster would say and one machine does not.
enum LocalDefaults {
  /// Where the Secrets of ClusterTriggerAuthentications are looked up.
  static let clusterNamespace = "swell-system"
  /// Replicas of a workload whose manifest does not say: Kubernetes' own default.
  static let replicas: Int32 = 1
}
