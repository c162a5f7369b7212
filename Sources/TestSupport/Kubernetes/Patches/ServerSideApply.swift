internal import KubernetesAPI

/// Merges an applied configuration into an object.
enum ServerSideApply {
  struct Outcome {
    var object: JSONValue
    var owners: FieldOwners
  }

  /// - Throws: 409 with every field that another manager owns with another value, unless forced.
  static func apply(
    _ applied: JSONValue, to present: JSONValue, owners: FieldOwners, manager: FieldOwners.Manager, isForced: Bool,
    _ type: ResourceDefinition
  ) throws(APIError) -> Outcome {
    let wanted = FieldOwners.leaves(of: applied)
    let before = FieldOwners.leaves(of: present)
    var conflicts: [(FieldOwners.Manager, FieldOwners.Path)] = []
    for (path, value) in wanted where before[path] != nil && before[path] != value {
      for other in owners.others(of: path, than: manager) { conflicts.append((other, path)) }
    }
    if !conflicts.isEmpty, !isForced { throw conflict(conflicts, type) }
    var object = merged(applied, into: present)
    let dropped = owners.owned(by: manager).subtracting(wanted.keys)
    for path in dropped where owners.others(of: path, than: manager).isEmpty {
      object = removing(path[...], from: object) ?? .object([:])
    }
    var after = owners
    let left = FieldOwners.leaves(of: object)
    let changed = Set(wanted.filter { before[$0.key] != $0.value }.keys)
    after.noteApply(
      Set(wanted.keys), by: manager, changed: changed, gone: Set(before.keys.filter { left[$0] == nil }))
    return Outcome(object: object, owners: after)
  }

  private static func conflict(
    _ conflicts: [(FieldOwners.Manager, FieldOwners.Path)], _ type: ResourceDefinition
  ) -> APIError {
    let sorted = conflicts.sorted { ($0.0.name, FieldOwners.shown($0.1)) < ($1.0.name, FieldOwners.shown($1.1)) }
    let count = sorted.count == 1 ? "1 conflict" : "\(sorted.count) conflicts"
    let texts = sorted.map { "conflict with \"\($0.0.name)\" using \(type.apiVersion): \(FieldOwners.shown($0.1))" }
    let list = texts.count == 1 ? texts.joined() : "\n- " + texts.joined(separator: "\n- ")
    var error = APIError(409, "Conflict", "Apply failed with \(count): \(list)")
    error.causes = sorted.map {
      .init(
        reason: "FieldManagerConflict", message: "conflict with \"\($0.0.name)\" using \(type.apiVersion)",
        field: FieldOwners.shown($0.1))
    }
    return error
  }

  /// Objects merge, lists with a merge key merge by element, sets unite, the rest is replaced.
  private static func merged(_ applied: JSONValue, into present: JSONValue, field: String = "") -> JSONValue {
    switch applied {
    case .object(let fields):
      var result = present.fields ?? [:]
      for (key, value) in fields { result[key] = merged(value, into: result[key] ?? .null, field: key) }
      return .object(result)
    case .array(let items):
      let old = present.items ?? []
      if ListKeys.sets.contains(field) { return .array(old + items.filter { !old.contains($0) }) }
      guard let key = ListKeys.key(of: field, items: items) else { return applied }
      var result = old
      for item in items {
        if let index = result.firstIndex(where: { $0[key] == item[key] }) {
          result[index] = merged(item, into: result[index])
        } else {
          result.append(item)
        }
      }
      return .array(result)
    default: return applied
    }
  }

  /// Nil when nothing is left.
  private static func removing(_ path: ArraySlice<String>, from value: JSONValue) -> JSONValue? {
    guard let step = path.first else { return nil }
    switch value {
    case .object(var fields):
      guard let inner = fields[step] else { return value }
      fields[step] = removing(path.dropFirst(), from: inner)
      return fields.isEmpty && path.count > 1 ? nil : .object(fields)
    case .array(var items):
      for (index, item) in items.enumerated() {
        if step == "v:\(JSONText.text(item))" {
          items.remove(at: index)
          break
        }
        let key = step.dropFirst(2).prefix { $0 != "=" }
        guard step.hasPrefix("k:"), FieldOwners.elementStep(String(key), item) == step else { continue }
        let rest = removing(path.dropFirst(), from: item)
        // An element of which only the key is left was this manager's alone.
        if let rest, rest.fields?.keys.filter({ $0 != key }).isEmpty == false {
          items[index] = rest
        } else {
          items.remove(at: index)
        }
        break
      }
      return items.isEmpty ? nil : .array(items)
    default: return value
    }
  }
}
