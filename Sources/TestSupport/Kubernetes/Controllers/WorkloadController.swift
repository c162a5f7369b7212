internal import KubernetesAPI
internal import Synchronization

/// How the virtual workloads behave.
public struct WorkloadOptions: Sendable {
  /// From the wish for a pod to the pod being ready.
  public var startupDelay: Duration = .zero
  /// Pods exist as objects, with the labels of the template.
  public var makesPods = false
  /// Custom resources with a scale subresource get their status.replicas too.
  public var drivesCustomResources = true

  public init(startupDelay: Duration = .zero, makesPods: Bool = false, drivesCustomResources: Bool = true) {
    self.startupDelay = startupDelay
    self.makesPods = makesPods
    self.drivesCustomResources = drivesCustomResources
  }
}

/// Does for Deployments, StatefulSets and ReplicaSets what their controllers do: makes status follow spec.replicas.
final class WorkloadController: Sendable {
  private struct Key: Hashable, Sendable {
    var storageKey: String
    var id: ObjectID
  }

  private let store: ObjectStore
  private let registry: ResourceRegistry
  private let options: WorkloadOptions
  /// By uid: when each pod is ready, oldest first.
  private let pods = Mutex<[String: [Timestamp]]>([:])

  init(_ store: ObjectStore, _ registry: ResourceRegistry, _ options: WorkloadOptions) {
    self.store = store
    self.registry = registry
    self.options = options
  }

  func run() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Key.self)
    let number = store.listenFromNow(to: nil, namespace: nil, start: { _, _ in }) { [self] event in
      guard isDriven(event.storageKey) else { return }
      // Its own writes of the status need no second look.
      if let now = event.object?.value, let old = event.previous?.value, now["spec"] == old["spec"] { return }
      continuation.yield(Key(storageKey: event.storageKey, id: event.id))
    }
    defer { store.stopListening(number) }
    for entry in store.everything() where isDriven(entry.key) {
      continuation.yield(Key(storageKey: entry.key, id: entry.id))
    }
    await withDiscardingTaskGroup { group in
      for await key in stream {
        guard let delay = reconcile(key) else { continue }
        group.addTask {
          try? await ContinuousClock().sleep(for: delay)
          continuation.yield(key)
        }
      }
      group.cancelAll()
    }
  }

  private func isDriven(_ storageKey: String) -> Bool {
    if ["deployments.apps", "statefulsets.apps", "replicasets.apps"].contains(storageKey) { return true }
    guard options.drivesCustomResources, storageKey.contains(".") else { return false }
    return registry.all.contains { $0.storageKey == storageKey && $0.isCustom && $0.scale != nil }
  }

  /// - Returns: after what time to look again.
  private func reconcile(_ key: Key) -> Duration? {
    guard let type = registry.all.first(where: { $0.storageKey == key.storageKey }),
      let stored = store.get(key.storageKey, key.id)
    else {
      return nil
    }
    let wanted = Int(max(0, min(100_000, stored.value[path: (type.scale?.spec ?? [])[...]]?.int ?? 0)))
    let now = store.now()
    let times = pods.withLock { pods in
      let present = Int(max(0, min(100_000, stored.value["status", "replicas"]?.int ?? 0)))
      var times = pods[stored.value.uid] ?? Array(repeating: now, count: present)
      while times.count < wanted { times.append(now + options.startupDelay) }
      if times.count > wanted { times.removeLast(times.count - wanted) }
      pods[stored.value.uid] = times
      return times
    }
    let ready = times.count { $0 <= now }
    if options.makesPods, !type.isCustom { makePods(of: stored.value, times, at: now) }
    write(status(of: stored.value, type, replicas: times.count, ready: ready), key, stored.value.uid)
    return times.first { $0 > now }.map { $0 - now }
  }

  private func status(of object: JSONValue, _ type: ResourceDefinition, replicas: Int, ready: Int) -> JSONValue {
    let (all, up) = (JSONValue.integer(Int64(replicas)), JSONValue.integer(Int64(ready)))
    var copy = object
    if type.isCustom {
      copy[path: (type.scale?.status ?? [])[...]] = all
      return copy["status"] ?? [:]
    }
    var status = object["status"] ?? [:]
    status["observedGeneration"] = object["metadata", "generation"]
    status["replicas"] = all
    let isZero = ready == 0
    status["readyReplicas"] = isZero ? nil : up
    status["availableReplicas"] = isZero ? nil : up
    switch type.kind {
    case "Deployment":
      status["updatedReplicas"] = all
      status["unavailableReplicas"] = replicas == ready ? nil : .integer(Int64(replicas - ready))
    case "StatefulSet":
      status["currentReplicas"] = all
      status["updatedReplicas"] = all
    default: status["fullyLabeledReplicas"] = all
    }
    return status
  }

  private func write(_ status: JSONValue, _ key: Key, _ uid: String) {
    while let stored = store.get(key.storageKey, key.id), stored.value.uid == uid {
      var object = stored.value
      object["status"] = status
      if (try? store.update(key.storageKey, object, owners: stored.owners, base: stored.revision)) != nil { return }
    }
  }

  private func makePods(of owner: JSONValue, _ times: [Timestamp], at now: Timestamp) {
    guard let type = registry.find(group: "", version: "v1", resource: "pods"), let namespace = owner.namespace else {
      return
    }
    for (index, time) in times.enumerated() {
      let pod = pod(of: owner, index: index, isReady: time <= now)
      let id = ObjectID(of: pod)
      if let present = store.get("pods", id) {
        var object = present.value
        object["status"] = pod["status"]
        _ = try? store.update("pods", object, owners: present.owners, base: present.revision)
      } else {
        var pod = pod
        Metadata.stampNew(&pod, type, at: now)
        _ = try? store.insert("pods", pod, owners: FieldOwners())
      }
    }
    for stored in store.list("pods", namespace: namespace).objects {
      let isOwned = stored.value["metadata", "ownerReferences"]?[0]?["uid"]?.text == owner.uid
      let index = stored.value.name.split(separator: "-").last.flatMap { Int($0) } ?? 0
      if isOwned, index >= times.count { _ = try? store.startDeletion(type, stored) }
    }
  }

  private func pod(of owner: JSONValue, index: Int, isReady: Bool) -> JSONValue {
    var metadata: JSONValue = [
      "name": .string("\(owner.name)-\(index)"), "namespace": owner["metadata", "namespace"] ?? "default",
      "ownerReferences": [
        [
          "apiVersion": owner["apiVersion"] ?? "", "kind": owner["kind"] ?? "", "name": .string(owner.name),
          "uid": .string(owner.uid), "controller": true,
        ]
      ],
    ]
    metadata["labels"] = owner["spec", "template", "metadata", "labels"]
    return [
      "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": owner["spec", "template", "spec"] ?? [:],
      "status": [
        "phase": isReady ? "Running" : "Pending",
        "conditions": [["type": "Ready", "status": isReady ? "True" : "False"]],
      ],
    ]
  }
}
