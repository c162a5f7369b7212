internal import KubernetesAPI

/// Deletes objects whose owners are all gone.
struct GarbageCollector: Sendable {
  private let store: ObjectStore
  private let registry: ResourceRegistry

  init(_ store: ObjectStore, _ registry: ResourceRegistry) {
    self.store = store
    self.registry = registry
  }

  func run() async {
    let signal = StoreSignal(store) { event in
      guard let object = event.object else { return true }
      return event.previous == nil && object.value["metadata", "ownerReferences"] != nil
    }
    defer { signal.stop() }
    for await _ in signal.stream {
      reconcile()
      // It looks at everything: while much changes, not for each change. The real one takes its time, too.
      try? await ContinuousClock().sleep(for: .milliseconds(100))
    }
  }

  private func reconcile() {
    let everything = store.everything()
    let owned = everything.filter { !($0.object.value["metadata", "ownerReferences"]?.items ?? []).isEmpty }
    guard !owned.isEmpty else { return }
    let alive = Set(everything.map { $0.object.value.uid })
    for entry in owned where !entry.object.value.isTerminating {
      let owners = (entry.object.value["metadata", "ownerReferences"]?.items ?? []).compactMap { $0["uid"]?.text }
      guard !owners.contains(where: alive.contains),
        let type = registry.all.first(where: { $0.storageKey == entry.key })
      else { continue }
      _ = try? store.startDeletion(type, entry.object)
    }
  }
}
