public import KubernetesAPI

/// Reading and changing JSON by paths: `object["metadata", "name"]?.text`.
extension JSONValue {
  public var fields: [String: JSONValue]? {
    if case .object(let value) = self { value } else { nil }
  }

  public var items: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  public var text: String? {
    if case .string(let value) = self { value } else { nil }
  }

  public var int: Int64? {
    switch self {
    case .integer(let value): value
    case .double(let value): Int64(exactly: value)
    default: nil
    }
  }

  public var flag: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var isNull: Bool { self == .null }

  /// The value at the path of keys; nil where something on the way is missing. Setting makes the objects on the way,
  /// setting nil removes.
  public subscript(_ path: String...) -> JSONValue? {
    get { self[path: path[...]] }
    set { self[path: path[...]] = newValue }
  }

  public subscript(path path: ArraySlice<String>) -> JSONValue? {
    get {
      guard let key = path.first else { return self }
      guard case .object(let fields) = self, let value = fields[key] else { return nil }
      return value[path: path.dropFirst()]
    }
    set {
      guard let key = path.first else { return self = newValue ?? .null }
      var fields = self.fields ?? [:]
      if path.count == 1 {
        fields[key] = newValue
      } else if newValue != nil || fields[key] != nil {
        var inner = fields[key] ?? .object([:])
        inner[path: path.dropFirst()] = newValue
        fields[key] = inner
      }
      self = .object(fields)
    }
  }

  /// The element of an array; nil out of bounds.
  public subscript(_ index: Int) -> JSONValue? {
    guard case .array(let items) = self, items.indices.contains(index) else { return nil }
    return items[index]
  }

  /// All string values of an object: labels, annotations.
  public var strings: [String: String] { (fields ?? [:]).compactMapValues(\.text) }
}

extension JSONValue {
  var name: String { self["metadata", "name"]?.text ?? "" }
  var namespace: String? { self["metadata", "namespace"]?.text }
  var uid: String { self["metadata", "uid"]?.text ?? "" }
  var resourceVersion: String? { self["metadata", "resourceVersion"]?.text }
  var labels: [String: String] { self["metadata", "labels"]?.strings ?? [:] }
  var finalizers: [String] { (self["metadata", "finalizers"]?.items ?? []).compactMap(\.text) }
  var isTerminating: Bool { self["metadata", "deletionTimestamp"]?.text != nil }
}
