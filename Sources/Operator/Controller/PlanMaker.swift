internal import Engine
internal import KubernetesAPI
internal import Polling

/// Makes the plans of ScaledObjects from the cluster's objects, and sees to it that what they refer to is watched.
struct PlanMaker: Sendable {
  let cache: ClusterCache
  let version: String
  /// Where Secrets and ConfigMaps of ClusterTriggerAuthentications are.
  let clusterNamespace: String

  enum Result: Sendable {
    /// A Secret or ConfigMap is being looked up for the first time; the object is looked at again when it is known.
    case waiting
    /// A Secret or ConfigMap may not be read: which, and why.
    case refused(String)
    case made(ObjectPlanner.Outcome, PlanInputs)
  }

  func plan(_ object: ScaledObject, now: Timestamp) -> Result {
    let recorder = RecordingObjects(cache)
    let planner = ObjectPlanner(
      objects: recorder, version: version, clusterNamespace: clusterNamespace, holdsToWebhookRules: false)
    let outcome = planner.plan(object, now: now)
    let references = recorder.references
    guard cache.references.follow(references, for: object.objectKey) else {
      return cache.references.refusal(of: references).map { .refused($0) } ?? .waiting
    }
    return .made(outcome, inputs(of: object, references: references))
  }

  private func inputs(of object: ScaledObject, references: Set<ConfigurationReference>) -> PlanInputs {
    let namespace = object.metadata.namespace ?? "default"
    var versions: [String: String?] = [:]
    for reference in references {
      let isSecret = reference.kind == .secret
      let metadata =
        isSecret
        ? cache.secret(reference.name, namespace: reference.namespace)?.metadata
        : cache.configMap(reference.name, namespace: reference.namespace)?.metadata
      versions["\(isSecret ? "Secret" : "ConfigMap")/\(reference.namespace)/\(reference.name)"] =
        .some(metadata?.resourceVersion)
    }
    for reference in object.spec.triggers.compactMap(\.authenticationRef) {
      let isCluster = reference.kind == ClusterTriggerAuthentication.kind
      let metadata =
        isCluster
        ? cache.clusterTriggerAuthentication(reference.name)?.metadata
        : cache.triggerAuthentication(reference.name, namespace: namespace)?.metadata
      // Its status names its users and changes with each of them: only its specification counts.
      versions["\(isCluster ? "Cluster" : "")TriggerAuthentication/\(reference.name)"] =
        .some(metadata.map { "\($0.uid ?? "").\($0.generation ?? 0)" })
    }
    return PlanInputs(
      uid: object.metadata.uid, generation: object.metadata.generation, labels: object.metadata.labels,
      annotations: object.metadata.annotations, template: cache.workload(object.target)?.spec?.template,
      versions: versions)
  }
}

extension ScaledObject {
  var target: TargetReference {
    TargetReference(
      namespace: metadata.namespace ?? "default", apiVersion: spec.scaleTargetRef.effectiveAPIVersion,
      kind: spec.scaleTargetRef.effectiveKind, name: spec.scaleTargetRef.name)
  }
}
