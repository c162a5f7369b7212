internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Synchronization

/// Creates, compares, renames and deletes the HPA of a ScaledObject.
final class HPAKeeper: Sendable {
  private let client: KubernetesClient
  private let cache: ClusterCache
  /// HPAs as they were last written, until the watch has told of them: a reconcile right after must not write again.
  private let written = Mutex<[ObjectKey: HPARecord]>([:])

  init(client: KubernetesClient, cache: ClusterCache) {
    self.client = client
    self.cache = cache
  }

  /// The HPA as it is known now.
  func hpa(_ name: String, namespace: String) -> HPARecord? {
    written.withLock { $0[ObjectKey(namespace: namespace, name: name)] } ?? cache.hpa(name, namespace: namespace)
  }

  /// The watch has told of an HPA: what was written is known by now.
  func observed(_ metadata: ObjectMeta) {
    let key = ObjectKey(namespace: metadata.namespace ?? "", name: metadata.name)
    written.withLock { $0[key] = nil }
  }

  /// Makes the HPA what it should be.
  /// - Parameter previousName: what it was called before; one of another name is deleted first.
  /// - Returns: true when one was created.
  func ensure(
    _ desired: HorizontalPodAutoscaler, previousName: String?, owner: ScaledObject
  ) async throws(KubernetesError) -> Bool {
    let namespace = desired.metadata.namespace ?? "default"
    if let previousName, previousName != desired.metadata.name {
      try await delete(previousName, of: owner)
    }
    guard let existing = hpa(desired.metadata.name, namespace: namespace) else {
      do {
        note(try await create(desired), namespace)
        return true
      } catch  where error.code == .alreadyExists {
        return try await update(try await live(desired.metadata.name, namespace), to: desired)
      }
    }
    return try await update(existing, to: desired)
  }

  /// Deletes an HPA if the object owns it.
  /// - Returns: whether there was one.
  @discardableResult
  func delete(_ name: String, of owner: ScaledObject) async throws(KubernetesError) -> Bool {
    let namespace = owner.metadata.namespace ?? "default"
    guard let existing = hpa(name, namespace: namespace), !existing.metadata.isBeingDeleted,
      existing.metadata.ownerReferences?.contains(where: { $0.uid == owner.metadata.uid }) ?? false
    else { return false }
    do {
      try await client.delete(
        .horizontalPodAutoscalers, namespace: namespace, name: name, uid: existing.metadata.uid)
    } catch  where error.code == .notFound || error.code == .conflict {
      // Somebody else was faster; one of another uid is not ours.
    }
    _ = written.withLock { $0.removeValue(forKey: ObjectKey(namespace: namespace, name: name)) }
    return true
  }

  private func update(
    _ existing: HPARecord, to desired: HorizontalPodAutoscaler
  ) async throws(KubernetesError) -> Bool {
    let namespace = desired.metadata.namespace ?? "default"
    var existing = existing
    // A conflict means that the copy was old: compared again with what is there now.
    for _ in 0..<3 {
      guard existing.differs(from: desired) else { return false }
      var replacement = desired
      replacement.metadata.resourceVersion = existing.metadata.resourceVersion
      do {
        let answer: HPARecord = try await client.replace(
          replacement, .horizontalPodAutoscalers, namespace: namespace, name: desired.metadata.name)
        note(answer, namespace)
        return false
      } catch  where error.code == .conflict {
        existing = try await live(desired.metadata.name, namespace)
      } catch  where error.code == .notFound {
        note(try await create(desired), namespace)
        return true
      }
    }
    throw KubernetesError(
      .conflict, message: "the HPA \(namespace)/\(desired.metadata.name) is being changed by somebody else")
  }

  private func create(_ desired: HorizontalPodAutoscaler) async throws(KubernetesError) -> HPARecord {
    try await client.create(desired, .horizontalPodAutoscalers, namespace: desired.metadata.namespace)
  }

  private func live(_ name: String, _ namespace: String) async throws(KubernetesError) -> HPARecord {
    try await client.get(.horizontalPodAutoscalers, namespace: namespace, name: name)
  }

  private func note(_ record: HPARecord, _ namespace: String) {
    let key = ObjectKey(namespace: namespace, name: record.metadata.name)
    // The watch may have been faster than the answer.
    if cache.hpa(key.name, namespace: namespace)?.metadata.resourceVersion != record.metadata.resourceVersion {
      written.withLock { $0[key] = record.slim }
    }
  }
}
