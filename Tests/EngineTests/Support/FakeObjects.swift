import Engine
import KubernetesAPI

/// Configuration objects by name.
struct FakeObjects: ConfigurationObjects {
  var triggerAuthentications: [TriggerAuthentication] = []
  var clusterTriggerAuthentications: [ClusterTriggerAuthentication] = []
  var secrets: [Secret] = []
  var configMaps: [ConfigMap] = []
  var workloads: [Workload] = []

  func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? {
    triggerAuthentications.first { $0.metadata.name == name && $0.metadata.namespace == namespace }
  }

  func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? {
    clusterTriggerAuthentications.first { $0.metadata.name == name }
  }

  func secret(_ name: String, namespace: String) -> Secret? {
    secrets.first { $0.metadata.name == name && $0.metadata.namespace == namespace }
  }

  func configMap(_ name: String, namespace: String) -> ConfigMap? {
    configMaps.first { $0.metadata.name == name && $0.metadata.namespace == namespace }
  }

  func workload(_ target: TargetReference) -> Workload? {
    workloads.first { $0.metadata.name == target.name && $0.metadata.namespace == target.namespace }
  }
}
