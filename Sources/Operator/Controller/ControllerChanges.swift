internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Synchronization

/// Turns what the watches tell into work. Called from the watches: it only adds to queues.
final class ControllerChanges: ClusterChanges {
  let index = ObjectIndex()
  private let logger: Logger
  private let parts = Mutex<Parts?>(nil)
  private let undecodableObjects = Mutex<[String: String]>([:])

  /// Whom to tell; there once everything is put together, which is before any watch runs.
  struct Parts: Sendable {
    var controller: ScaledObjectController
    var status: StatusWriter
    var hpas: HPAKeeper
    var authentications: AuthenticationKeeper
  }

  init(logger: Logger) { self.logger = logger }

  func connect(_ parts: Parts) { self.parts.withLock { $0 = parts } }

  private var connected: Parts? { parts.withLock { $0 } }

  /// Objects that do not fit the schema that Swell knows, by what they are.
  var undecodable: [String: String] { undecodableObjects.withLock { $0 } }

  func scaledObject(_ old: ScaledObject?, _ new: ScaledObject?) {
    guard let key = (new ?? old)?.objectKey, let parts = connected else { return }
    // Another object of the same name may be there before anybody has looked: it shares nothing with this one.
    if new == nil { parts.controller.forgetWhatWasSaid(of: key) }
    index.update(key, new)
    if old?.needsReconciling(as: new) ?? true { parts.controller.queue.add(key) }
    // Somebody else has written the status: what it should say is compared again.
    if let old, let new, old.status != new.status { parts.status.look(at: key) }
    if old?.referencedAuthentications != new?.referencedAuthentications {
      for reference in (old?.referencedAuthentications ?? []).union(new?.referencedAuthentications ?? []) {
        parts.authentications.queue.add(reference)
      }
    }
  }

  func authentication(_ old: ObjectMeta?, _ new: ObjectMeta?, isCluster: Bool) {
    guard let metadata = new ?? old, let parts = connected else { return }
    let reference = AuthenticationReference(
      namespace: isCluster ? nil : metadata.namespace ?? "default", name: metadata.name)
    parts.authentications.tell(of: reference, from: old, to: new)
    parts.authentications.queue.add(reference)
    parts.controller.queue.add(index.users(of: reference.referent))
  }

  func hpa(_ old: HPARecord?, _ new: HPARecord?) {
    guard let record = new ?? old, let parts = connected else { return }
    parts.hpas.observed(record.metadata, isGone: new == nil)
    // Who has taken off the owner wanted something, but not that nobody looks after it any more.
    guard let owner = record.owner ?? old?.owner else { return }
    let key = ObjectKey(namespace: record.metadata.namespace ?? "default", name: owner.name)
    if let old, let new {
      if old.scalingActive != new.scalingActive { parts.status.look(at: key) }
      guard
        old.spec != new.spec || old.metadata.labels != new.metadata.labels
          || old.metadata.annotations != new.metadata.annotations
          || old.metadata.ownerReferences != new.metadata.ownerReferences
      else { return }
    } else if new != nil {
      parts.status.look(at: key)
    }
    parts.controller.queue.add(key)
  }

  func workload(_ kind: WorkloadKind, _ old: WorkloadRecord?, _ new: WorkloadRecord?) {
    guard let record = new ?? old, let parts = connected else { return }
    // Replicas come and go with every decision; only what plans are made from matters here.
    if let old, let new, old.spec?.template == new.spec?.template, old.metadata.uid == new.metadata.uid { return }
    let target = TargetReference(
      namespace: record.metadata.namespace ?? "default", apiVersion: "apps/v1", kind: kind.kind,
      name: record.metadata.name)
    parts.controller.queue.add(index.users(of: .target(target)))
  }

  func references(_ users: Set<ObjectKey>) { connected?.controller.queue.add(users) }

  func undecodable(_ type: ResourceType, _ object: UndecodableObject) {
    let name = "\(type.kind) \(object.namespace.map { "\($0)/" } ?? "")\(object.name)"
    if object.isOver {
      undecodableObjects.withLock { $0[name] = nil }
      return
    }
    let isNews = undecodableObjects.withLock { $0.updateValue(object.message, forKey: name) != object.message }
    guard isNews else { return }
    logger.error(
      "an object cannot be read and is left alone", metadata: ["object": "\(name)", "error": "\(object.message)"])
  }
}

extension ScaledObject {
  /// KEDA's predicates, and what Swell depends on besides: other changes of the status alone are none.
  fileprivate func needsReconciling(as new: ScaledObject?) -> Bool {
    guard let new else { return true }
    return metadata.uid != new.metadata.uid || metadata.generation != new.metadata.generation
      || metadata.labels != new.metadata.labels || metadata.annotations != new.metadata.annotations
      || metadata.finalizers != new.metadata.finalizers
      || metadata.deletionTimestamp != new.metadata.deletionTimestamp
      // From then on a replica that does not lead answers for it.
      || status?.originalReplicaCount != new.status?.originalReplicaCount
  }

  var referencedAuthentications: Set<AuthenticationReference> {
    Set(
      spec.triggers.compactMap(\.authenticationRef).map { reference in
        AuthenticationReference(
          namespace: reference.kind == ClusterTriggerAuthentication.kind ? nil : objectKey.namespace,
          name: reference.name)
      })
  }
}
