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
    switch cache.references.follow(references, for: object.objectKey) {
    case .incomplete: return cache.references.refusal(of: references).map { .refused($0) } ?? .waiting
    // Nobody told this object of what changed between reading and following.
    case .begun: return plan(object, now: now)
    case .followed: break
    }
    let inputs = PlanInputs(
      uid: object.metadata.uid, generation: object.metadata.generation, labels: object.metadata.labels,
      annotations: object.metadata.annotations, template: recorder.template, versions: recorder.versions)
    return .made(outcome, inputs)
  }
}

extension ScaledObject {
  var target: TargetReference {
    TargetReference(
      namespace: metadata.namespace ?? "default", apiVersion: spec.scaleTargetRef.effectiveAPIVersion,
      kind: spec.scaleTargetRef.effectiveKind, name: spec.scaleTargetRef.name)
  }
}
