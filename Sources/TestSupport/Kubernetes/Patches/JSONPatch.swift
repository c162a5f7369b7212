internal import KubernetesAPI

/// RFC 6902: add, remove, replace, move, copy, test.
enum JSONPatch {
  static func apply(_ patch: JSONValue, to target: JSONValue) throws(APIError) -> JSONValue {
    guard case .array(let operations) = patch else {
      throw .badRequest("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    }
    var result = target
    for operation in operations { result = try apply(operation: operation, to: result) }
    return result
  }

  private static func apply(operation: JSONValue, to target: JSONValue) throws(APIError) -> JSONValue {
    let kind = operation["op"]?.text ?? ""
    let path = try tokens(operation["path"]?.text)
    var result = target
    switch kind {
    case "add": try change(&result, path[...]) { _ in operation["value"] ?? .null }
    case "replace":
      guard read(result, path[...]) != nil else { throw missing(kind, operation) }
      try change(&result, path[...], isReplacing: true) { _ in operation["value"] ?? .null }
    case "remove":
      guard read(result, path[...]) != nil else { throw missing(kind, operation) }
      try change(&result, path[...], isReplacing: true) { _ in nil }
    case "test":
      guard read(result, path[...]) ?? .null == operation["value"] ?? .null else {
        throw rejected("testing value \(operation["path"]?.text ?? "") failed")
      }
    case "copy", "move":
      let from = try tokens(operation["from"]?.text)
      guard let value = read(result, from[...]) else { throw missing(kind, operation) }
      if kind == "move" { try change(&result, from[...], isReplacing: true) { _ in nil } }
      try change(&result, path[...]) { _ in value }
    default: throw .badRequest("Unexpected kind: \(kind)")
    }
    return result
  }

  private static func rejected(_ why: String) -> APIError {
    APIError(422, "Invalid", "the server rejected our request due to an error in our request: \(why)")
  }

  private static func missing(_ kind: String, _ operation: JSONValue) -> APIError {
    rejected("\(kind) operation does not apply: doc is missing path: \(operation["path"]?.text ?? "")")
  }

  private static func tokens(_ pointer: String?) throws(APIError) -> [String] {
    guard let pointer, pointer.isEmpty || pointer.hasPrefix("/") else {
      throw .badRequest("a JSON pointer must start with /")
    }
    return pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
      String($0).replacing("~1", with: "/").replacing("~0", with: "~")
    }
  }

  private static func read(_ value: JSONValue, _ path: ArraySlice<String>) -> JSONValue? {
    guard let token = path.first else { return value }
    switch value {
    case .object(let fields): return fields[token].flatMap { read($0, path.dropFirst()) }
    case .array(let items):
      guard let index = Int(token), items.indices.contains(index) else { return nil }
      return read(items[index], path.dropFirst())
    default: return nil
    }
  }

  private static func change(
    _ value: inout JSONValue, _ path: ArraySlice<String>, isReplacing: Bool = false,
    _ make: (JSONValue) -> JSONValue?
  ) throws(APIError) {
    guard let token = path.first else { return value = make(value) ?? .null }
    let isLast = path.count == 1
    switch value {
    case .object(var fields):
      if isLast {
        fields[token] = make(fields[token] ?? .null)
      } else {
        guard var inner = fields[token] else { throw outside(path) }
        try change(&inner, path.dropFirst(), isReplacing: isReplacing, make)
        fields[token] = inner
      }
      value = .object(fields)
    case .array(var items):
      let index = token == "-" ? items.count : Int(token) ?? -1
      if isLast, !isReplacing, (0...items.count).contains(index) {
        if let new = make(.null) { items.insert(new, at: index) }
      } else {
        guard items.indices.contains(index) else { throw outside(path) }
        if isLast {
          if let new = make(items[index]) { items[index] = new } else { items.remove(at: index) }
        } else {
          try change(&items[index], path.dropFirst(), isReplacing: isReplacing, make)
        }
      }
      value = .array(items)
    default: throw outside(path)
    }
  }

  private static func outside(_ path: ArraySlice<String>) -> APIError {
    rejected("add operation does not apply: doc is missing path: \"/\(path.joined(separator: "/"))\": missing value")
  }
}
