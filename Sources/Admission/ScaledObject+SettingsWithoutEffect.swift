public import KubernetesAPI

extension ScaledObject {
  /// KEDA's remarks on settings that have no effect. KEDA's webhook gives them as warnings and records each as an event
  /// `KEDAScalerInfo`.
  public var settingsWithoutEffect: [String] {
    guard spec.effectiveMinReplicaCount > 0, spec.idleReplicaCount != 0 else { return [] }
    var notices: [String] = []
    if spec.pollingInterval != nil, !spec.triggers.contains(where: { $0.useCachedMetrics == true }) {
      notices.append(
        "PollingInterval is configured but is not relevant. PollingInterval is only relevant when minReplicaCount = 0 "
          + "or idleReplicaCount = 0 or useCachedMetrics is enabled")
    }
    if spec.cooldownPeriod != nil {
      notices.append(
        "CooldownPeriod is configured but is not relevant. CooldownPeriod is only relevant when minReplicaCount = 0 "
          + "or idleReplicaCount = 0")
    }
    return notices
  }
}
