internal import KubernetesAPI

/// Empties namespaces that are being deleted, and removes those that are empty.
struct NamespaceController: Sendable {
  private let store: ObjectStore
  private let registry: ResourceRegistry

  init(_ store: ObjectStore, _ registry: ResourceRegistry) {
    self.store = store
    self.registry = registry
  }

  func run() async {
    let signal = StoreSignal(store) { event in
      event.object == nil || (event.storageKey == "namespaces" && event.object?.value.isTerminating == true)
    }
    defer { signal.stop() }
    for await _ in signal.stream { reconcile() }
  }

  private func reconcile() {
    for namespace in store.list("namespaces", namespace: nil).objects where namespace.value.isTerminating {
      let name = namespace.value.name
      let content = store.everything().filter { $0.id.namespace == name }
      for entry in content where !entry.object.value.isTerminating {
        guard let type = registry.all.first(where: { $0.storageKey == entry.key }) else { continue }
        _ = try? store.startDeletion(type, entry.object)
      }
      if store.everything().contains(where: { $0.id.namespace == name }) { continue }
      if let now = store.get("namespaces", ObjectID(nil, name)), now.value.finalizers.isEmpty {
        _ = try? store.remove("namespaces", ObjectID(nil, name), base: now.revision)
      }
    }
  }
}
