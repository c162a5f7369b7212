internal import KubernetesAPI

/// Strategic merge patch of built-in objects: like a merge patch, but lists with a merge key merge by element, and the
/// directives `$patch`, `$deleteFromPrimitiveList`, `$setElementOrder` and `$retainKeys` are understood.
enum StrategicMerge {
  static func apply(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    if changes["$patch"]?.text == "replace" { return .object(changes.filter { $0.key != "$patch" }) }
    var result = target.fields ?? [:]
    if let retained = changes["$retainKeys"]?.items?.compactMap(\.text) {
      result = result.filter { retained.contains($0.key) }
    }
    for (key, change) in changes where !key.hasPrefix("$") {
      if change.isNull {
        result[key] = nil
      } else if change["$patch"]?.text == "delete" {
        result[key] = nil
      } else if case .array(let items) = change {
        result[key] = list(key, items, into: result[key]?.items ?? [])
      } else {
        result[key] = apply(change, to: result[key] ?? .null)
      }
    }
    for (key, removed) in changes where key.hasPrefix("$deleteFromPrimitiveList/") {
      let name = String(key.dropFirst("$deleteFromPrimitiveList/".count))
      let gone = Set(removed.items ?? [])
      if let items = result[name]?.items { result[name] = .array(items.filter { !gone.contains($0) }) }
    }
    return .object(result)
  }

  private static func list(_ field: String, _ changes: [JSONValue], into present: [JSONValue]) -> JSONValue {
    if ListKeys.sets.contains(field) { return .array(present + changes.filter { !present.contains($0) }) }
    guard let key = ListKeys.key(of: field, items: changes) else {
      return .array(changes.filter { $0["$patch"] == nil })
    }
    var result = present
    for change in changes {
      let index = result.firstIndex { $0[key] == change[key] }
      if change["$patch"]?.text == "delete" {
        if let index { result.remove(at: index) }
      } else if let index {
        result[index] = apply(change, to: result[index])
      } else {
        result.append(change)
      }
    }
    return .array(result)
  }
}
