internal import Engine
internal import KubernetesAPI
internal import Synchronization

/// The cluster's objects, noting which Secrets and ConfigMaps are asked for.
final class RecordingObjects: ConfigurationObjects {
  private let objects: ClusterCache
  private let asked = Mutex<Set<ConfigurationReference>>([])

  init(_ objects: ClusterCache) { self.objects = objects }

  var references: Set<ConfigurationReference> { asked.withLock { $0 } }

  func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? {
    objects.triggerAuthentication(name, namespace: namespace)
  }

  func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? {
    objects.clusterTriggerAuthentication(name)
  }

  func secret(_ name: String, namespace: String) -> Secret? {
    note(.secret, name, namespace)
    return objects.secret(name, namespace: namespace)
  }

  func configMap(_ name: String, namespace: String) -> ConfigMap? {
    note(.configMap, name, namespace)
    return objects.configMap(name, namespace: namespace)
  }

  func workload(_ target: TargetReference) -> Workload? { objects.workload(target) }

  private func note(_ kind: ConfigurationReference.Kind, _ name: String, _ namespace: String) {
    _ = asked.withLock { $0.insert(ConfigurationReference(kind: kind, namespace: namespace, name: name)) }
  }
}
