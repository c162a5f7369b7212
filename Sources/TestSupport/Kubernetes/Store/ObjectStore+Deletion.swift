internal import KubernetesAPI

extension ObjectStore {
  /// Deletes what has no finalizers; marks what has.
  func startDeletion(
    _ type: ResourceDefinition, _ stored: StoredObject
  ) throws(Conflict) -> (object: StoredObject, isGone: Bool) {
    let id = ObjectID(of: stored.value)
    let isNamespace = type.storageKey == "namespaces"
    if stored.value.finalizers.isEmpty, !isNamespace {
      return (try remove(type.storageKey, id, base: stored.revision), true)
    }
    if stored.value.isTerminating { return (stored, false) }
    var object = stored.value
    object["metadata", "deletionTimestamp"] = .string(now().rfc3339)
    object["metadata", "deletionGracePeriodSeconds"] = isNamespace ? nil : 0
    if let generation = object["metadata", "generation"]?.int, generation > 0 {
      object["metadata", "generation"] = .integer(generation.addingSaturating(1))
    }
    if isNamespace { object["status", "phase"] = "Terminating" }
    return (try update(type.storageKey, object, owners: stored.owners, base: stored.revision), false)
  }

  /// Takes an owner out of the ownerReferences of everything it owns.
  func orphan(dependentsOf uid: String) {
    for entry in everything() {
      let owners = entry.object.value["metadata", "ownerReferences"]?.items ?? []
      guard owners.contains(where: { $0["uid"]?.text == uid }) else { continue }
      var object = entry.object.value
      let rest = owners.filter { $0["uid"]?.text != uid }
      object["metadata", "ownerReferences"] = rest.isEmpty ? nil : .array(rest)
      _ = try? update(entry.key, object, owners: entry.object.owners, base: entry.object.revision)
    }
  }
}
