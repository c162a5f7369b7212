internal import KubernetesAPI

/// The JSONPath of printer columns and scale paths: `.a.b`, `['a']`, `[0]`, `[*]`, `[?(@.type=="Ready")]`.
struct JSONPath: Sendable {
  private enum Step: Sendable {
    case key(String)
    case index(Int)
    case all
    case filter([String], String)
  }

  private var steps: [Step] = []
  /// The keys of a path that has nothing else.
  var keys: [String]? {
    var result: [String] = []
    for step in steps {
      guard case .key(let key) = step else { return nil }
      result.append(key)
    }
    return result
  }

  init(_ text: String) throws(APIError) {
    var rest = Substring(text)
    while let first = rest.first {
      if first == "." {
        rest.removeFirst()
        let key = Self.key(&rest)
        if !key.isEmpty { steps.append(.key(key)) }
      } else if first == "[" {
        let end: Substring.Index?
        if rest.hasPrefix("[?(") {
          end = rest.firstRange(of: ")]").map { rest.index(after: $0.lowerBound) }
        } else {
          end = rest.firstIndex(of: "]")
        }
        guard let end else { throw .badRequest("jsonPath \(text): a bracket is not closed") }
        steps.append(try Self.bracket(String(rest[rest.index(after: rest.startIndex)..<end]), text))
        rest = rest[rest.index(after: end)...]
      } else {
        throw .badRequest("jsonPath \(text): cannot be read at \(rest)")
      }
    }
  }

  private static func key(_ rest: inout Substring) -> String {
    var key = ""
    while let next = rest.first, next != ".", next != "[" {
      rest.removeFirst()
      if next == "\\", let escaped = rest.popFirst() { key.append(escaped) } else { key.append(next) }
    }
    return key
  }

  private static func bracket(_ text: String, _ whole: String) throws(APIError) -> Step {
    if text == "*" { return .all }
    if let index = Int(text) { return .index(index) }
    if text.hasPrefix("'"), text.hasSuffix("'") { return .key(String(text.dropFirst().dropLast())) }
    guard text.hasPrefix("?("), let equals = text.firstRange(of: "==") else {
      throw .badRequest("jsonPath \(whole): the test API server cannot read [\(text)]")
    }
    let path = text[text.index(text.startIndex, offsetBy: 2)..<equals.lowerBound].split(separator: ".").dropFirst()
    let value = text[equals.upperBound...].dropLast().filter { $0 != "\"" && $0 != "'" }
    return .filter(path.map { String($0).replacing(" ", with: "") }, String(value).replacing(" ", with: ""))
  }

  func values(in object: JSONValue) -> [JSONValue] {
    var current = [object]
    for step in steps {
      switch step {
      case .key(let key): current = current.compactMap { $0[key] }
      case .index(let index): current = current.compactMap { $0[index] }
      case .all: current = current.flatMap { $0.items ?? $0.fields.map { Array($0.values) } ?? [] }
      case .filter(let path, let value):
        current = current.flatMap { ($0.items ?? []).filter { $0[path: path[...]]?.text == value } }
      }
    }
    return current
  }

  /// The text of a printer column: values joined by commas; null for nothing.
  func cell(_ object: JSONValue, type: String, at now: Timestamp) -> JSONValue {
    let values = values(in: object).filter { !$0.isNull }
    guard let first = values.first else { return .null }
    switch type {
    case "date": return .string(TableText.age(first.text, at: now))
    case "integer" where values.count == 1, "number" where values.count == 1, "boolean" where values.count == 1:
      return first
    default:
      return .string(values.map { $0.text ?? JSONText.text($0) }.joined(separator: ","))
    }
  }
}
