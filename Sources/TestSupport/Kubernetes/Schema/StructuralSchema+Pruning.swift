internal import KubernetesAPI

extension StructuralSchema {
  /// The value without the fields that the schema does not know; their paths go to `unknown`.
  func pruned(_ value: JSONValue, at path: String = "", isRoot: Bool = false, unknown: inout [String]) -> JSONValue {
    switch value {
    case .array(let elements):
      guard let items else { return value }
      var result: [JSONValue] = []
      for (index, element) in elements.enumerated() {
        result.append(items.pruned(element, at: "\(path)[\(index)]", unknown: &unknown))
      }
      return .array(result)
    case .object(let fields):
      var result: [String: JSONValue] = [:]
      for key in fields.keys.sorted() {
        guard let field = fields[key] else { continue }
        let place = path.isEmpty ? key : "\(path).\(key)"
        if isRoot || isEmbeddedResource, ["apiVersion", "kind", "metadata"].contains(key) {
          result[key] = field
        } else if let property = properties[key] {
          result[key] = property.pruned(field, at: place, unknown: &unknown)
        } else if let additional {
          result[key] = additional.pruned(field, at: place, unknown: &unknown)
        } else if preservesUnknown || isIntOrString {
          result[key] = field
        } else {
          unknown.append(place)
        }
      }
      return .object(result)
    default: return value
    }
  }

  /// The value with defaults filled in. A null where none is allowed and a default exists counts as missing.
  func defaulted(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements):
      guard let items else { return value }
      return .array(elements.map { items.defaulted($0) })
    case .object(var fields):
      for (key, property) in properties {
        if let present = fields[key] {
          if present.isNull, !property.isNullable { fields[key] = property.defaultValue }
        } else if let filler = property.defaultValue {
          fields[key] = filler
        }
        if let present = fields[key] { fields[key] = property.defaulted(present) }
      }
      if let additional {
        for (key, present) in fields where properties[key] == nil { fields[key] = additional.defaulted(present) }
      }
      return .object(fields)
    default: return value
    }
  }
}
