internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Synchronization

/// Workloads of kinds that Swell does not watch, whose containers' environment a ScaledObject takes settings from: read
/// when the ScaledObject is looked at, and only then.
final class OtherWorkloads: Sendable {
  fileprivate struct State {
    var records: [TargetReference: WorkloadRecord] = [:]
    var targets: [ObjectKey: TargetReference] = [:]
  }

  private let state = Mutex(State())

  func record(of target: TargetReference) -> WorkloadRecord? { state.withLock { $0.records[target] } }

  /// What an object's target is like now; nil forgets it.
  func set(_ record: WorkloadRecord?, of target: TargetReference, for key: ObjectKey) {
    state.withLock { state in
      let previous = state.targets.updateValue(target, forKey: key)
      state.records[target] = record
      if record == nil { state.targets[key] = nil }
      if let previous, previous != target { state.drop(previous) }
    }
  }

  /// The object takes nothing from its target any more, or is gone.
  func forget(_ key: ObjectKey) {
    state.withLock { state in
      if let target = state.targets.removeValue(forKey: key) { state.drop(target) }
    }
  }
}

extension OtherWorkloads.State {
  fileprivate mutating func drop(_ target: TargetReference) {
    if !targets.values.contains(target) { records[target] = nil }
  }
}

extension ScaledObjectController {
  /// Reads the pod template of a target of a kind that is not watched, where settings come from its containers.
  func readEnvironment(of object: ScaledObject) async {
    let target = object.target
    let key = object.objectKey
    guard WorkloadKind(target) == nil, takesSettingsFromContainers(object) else {
      return parts.cache.otherWorkloads.forget(key)
    }
    do {
      let type = try await parts.mapper.resource(apiVersion: target.apiVersion, kind: target.kind).type
      let record: WorkloadRecord = try await parts.client.get(type, namespace: target.namespace, name: target.name)
      parts.cache.otherWorkloads.set(record.slim, of: target, for: key)
      environments.ended(key)
    } catch {
      // What was read before holds until it is known that it is gone.
      if error.code == .notFound { parts.cache.otherWorkloads.set(nil, of: target, for: key) }
      environments.failed(key, error, ["target": "\(target)"])
    }
  }

  private func takesSettingsFromContainers(_ object: ScaledObject) -> Bool {
    object.spec.scaleTargetRef.envSourceContainerName != nil
      || object.spec.triggers.contains { $0.metadata.keys.contains { $0.hasSuffix("FromEnv") } }
      || object.referencedAuthentications.contains { reference in
        let spec =
          if let namespace = reference.namespace {
            parts.cache.triggerAuthentication(reference.name, namespace: namespace)?.spec
          } else {
            parts.cache.clusterTriggerAuthentication(reference.name)?.spec
          }
        return !(spec?.env ?? []).isEmpty
      }
  }
}
