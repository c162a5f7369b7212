internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Polling

/// What Swell knows of the cluster: copies that watches keep current. Reading it costs nothing and asks nobody.
final class ClusterCache: Sendable {
  let scaledObjects: ReflectorSet<ScaledObject>
  let authentications: ReflectorSet<TriggerAuthentication>
  let clusterAuthentications: ReflectorSet<ClusterTriggerAuthentication>
  let hpas: ReflectorSet<HPARecord>
  let deployments: ReflectorSet<WorkloadRecord>
  let statefulSets: ReflectorSet<WorkloadRecord>
  let references: ReferencedObjects
  let otherWorkloads = OtherWorkloads()

  /// - Parameters:
  ///   - namespaces: empty for all.
  ///   - changes: told of every change; called from the watches, must not block.
  init(client: KubernetesClient, namespaces: [String], time: any TimeSource, changes: any ClusterChanges) {
    scaledObjects = ReflectorSet(
      client, .scaledObjects, namespaces: namespaces, time: time, transform: \.slim,
      onUndecodable: { changes.undecodable(.scaledObjects, $0) },
      onChange: { $0.eachObject { changes.scaledObject($0, $1) } })
    authentications = ReflectorSet(
      client, .triggerAuthentications, namespaces: namespaces, time: time,
      onUndecodable: { changes.undecodable(.triggerAuthentications, $0) },
      onChange: { $0.eachObject { old, new in changes.authentication(old?.metadata, new?.metadata, isCluster: false) } }
    )
    clusterAuthentications = ReflectorSet(
      client, .clusterTriggerAuthentications, namespaces: [], time: time,
      onUndecodable: { changes.undecodable(.clusterTriggerAuthentications, $0) },
      onChange: { $0.eachObject { old, new in changes.authentication(old?.metadata, new?.metadata, isCluster: true) } })
    hpas = ReflectorSet(
      client, .horizontalPodAutoscalers, namespaces: namespaces, time: time, transform: \.slim,
      onChange: { $0.eachObject { changes.hpa($0, $1) } })
    deployments = ReflectorSet(
      client, .deployments, namespaces: namespaces, time: time, transform: \.slim,
      onChange: { $0.eachObject { changes.workload(.deployment, $0, $1) } })
    statefulSets = ReflectorSet(
      client, .statefulSets, namespaces: namespaces, time: time, transform: \.slim,
      onChange: { $0.eachObject { changes.workload(.statefulSet, $0, $1) } })
    references = ReferencedObjects(client: client, time: time) { changes.references($0) }
  }

  /// Watches until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.scaledObjects.run() }
      group.addTask { await self.authentications.run() }
      group.addTask { await self.clusterAuthentications.run() }
      group.addTask { await self.hpas.run() }
      group.addTask { await self.deployments.run() }
      group.addTask { await self.statefulSets.run() }
      group.addTask { await self.references.run() }
    }
  }

  /// Every list has been read once.
  var isSynced: Bool {
    scaledObjects.isSynced && authentications.isSynced && clusterAuthentications.isSynced && hpas.isSynced
      && deployments.isSynced && statefulSets.isSynced
  }

  /// What cannot be followed now, and why: kinds of objects, and single Secrets and ConfigMaps.
  var failures: [String: KubernetesError] {
    references.failures.merging(kindFailures.compactMapValues(\.self)) { $1 }
  }

  /// What is in the way of knowing the cluster's objects.
  var obstacle: String? {
    kindFailures.compactMapValues(\.self).min { $0.key < $1.key }.map { "\($0.key): \($0.value.message)" }
  }

  private var kindFailures: [String: KubernetesError?] {
    [
      scaledObjects.name: scaledObjects.failure, authentications.name: authentications.failure,
      clusterAuthentications.name: clusterAuthentications.failure, hpas.name: hpas.failure,
      deployments.name: deployments.failure, statefulSets.name: statefulSets.failure,
    ]
  }

  func waitUntilSynced() async {
    await scaledObjects.waitUntilSynced()
    await authentications.waitUntilSynced()
    await clusterAuthentications.waitUntilSynced()
    await hpas.waitUntilSynced()
    await deployments.waitUntilSynced()
    await statefulSets.waitUntilSynced()
  }

  func scaledObject(_ key: ObjectKey) -> ScaledObject? {
    scaledObjects.object(named: key.name, in: key.namespace)
  }

  func hpa(_ name: String, namespace: String) -> HPARecord? { hpas.object(named: name, in: namespace) }

  func record(of target: TargetReference) -> WorkloadRecord? {
    switch WorkloadKind(target) {
    case .deployment: deployments.object(named: target.name, in: target.namespace)
    case .statefulSet: statefulSets.object(named: target.name, in: target.namespace)
    case nil: nil
    }
  }
}

/// The kinds of workload that Swell keeps a copy of. Of others it reads `/scale` when it decides.
enum WorkloadKind: Hashable, Sendable {
  case deployment, statefulSet

  init?(_ target: TargetReference) {
    guard target.apiVersion == "apps/v1" else { return nil }
    switch target.kind {
    case "Deployment": self = .deployment
    case "StatefulSet": self = .statefulSet
    default: return nil
    }
  }

  var kind: String { self == .deployment ? "Deployment" : "StatefulSet" }
}

extension ClusterCache: ConfigurationObjects {
  func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? {
    authentications.object(named: name, in: namespace)
  }

  func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? {
    clusterAuthentications.object(named: name, in: nil)
  }

  func secret(_ name: String, namespace: String) -> Secret? { references.secret(name, namespace: namespace) }

  func configMap(_ name: String, namespace: String) -> ConfigMap? { references.configMap(name, namespace: namespace) }

  func workload(_ target: TargetReference) -> Workload? {
    (record(of: target) ?? otherWorkloads.record(of: target)).map {
      Workload(apiVersion: target.apiVersion, kind: target.kind, metadata: $0.metadata, spec: $0.spec)
    }
  }
}

/// Who is told what has changed.
protocol ClusterChanges: Sendable {
  func scaledObject(_ old: ScaledObject?, _ new: ScaledObject?)
  func authentication(_ old: ObjectMeta?, _ new: ObjectMeta?, isCluster: Bool)
  func hpa(_ old: HPARecord?, _ new: HPARecord?)
  func workload(_ kind: WorkloadKind, _ old: WorkloadRecord?, _ new: WorkloadRecord?)
  func references(_ users: Set<ObjectKey>)
  func undecodable(_ type: ResourceType, _ object: UndecodableObject)
}

extension Reflector.Change {
  /// The object before and after; nil where there was or is none.
  fileprivate func eachObject(_ body: (Object?, Object?) -> Void) {
    switch self {
    case .added(let object): body(nil, object)
    case .modified(let old, let new): body(old, new)
    case .deleted(let object): body(object, nil)
    case .synced: break
    }
  }
}

extension ScaledObject {
  var slim: ScaledObject {
    var object = self
    object.metadata = metadata.slim
    return object
  }

  var objectKey: ObjectKey { ObjectKey(namespace: metadata.namespace ?? "default", name: metadata.name) }
}
