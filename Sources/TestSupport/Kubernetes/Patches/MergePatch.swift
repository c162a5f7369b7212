internal import KubernetesAPI

/// RFC 7386: null removes, objects merge, everything else replaces.
enum MergePatch {
  static func apply(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var result = target.fields ?? [:]
    for (key, change) in changes {
      if change.isNull {
        result[key] = nil
      } else {
        result[key] = apply(change, to: result[key] ?? .null)
      }
    }
    return .object(result)
  }
}
