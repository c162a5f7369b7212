internal import KubernetesAPI

/// Which lists of built-in objects are maps in disguise: merged element by element, by the value of a key.
enum ListKeys {
  /// The merge key of the list `field`, whose elements are `items`; nil for lists that are replaced whole.
  static func key(of field: String, items: [JSONValue]) -> String? {
    for candidate in candidates[field] ?? [] where !items.isEmpty {
      if items.allSatisfy({ $0[candidate] != nil }) { return candidate }
    }
    return nil
  }

  /// Lists of plain values that merge as sets.
  static let sets: Set<String> = ["finalizers"]

  private static let candidates: [String: [String]] = [
    "containers": ["name"], "initContainers": ["name"], "ephemeralContainers": ["name"], "env": ["name"],
    "volumes": ["name"], "imagePullSecrets": ["name"], "volumeMounts": ["mountPath"],
    "ports": ["containerPort", "port"], "ownerReferences": ["uid"], "conditions": ["type"], "webhooks": ["name"],
    "topologySpreadConstraints": ["topologyKey"], "hostAliases": ["ip"], "secrets": ["name"],
  ]
}
