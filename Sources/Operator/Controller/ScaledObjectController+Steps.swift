internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling

/// The single steps of reconciling.
extension ScaledObjectController {
  // MARK: Finalizer and label

  /// Writes the finalizer, and the label by which metrics are found, where they are missing.
  /// - Returns: the object as it is then.
  func mark(_ object: ScaledObject, withLabel: Bool) async throws(KubernetesError) -> ScaledObject {
    var object = object
    if withLabel, object.metadata.name.utf8.count > 63 {
      // The API refuses such a label. As in KEDA, the finalizer is there nevertheless.
      object = try await mark(object, withLabel: false)
    }
    var metadata: [String: JSONValue] = [:]
    let finalizers = object.metadata.finalizers ?? []
    if !finalizers.contains(ScaledObject.finalizer) {
      metadata["finalizers"] = .array((finalizers + [ScaledObject.finalizer]).map { .string($0) })
    }
    if withLabel, object.metadata.labels?[ScaledObject.nameLabel] != object.metadata.name {
      metadata["labels"] = .object([ScaledObject.nameLabel: .string(object.metadata.name)])
    }
    guard !metadata.isEmpty else { return object }
    // A list in a merge patch replaces what is there: only the version that was read may be patched.
    metadata["resourceVersion"] = object.metadata.resourceVersion.map { .string($0) }
    let marked: ScaledObject = try await parts.client.patch(
      .merge(.object(["metadata": .object(metadata)])), .scaledObjects, namespace: object.metadata.namespace,
      name: object.metadata.name)
    return marked.slim
  }

  // MARK: Scale target

  struct ResolvedTarget {
    var resource: GroupVersionKindResource
    /// `spec.replicas` of `/scale`.
    var replicas: Int32
  }

  /// - Throws: `ReconcileFailure` when there is no such workload or it cannot be scaled; `KubernetesError` when nobody
  ///   can tell.
  func resolveTarget(of object: ScaledObject) async throws -> ResolvedTarget {
    let target = object.target
    guard !target.name.isEmpty else {
      throw ReconcileFailure(.scaleTargetRef, "spec.scaleTargetRef.name is empty: name the workload to scale")
    }
    let mapped: ResourceMapper.Mapped
    do {
      mapped = try await parts.mapper.resource(apiVersion: target.apiVersion, kind: target.kind)
    } catch {
      guard error.code == .notFound else { throw Obstacle(stage: .scaleTargetRef, cause: error) }
      throw ReconcileFailure(
        .scaleTargetRef,
        "no resource of kind \(shortened(target.kind)) in \(shortened(target.apiVersion)): correct apiVersion and kind, "
          + "or install its CustomResourceDefinition", event: Self.missing)
    }
    let type = mapped.type
    do {
      let state = try await parts.targets.state(of: target)
      return ResolvedTarget(
        resource: GroupVersionKindResource(
          group: type.group, version: type.version, kind: type.kind, resource: type.resource),
        replicas: state.specReplicas)
    } catch {
      switch error.code {
      case .missing: throw try await missing(target, mapped)
      case .unset: throw ReconcileFailure(.scaleTargetRef, error.message, event: Self.notScalable)
      case .refused: throw ReconcileFailure(.scaleTargetRef, refusal: error.message)
      case .overtaken, .failed: throw Obstacle(stage: .scaleTargetRef, cause: error)
      }
    }
  }

  /// Whether the workload is missing, or only its `/scale`.
  private func missing(
    _ target: TargetReference, _ mapped: ResourceMapper.Mapped
  ) async throws(KubernetesError) -> ReconcileFailure {
    let hasNoScale = ReconcileFailure(
      .scaleTargetRef, "\(target) has no /scale subresource: name a workload that can be scaled",
      event: Self.notScalable)
    guard mapped.hasScale else { return hasNoScale }
    do {
      let _: IgnoredAnswer = try await parts.client.get(mapped.type, namespace: target.namespace, name: target.name)
      return hasNoScale
    } catch  where error.code == .notFound || error.code == .forbidden {
      return ReconcileFailure(
        .scaleTargetRef, "\(target) does not exist: create it, or correct spec.scaleTargetRef", event: Self.missing)
    }
  }

  private static let missing = "Target resource doesn't exist"
  private static let notScalable = "Target resource doesn't expose /scale subresource"

  // MARK: Pause

  /// A full pause: first it is said, then the HPA goes, then the target is set.
  func pauseFully(
    _ object: ScaledObject, _ pause: PauseRule, _ facts: StatusFacts
  ) async throws -> WorkQueue<ObjectKey>.Outcome {
    let key = object.objectKey
    let current = parts.status.status(of: object)
    var facts = facts
    facts.pausedReplicaCount = pause.pausedReplicaCount
    facts.ready = .readyWhilePaused
    if case .unreadable(let error) = pause.full {
      facts.ready = .checkFailed(ReconcileFailure(.pause, error.description).message)
      facts.active = .activityUnknown
    }
    let told = facts
    // What the API refused is tried again below; until it gives in, the status stays as it is.
    if let refusal = failure(of: key), refusal.isRefusal {
      facts.ready = .checkFailed(refusal.message)
      facts.active = .activityUnknown
    }
    parts.status.update(key, facts: facts)
    try await parts.status.writeNow(key)
    if !(current?.isPaused ?? false) { parts.events.record(.paused, about: object) }
    loopEnds(key)
    // Nothing polls and nobody else decides from here on.
    await readEnvironment(of: object)
    let planned = planner.plan(object, now: parts.time.now())
    var isKnown = false
    if case .made(_, let inputs) = planned { isKnown = isHanded(inputs, of: key) }
    if !isKnown { await drop(key) }
    let wasScaled = try await refusable(.pausedHPA) { () async throws(KubernetesError) in
      try await parts.hpas.delete(current?.hpaName ?? object.hpaName, of: object)
    }
    if wasScaled { parts.events.scalersStopped(object) }
    if case .unreadable(let error) = pause.full { throw ReconcileFailure(.pause, error.description) }
    if let replicas = pause.pausedReplicaCount {
      do {
        try await parts.targets.scale(object.target, to: replicas)
      } catch {
        if error.code == .refused { throw ReconcileFailure(.pausedReplicas, refusal: error.message) }
        throw Obstacle(stage: .pausedReplicas, cause: error)
      }
    }
    healed(key)
    parts.status.update(key, facts: told)
    // Metrics may still be asked for, and somebody may ask why nothing scales.
    if case .made(let outcome, let inputs) = planned { await hand(outcome.plan, inputs, of: object) }
    return .done
  }

  // MARK: Deletion

  /// Lets a deleted object go. Whatever fails on the way, the finalizer goes, or a namespace could not be deleted.
  func finalize(_ object: ScaledObject) async throws {
    let key = object.objectKey
    await drop(key)
    guard object.metadata.finalizers?.contains(ScaledObject.finalizer) ?? false else { return }
    if object.spec.advanced?.restoreToOriginalReplicaCount ?? false,
      let status = parts.status.status(of: object), let original = status.originalReplicaCount
    {
      do {
        try await parts.targets.scale(object.target, to: original)
      } catch {
        // Each is told: it is not tried again.
        restorations.failed(
          key, cause: FailureBook.Cause(family: "\(key)", text: "\(error)"), text: "\(error)",
          ["replicas": "\(original)"])
      }
    }
    let isGone = try await refusable(.finalizer) { () async throws(KubernetesError) in
      do throws(KubernetesError) {
        try await parts.client.removeFinalizer(of: object.metadata, .scaledObjects)
        return false
      } catch  where error.code == .notFound {
        return true
      }
    }
    if isGone { return }
    parts.events.scalersStopped(object)
    parts.events.deleted(object)
  }
}
