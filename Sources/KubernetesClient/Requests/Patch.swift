public import KubernetesAPI

/// A change of an object.
public enum Patch: Sendable {
  /// RFC 7386: what is there is replaced, null removes, lists are replaced as a whole.
  case merge(JSONValue)
  /// Server-side apply of these fields. `force` takes fields over that somebody else applied.
  case apply(JSONValue, fieldManager: String, force: Bool)

  var body: JSONValue {
    switch self {
    case .merge(let body), .apply(let body, _, _): body
    }
  }

  var contentType: String {
    switch self {
    case .merge: "application/merge-patch+json"
    // JSON is YAML.
    case .apply: "application/apply-patch+yaml"
    }
  }

  var query: [(name: String, value: String)] {
    switch self {
    case .merge: []
    case .apply(_, let fieldManager, let force): [("fieldManager", fieldManager), ("force", force ? "true" : "false")]
    }
  }
}
