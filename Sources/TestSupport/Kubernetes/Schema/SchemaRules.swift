internal import KubernetesAPI

/// What makes a schema structural, which the API server demands of every CustomResourceDefinition: it must be able to say
/// of each field what it is, whatever the combinations beside it say.
enum SchemaRules {
  private static let unsupported = [
    "$ref", "definitions", "dependencies", "deprecated", "discriminator", "id", "patternProperties", "readOnly",
    "writeOnly", "xml", "additionalItems",
  ]
  /// What may not stand inside of `allOf`, `anyOf`, `oneOf` and `not`.
  private static let forbiddenInside = [
    "description", "type", "default", "additionalProperties", "nullable", "title",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type",
    "x-kubernetes-int-or-string",
  ]
  private static let combinations = ["allOf", "anyOf", "oneOf"]

  /// - Parameter path: of the schema, for messages.
  static func findings(in schema: JSONValue, at path: String) -> [Finding] {
    var findings: [Finding] = []
    visit(schema, at: path, occurrences: 1, &findings)
    return findings
  }

  /// - Parameter occurrences: how often the value may be in one object, as `RuleCost` reckons it.
  private static func visit(
    _ schema: JSONValue, at path: String, occurrences: UInt64, _ findings: inout [Finding]
  ) {
    findings += keywords(schema, at: path)
    findings += type(schema, at: path)
    findings += list(schema, at: path)
    findings += rules(schema, at: path, occurrences: occurrences)
    for key in combinations {
      for (index, inner) in (schema[key]?.items ?? []).enumerated() {
        combination(inner, of: schema, at: "\(path).\(key)[\(index)]", &findings)
      }
    }
    if let inner = schema["not"] { combination(inner, of: schema, at: "\(path).not", &findings) }
    for (key, inner) in (schema["properties"]?.fields ?? [:]).sorted(by: { $0.key < $1.key }) {
      visit(inner, at: "\(path).properties[\(key)]", occurrences: occurrences, &findings)
    }
    if let items = schema["items"], items.fields != nil {
      let more = RuleCost.multiplied(occurrences, RuleCost.mostItems(of: schema))
      visit(items, at: "\(path).items", occurrences: more, &findings)
    }
    if let values = schema["additionalProperties"], values.fields != nil {
      let more = RuleCost.multiplied(occurrences, RuleCost.mostItems(of: schema))
      visit(values, at: "\(path).additionalProperties", occurrences: more, &findings)
    }
  }

  private static func keywords(_ schema: JSONValue, at path: String) -> [Finding] {
    var findings = unsupported.filter { schema[$0] != nil }.map { Finding.forbidden("\(path).\($0)", "not supported") }
    if schema["uniqueItems"] == true {
      findings.append(
        .forbidden(
          "\(path).uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"))
    }
    if schema["properties"] != nil, schema["additionalProperties"] != nil {
      findings.append(
        .forbidden(
          "\(path).additionalProperties", "additionalProperties and properties are mutual exclusive"))
    }
    if schema["x-kubernetes-preserve-unknown-fields"] == false {
      findings.append(.invalid("\(path).x-kubernetes-preserve-unknown-fields", false, "must be true or undefined"))
    }
    return findings
  }

  private static func type(_ schema: JSONValue, at path: String) -> [Finding] {
    var findings: [Finding] = []
    let type = schema["type"]?.text ?? ""
    let isIntOrString = schema["x-kubernetes-int-or-string"] == true
    if isIntOrString {
      if !type.isEmpty {
        findings.append(
          .invalid("\(path).type", .string(type), "must be empty if x-kubernetes-int-or-string is specified"))
      }
    } else if type.isEmpty, schema["x-kubernetes-preserve-unknown-fields"] != true {
      findings.append(.required("\(path).type", "must not be empty for specified object fields"))
    }
    if type == "array", schema["items"]?.fields == nil {
      findings.append(.required("\(path).items", "must be specified"))
    }
    if let value = schema["default"], !value.isNull, let compiled = try? StructuralSchema(schema, at: path) {
      var found: [Finding] = []
      compiled.validate(value, at: "\(path).default", &found)
      findings += found
    }
    return findings
  }

  private static func list(_ schema: JSONValue, at path: String) -> [Finding] {
    var findings: [Finding] = []
    if let kind = schema["x-kubernetes-map-type"] {
      if schema["type"] != "object" {
        findings.append(
          .invalid("\(path).type", schema["type"] ?? "", "must be object if x-kubernetes-map-type is specified"))
      }
      if kind != "atomic", kind != "granular" {
        findings.append(.notSupported("\(path).x-kubernetes-map-type", kind, ["atomic", "granular"]))
      }
    }
    guard let kind = schema["x-kubernetes-list-type"] else { return findings }
    if schema["type"] != "array" {
      findings.append(
        .invalid("\(path).type", schema["type"] ?? "", "must be array if x-kubernetes-list-type is specified"))
    }
    switch kind {
    case "atomic": break
    case "set":
      if schema["items", "type"] == "object", schema["items", "x-kubernetes-map-type"] != "atomic" {
        findings.append(
          .invalid(
            "\(path).items.x-kubernetes-map-type", .null,
            "must be atomic as item of a list with x-kubernetes-list-type=set"))
      }
    case "map": findings += mapKeys(schema, at: path)
    default: findings.append(.notSupported("\(path).x-kubernetes-list-type", kind, ["atomic", "set", "map"]))
    }
    return findings
  }

  private static func mapKeys(_ schema: JSONValue, at path: String) -> [Finding] {
    let keys = (schema["x-kubernetes-list-map-keys"]?.items ?? []).compactMap(\.text)
    guard !keys.isEmpty else {
      return [
        .required("\(path).x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map")
      ]
    }
    var findings: [Finding] = []
    let required = (schema["items", "required"]?.items ?? []).compactMap(\.text)
    for key in keys {
      guard let property = schema["items", "properties", key] else {
        findings.append(
          .invalid("\(path).x-kubernetes-list-map-keys", .string(key), "entries must all be names of item properties"))
        continue
      }
      if !required.contains(key), property["default"] == nil {
        findings.append(
          .required(
            "\(path).items.properties[\(key)].default",
            "this property is in x-kubernetes-list-map-keys, so it must "
              + "have a default or be a required property"))
      }
    }
    return findings
  }

  private static func combination(
    _ inner: JSONValue, of schema: JSONValue, at path: String, _ findings: inout [Finding]
  ) {
    // The one way in which types may stand there.
    let isIntOrString = schema["x-kubernetes-int-or-string"] == true
    if isIntOrString, inner == ["type": "integer"] || inner == ["type": "string"] { return }
    for key in forbiddenInside where inner[key] != nil {
      findings.append(.forbidden("\(path).\(key)", "must be undefined to be structural"))
    }
    for key in combinations {
      for (index, more) in (inner[key]?.items ?? []).enumerated() {
        combination(more, of: schema, at: "\(path).\(key)[\(index)]", &findings)
      }
    }
    for key in (inner["properties"]?.fields ?? [:]).keys.sorted() where schema["properties", key] == nil {
      findings.append(.required(path, "properties[\(key)] must be specified outside of it, too, to be structural"))
    }
  }

  private static func rules(_ schema: JSONValue, at path: String, occurrences: UInt64) -> [Finding] {
    var findings: [Finding] = []
    for (index, rule) in (schema["x-kubernetes-validations"]?.items ?? []).enumerated() {
      let place = "\(path).x-kubernetes-validations[\(index)]"
      let text = rule["rule"]?.text ?? ""
      let message = rule["message"]?.text
      if text.allSatisfy(\.isWhitespace) { findings.append(.required("\(place).rule", "rule is not specified")) }
      if let message, message.allSatisfy(\.isWhitespace) {
        findings.append(.invalid("\(place).message", .string(message), "message must be non-empty if specified"))
      }
      if message?.contains(where: \.isNewline) == true {
        findings.append(.invalid("\(place).message", "message", "message must not contain line breaks"))
      }
      if message == nil, text.contains(where: \.isNewline) {
        findings.append(.required("\(place).message", "message must be specified if rule contains line breaks"))
      }
      guard let expression = try? CELParser.parse(text) else { continue }
      let cost = RuleCost.multiplied(RuleCost.cost(of: expression, in: schema), occurrences)
      if cost > RuleCost.limit {
        findings.append(
          .forbidden(
            "\(place).rule",
            "estimated rule cost exceeds budget by factor of \(RuleCost.factor(cost)) (try simplifying "
              + "the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
          ))
      }
    }
    return findings
  }
}
