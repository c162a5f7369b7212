internal import KubernetesAPI

/// Who set which field last: what server-side apply needs to find conflicts, and what it may remove.
struct FieldOwners: Sendable, Equatable {
  /// One step of a path: a key, or an element of a list that is a map in disguise (`k:name=app`).
  typealias Path = [String]

  struct Manager: Hashable, Sendable {
    var name: String
    var isApply: Bool
    /// "status" for writes to that subresource.
    var subresource: String?
  }

  private(set) var fields: [Manager: Set<Path>] = [:]

  /// Notes an update by `manager`: what it changed is its own now, and nobody's else.
  mutating func note(from old: JSONValue?, to new: JSONValue, by manager: Manager) {
    let before = old.map { Self.leaves(of: $0) } ?? [:]
    let after = Self.leaves(of: new)
    let changed = Set(after.filter { before[$0.key] != $0.value }.keys)
    let gone = Set(before.keys.filter { after[$0] == nil })
    take(changed, by: manager, gone: gone)
  }

  /// Notes what an apply set; the manager owns exactly these fields afterwards.
  mutating func noteApply(_ applied: Set<Path>, by manager: Manager, changed: Set<Path>, gone: Set<Path>) {
    for other in fields.keys where other != manager { fields[other]?.subtract(changed.union(gone)) }
    fields[manager] = applied
    fields = fields.filter { !$0.value.isEmpty }
  }

  private mutating func take(_ changed: Set<Path>, by manager: Manager, gone: Set<Path>) {
    guard !changed.isEmpty || !gone.isEmpty else { return }
    for other in fields.keys { fields[other]?.subtract(changed.union(gone)) }
    fields[manager, default: []].formUnion(changed)
    fields = fields.filter { !$0.value.isEmpty }
  }

  func owned(by manager: Manager) -> Set<Path> { fields[manager] ?? [] }

  /// The other managers of a field.
  func others(of path: Path, than manager: Manager) -> [Manager] {
    fields.filter { $0.key != manager && $0.value.contains(path) }.map(\.key).sorted { $0.name < $1.name }
  }

  /// Every leaf and its value, without what the server sets itself. Lists are leaves unless they have a merge key.
  static func leaves(of object: JSONValue) -> [Path: JSONValue] {
    var result: [Path: JSONValue] = [:]
    for (key, value) in object.fields ?? [:] where key != "apiVersion" && key != "kind" {
      if key == "metadata" {
        for part in ["labels", "annotations", "finalizers", "ownerReferences"] {
          if let value = value[part] { collect(value, at: ["metadata", part], into: &result) }
        }
      } else {
        collect(value, at: [key], into: &result)
      }
    }
    return result
  }

  private static func collect(_ value: JSONValue, at path: Path, into result: inout [Path: JSONValue]) {
    switch value {
    case .object(let fields) where !fields.isEmpty:
      for (key, inner) in fields { collect(inner, at: path + [key], into: &result) }
    case .array(let items) where ListKeys.sets.contains(path.last ?? ""):
      for item in items { result[path + ["v:\(JSONText.text(item))"]] = item }
    case .array(let items):
      guard let key = ListKeys.key(of: path.last ?? "", items: items) else { return result[path] = value }
      for item in items { collect(item, at: path + [elementStep(key, item)], into: &result) }
    default: result[path] = value
    }
  }

  static func elementStep(_ key: String, _ item: JSONValue) -> String {
    "k:\(key)=\(JSONText.text(item[key] ?? .null))"
  }

  /// `.spec.replicas`, `.webhooks[name="a"].clientConfig.caBundle`.
  static func shown(_ path: Path) -> String {
    path.map { step in
      if step.hasPrefix("k:") { return "[\(step.dropFirst(2))]" }
      if step.hasPrefix("v:") { return "" }
      return ".\(step)"
    }.joined()
  }
}
