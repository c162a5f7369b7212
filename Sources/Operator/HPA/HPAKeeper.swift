internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Synchronization

/// Creates, compares, renames and deletes the HPA of a ScaledObject.
final class HPAKeeper: Sendable {
  private let client: KubernetesClient
  private let cache: ClusterCache
  private let state = Mutex(State())

  private struct State {
    /// HPAs as they were last written, until the watch has told of them: a reconcile right after must not write again.
    var written: [ObjectKey: HPARecord] = [:]
    /// HPAs that are being written, and the newest version that the watch has told of meanwhile.
    var underWay: [ObjectKey: UInt64] = [:]
  }

  init(client: KubernetesClient, cache: ClusterCache) {
    self.client = client
    self.cache = cache
  }

  /// The HPA as it is known now.
  func hpa(_ name: String, namespace: String) -> HPARecord? {
    state.withLock { $0.written[ObjectKey(namespace: namespace, name: name)] }
      ?? cache.hpa(name, namespace: namespace)
  }

  /// The watch has told of an HPA: what was written up to this version is known by now, and everything once it is gone.
  func observed(_ metadata: ObjectMeta, isGone: Bool) {
    let key = ObjectKey(namespace: metadata.namespace ?? "", name: metadata.name)
    let version = isGone ? .max : metadata.versionNumber
    state.withLock { state in
      if (state.written[key]?.metadata.versionNumber ?? 0) <= version { state.written[key] = nil }
      if let seen = state.underWay[key] { state.underWay[key] = max(seen, version) }
    }
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
        try await create(desired)
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
    state.withLock { $0.written[ObjectKey(namespace: namespace, name: name)] = nil }
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
        try await replace(replacement)
        return false
      } catch  where error.code == .conflict {
        existing = try await live(desired.metadata.name, namespace)
      } catch  where error.code == .notFound {
        try await create(desired)
        return true
      }
    }
    throw KubernetesError(
      .conflict, message: "the HPA \(namespace)/\(desired.metadata.name) is being changed by somebody else")
  }

  private func create(_ desired: HorizontalPodAutoscaler) async throws(KubernetesError) {
    let key = begin(desired)
    do {
      let answer: HPARecord = try await client.create(
        desired, .horizontalPodAutoscalers, namespace: desired.metadata.namespace)
      end(key, answer)
    } catch {
      end(key, nil)
      throw error
    }
  }

  private func replace(_ replacement: HorizontalPodAutoscaler) async throws(KubernetesError) {
    let key = begin(replacement)
    do {
      let answer: HPARecord = try await client.replace(
        replacement, .horizontalPodAutoscalers, namespace: key.namespace, name: key.name)
      end(key, answer)
    } catch {
      end(key, nil)
      throw error
    }
  }

  private func live(_ name: String, _ namespace: String) async throws(KubernetesError) -> HPARecord {
    try await client.get(.horizontalPodAutoscalers, namespace: namespace, name: name)
  }

  private func begin(_ hpa: HorizontalPodAutoscaler) -> ObjectKey {
    let key = ObjectKey(namespace: hpa.metadata.namespace ?? "default", name: hpa.metadata.name)
    state.withLock { $0.underWay[key] = 0 }
    return key
  }

  /// Keeps what was written, unless the watch was faster than the answer: then there may be something newer by now, which
  /// an old copy must not hide.
  private func end(_ key: ObjectKey, _ answer: HPARecord?) {
    state.withLock { state in
      let seen = state.underWay.removeValue(forKey: key) ?? 0
      if let answer, answer.metadata.versionNumber > seen { state.written[key] = answer.slim }
    }
  }
}

extension ObjectMeta {
  /// Versions are numbers that grow; one that is none counts as the newest, so that nothing hides it.
  fileprivate var versionNumber: UInt64 { resourceVersion.flatMap(UInt64.init) ?? .max }
}
