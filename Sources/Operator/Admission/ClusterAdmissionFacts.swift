internal import Admission
internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Polling

/// What the webhook's rules ask of the cluster: from the copies that watches keep, and from the API server what these do
/// not hold (yet).
struct ClusterAdmissionFacts: AdmissionFacts {
  let client: KubernetesClient
  let cache: ClusterCache
  let mapper: ResourceMapper
  let clusterNamespace: String
  let time: any TimeSource

  func scaledObjects(in namespace: String) async throws(AdmissionFactError) -> [ScaledObject] {
    guard cache.scaledObjects.isSynced else { throw Self.notSynced }
    return cache.scaledObjects.objects.filter { $0.metadata.namespace == namespace }
  }

  func horizontalPodAutoscalers(
    in namespace: String
  ) async throws(AdmissionFactError) -> [HorizontalPodAutoscaler] {
    guard cache.hpas.isSynced else { throw Self.notSynced }
    return cache.hpas.objects.filter { $0.metadata.namespace == namespace }.map { record in
      let spec =
        record.spec
        ?? HPASpec(scaleTargetRef: record.scaleTargetRef, minReplicas: nil, maxReplicas: 1, metrics: [])
      return HorizontalPodAutoscaler(metadata: record.metadata, spec: spec)
    }
  }

  func limitRanges(in namespace: String) async throws(AdmissionFactError) -> [LimitRange] {
    do {
      return try await client.list(.limitRanges, namespace: namespace)
    } catch {
      throw AdmissionFactError(error.message)
    }
  }

  func workload(_ target: TargetReference) async throws(AdmissionFactError) -> Workload? {
    if let known = cache.workload(target) { return known }
    do {
      let type = try await mapper.resource(apiVersion: target.apiVersion, kind: target.kind).type
      let record: WorkloadRecord = try await client.get(type, namespace: target.namespace, name: target.name)
      return Workload(
        apiVersion: target.apiVersion, kind: target.kind, metadata: record.metadata, spec: record.spec)
    } catch  where error.code == .notFound {
      return nil
    } catch {
      throw AdmissionFactError(error.message)
    }
  }

  func isKnown(apiVersion: String, kind: String) async throws(AdmissionFactError) -> Bool {
    do {
      _ = try await mapper.resource(apiVersion: apiVersion, kind: kind)
      return true
    } catch  where error.code == .notFound {
      return false
    } catch {
      throw AdmissionFactError(error.message)
    }
  }

  /// What a new object refers to is not watched yet: it is read now, once.
  func configuration(for object: ScaledObject) async -> any ConfigurationObjects {
    let recorder = RecordingObjects(cache)
    _ = ObjectPlanner(objects: recorder, version: BuildInfo.version, clusterNamespace: clusterNamespace)
      .plan(object, now: time.now())
    let client = client
    return await withTaskGroup { group in
      for reference in recorder.references where !isKnown(reference) {
        group.addTask { await FetchedObjects.Object.fetch(reference, client) }
      }
      return await group.reduce(into: FetchedObjects(known: cache)) { objects, fetched in objects.add(fetched) }
    }
  }

  private func isKnown(_ reference: ConfigurationReference) -> Bool {
    switch reference.kind {
    case .secret: cache.secret(reference.name, namespace: reference.namespace) != nil
    case .configMap: cache.configMap(reference.name, namespace: reference.namespace) != nil
    }
  }

  private static let notSynced = AdmissionFactError("the cluster's objects are still being read")
}

/// The known objects, and some that were read for one review.
private struct FetchedObjects: ConfigurationObjects {
  enum Object: Sendable {
    case secret(Secret)
    case configMap(ConfigMap)

    static func fetch(_ reference: ConfigurationReference, _ client: KubernetesClient) async -> Object? {
      let (namespace, name) = (reference.namespace, reference.name)
      switch reference.kind {
      case .secret:
        let secret: Secret? = try? await client.get(.secrets, namespace: namespace, name: name)
        return secret.map { .secret($0) }
      case .configMap:
        let map: ConfigMap? = try? await client.get(.configMaps, namespace: namespace, name: name)
        return map.map { .configMap($0) }
      }
    }
  }

  let known: ClusterCache
  private var secrets: [ObjectKey: Secret] = [:]
  private var configMaps: [ObjectKey: ConfigMap] = [:]

  init(known: ClusterCache) { self.known = known }

  mutating func add(_ object: Object?) {
    switch object {
    case .secret(let secret): secrets[ObjectKey(secret.metadata)] = secret
    case .configMap(let map): configMaps[ObjectKey(map.metadata)] = map
    case nil: break
    }
  }

  func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? {
    known.triggerAuthentication(name, namespace: namespace)
  }

  func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? {
    known.clusterTriggerAuthentication(name)
  }

  func secret(_ name: String, namespace: String) -> Secret? {
    secrets[ObjectKey(namespace: namespace, name: name)] ?? known.secret(name, namespace: namespace)
  }

  func configMap(_ name: String, namespace: String) -> ConfigMap? {
    configMaps[ObjectKey(namespace: namespace, name: name)] ?? known.configMap(name, namespace: namespace)
  }

  func workload(_ target: TargetReference) -> Workload? { known.workload(target) }
}

extension ObjectKey {
  init(_ metadata: ObjectMeta) { self.init(namespace: metadata.namespace ?? "default", name: metadata.name) }
}
