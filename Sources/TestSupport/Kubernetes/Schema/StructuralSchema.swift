internal import KubernetesAPI

/// An OpenAPI v3 schema of one value, compiled: what a CRD declares, and what this server knows of built-in types.
final class StructuralSchema: Sendable {
  enum Kind: String, Sendable { case object, array, string, integer, number, boolean }

  let kind: Kind?
  let properties: [String: StructuralSchema]
  /// Of a map; nil where other keys are unknown fields.
  let additional: StructuralSchema?
  let items: StructuralSchema?
  let required: [String]
  let allowed: [JSONValue]
  let format: String?
  let defaultValue: JSONValue?
  let limits: Limits
  let pattern: Pattern?
  let isNullable: Bool
  let preservesUnknown: Bool
  let isIntOrString: Bool
  /// Has apiVersion, kind and metadata of its own.
  let isEmbeddedResource: Bool
  let listType: String?
  let listMapKeys: [String]
  let rules: [CELRule]
  let allOf, anyOf, oneOf: [StructuralSchema]
  let not: StructuralSchema?

  struct Limits: Sendable {
    var minimum, maximum: Double?
    var exclusiveMinimum = false
    var exclusiveMaximum = false
    var multipleOf: Double?
    var minLength, maxLength, minItems, maxItems, minProperties, maxProperties: Int?
    var uniqueItems = false
  }

  /// - Throws: what is wrong, with its place, for schemas that the real server refuses and for rules that this one
  ///   cannot evaluate.
  init(_ json: JSONValue, at path: String = "openAPIV3Schema") throws(APIError) {
    let type = json["type"]?.text
    kind = type.flatMap { Kind(rawValue: $0) }
    if let type, kind == nil {
      throw .badRequest("\(path).type: Unsupported value: \"\(type)\"")
    }
    format = json["format"]?.text
    defaultValue = json["default"]
    isNullable = json["nullable"]?.flag ?? false
    preservesUnknown = json["x-kubernetes-preserve-unknown-fields"]?.flag ?? false
    isIntOrString = json["x-kubernetes-int-or-string"]?.flag ?? false
    isEmbeddedResource = json["x-kubernetes-embedded-resource"]?.flag ?? false
    listType = json["x-kubernetes-list-type"]?.text
    listMapKeys = (json["x-kubernetes-list-map-keys"]?.items ?? []).compactMap(\.text)
    required = (json["required"]?.items ?? []).compactMap(\.text)
    allowed = json["enum"]?.items ?? []
    limits = Limits(json)
    pattern = try json["pattern"]?.text.map { text throws(APIError) in try Pattern(text, at: path) }
    properties = try Self.map(json["properties"], at: "\(path).properties")
    additional = try Self.additional(json["additionalProperties"], at: path)
    items = try json["items"].map { value throws(APIError) in try StructuralSchema(value, at: "\(path).items") }
    allOf = try Self.list(json["allOf"], at: "\(path).allOf")
    anyOf = try Self.list(json["anyOf"], at: "\(path).anyOf")
    oneOf = try Self.list(json["oneOf"], at: "\(path).oneOf")
    not = try json["not"].map { value throws(APIError) in try StructuralSchema(value, at: "\(path).not") }
    var rules: [CELRule] = []
    for (index, rule) in (json["x-kubernetes-validations"]?.items ?? []).enumerated() {
      rules.append(try CELRule(rule, at: "\(path).x-kubernetes-validations[\(index)]"))
    }
    self.rules = rules
  }

  private static func map(_ json: JSONValue?, at path: String) throws(APIError) -> [String: StructuralSchema] {
    var result: [String: StructuralSchema] = [:]
    for (key, value) in json?.fields ?? [:] { result[key] = try StructuralSchema(value, at: "\(path)[\(key)]") }
    return result
  }

  private static func list(_ json: JSONValue?, at path: String) throws(APIError) -> [StructuralSchema] {
    var result: [StructuralSchema] = []
    for (index, value) in (json?.items ?? []).enumerated() {
      result.append(try StructuralSchema(value, at: "\(path)[\(index)]"))
    }
    return result
  }

  private static func additional(_ json: JSONValue?, at path: String) throws(APIError) -> StructuralSchema? {
    switch json {
    case .bool(true): try StructuralSchema(["x-kubernetes-preserve-unknown-fields": true], at: path)
    case .object: try StructuralSchema(json ?? .null, at: "\(path).additionalProperties")
    default: nil
    }
  }
}

extension StructuralSchema.Limits {
  fileprivate init(_ json: JSONValue) {
    func number(_ key: String) -> Double? {
      switch json[key] {
      case .integer(let value): Double(value)
      case .double(let value): value
      default: nil
      }
    }
    func count(_ key: String) -> Int? { json[key]?.int.map { Int($0) } }
    minimum = number("minimum")
    maximum = number("maximum")
    exclusiveMinimum = json["exclusiveMinimum"]?.flag ?? false
    exclusiveMaximum = json["exclusiveMaximum"]?.flag ?? false
    multipleOf = number("multipleOf")
    minLength = count("minLength")
    maxLength = count("maxLength")
    minItems = count("minItems")
    maxItems = count("maxItems")
    minProperties = count("minProperties")
    maxProperties = count("maxProperties")
    uniqueItems = json["uniqueItems"]?.flag ?? false
  }
}

/// A regular expression and its text.
struct Pattern: @unchecked Sendable {
  // `Regex` is not Sendable; it is made here and only read afterwards.
  let text: String
  private let regex: Regex<AnyRegexOutput>

  init(_ text: String, at path: String) throws(APIError) {
    self.text = text
    do {
      regex = try Regex(text)
    } catch {
      throw .badRequest("\(path).pattern: Invalid value: \"\(text)\": must be a valid regular expression: \(error)")
    }
  }

  /// Whether some part of the text matches, as in Go.
  func matches(_ value: String) -> Bool { (try? regex.firstMatch(in: value)) ?? nil != nil }
}
