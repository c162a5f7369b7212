internal import Engine
internal import KubernetesAPI
internal import Synchronization

/// The cluster's objects, noting what was asked for and which version was answered. Asking again afterwards would not do:
/// an object that changes meanwhile would have its new version in the notes and its old content in the plan.
final class RecordingObjects: ConfigurationObjects {
  private struct Notes {
    var references: Set<ConfigurationReference> = []
    var versions: [String: String?] = [:]
    var template: PodTemplate?
  }

  private let objects: any ConfigurationObjects
  private let notes = Mutex(Notes())

  init(_ objects: any ConfigurationObjects) { self.objects = objects }

  var references: Set<ConfigurationReference> { notes.withLock { $0.references } }
  /// By kind, namespace and name: the version of each TriggerAuthentication, Secret and ConfigMap; nil where it is missing.
  var versions: [String: String?] { notes.withLock { $0.versions } }
  var template: PodTemplate? { notes.withLock { $0.template } }

  func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? {
    let object = objects.triggerAuthentication(name, namespace: namespace)
    note("TriggerAuthentication/\(namespace)/\(name)", object?.metadata.specificationVersion)
    return object
  }

  func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? {
    let object = objects.clusterTriggerAuthentication(name)
    note("ClusterTriggerAuthentication/\(name)", object?.metadata.specificationVersion)
    return object
  }

  func secret(_ name: String, namespace: String) -> Secret? {
    refer(.secret, name, namespace)
    let object = objects.secret(name, namespace: namespace)
    note("Secret/\(namespace)/\(name)", object?.metadata.resourceVersion)
    return object
  }

  func configMap(_ name: String, namespace: String) -> ConfigMap? {
    refer(.configMap, name, namespace)
    let object = objects.configMap(name, namespace: namespace)
    note("ConfigMap/\(namespace)/\(name)", object?.metadata.resourceVersion)
    return object
  }

  func workload(_ target: TargetReference) -> Workload? {
    let workload = objects.workload(target)
    notes.withLock { notes in
      if notes.template == nil { notes.template = workload?.spec?.template }
    }
    return workload
  }

  private func refer(_ kind: ConfigurationReference.Kind, _ name: String, _ namespace: String) {
    _ = notes.withLock {
      $0.references.insert(ConfigurationReference(kind: kind, namespace: namespace, name: name))
    }
  }

  /// Of an object that was asked for twice, the first version counts: if it is another by now, the plan is made anew.
  private func note(_ object: String, _ version: String?) {
    notes.withLock { notes in
      if notes.versions[object] == nil { notes.versions[object] = .some(version) }
    }
  }
}

extension ObjectMeta {
  /// The status of an authentication names its users and changes with each of them: only its specification counts.
  fileprivate var specificationVersion: String { "\(uid ?? "").\(generation ?? 0)" }
}
