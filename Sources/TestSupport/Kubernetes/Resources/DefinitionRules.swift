internal import KubernetesAPI

/// What the API server demands of a CustomResourceDefinition before it serves it
/// (`apiextensions-apiserver/pkg/apis/apiextensions/validation`). The schema's own rules are in `SchemaRules`.
enum DefinitionRules {
  private static let columnTypes = ["boolean", "date", "integer", "number", "string"]
  /// Of the root, when status has a subresource of its own: what would be lost if only `properties.status` were looked at.
  private static let rootKeywords: Set<String> = [
    "description", "type", "format", "title", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
    "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "required", "items", "properties",
    "externalDocs", "example", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations",
  ]

  static func names(_ spec: JSONValue) -> [Finding] {
    var findings: [Finding] = []
    let names = spec["names"] ?? [:]
    for key in ["plural", "kind"] where (names[key]?.text ?? "").isEmpty {
      findings.append(.required("spec.names.\(key)"))
    }
    for key in ["plural", "singular", "kind", "listKind"] {
      guard let name = names[key]?.text, !name.isEmpty else { continue }
      let isCased = key == "kind" || key == "listKind"
      if !isLabel(isCased ? name.lowercased() : name) {
        findings.append(.invalid("spec.names.\(key)", .string(name), label))
      }
    }
    if let kind = names["kind"]?.text, kind == names["listKind"]?.text {
      findings.append(.invalid("spec.names.listKind", .string(kind), "kind and listKind may not be the same"))
    }
    for key in ["shortNames", "categories"] {
      for (index, name) in (names[key]?.items ?? []).enumerated() where !isLabel(name.text ?? "") {
        findings.append(.invalid("spec.names.\(key)[\(index)]", name, label))
      }
    }
    return findings
  }

  /// What of a definition that is served cannot become something else.
  static func changes(_ new: JSONValue, _ old: JSONValue?) -> [Finding] {
    guard let old else { return [] }
    var findings: [Finding] = []
    for path in [["scope"], ["group"], ["names", "kind"], ["names", "plural"]] {
      guard new[path: path[...]] != old[path: path[...]] else { continue }
      let field = "spec." + path.joined(separator: ".")
      findings.append(.invalid(field, new[path: path[...]] ?? .null, "field is immutable"))
    }
    return findings
  }

  static func version(_ version: JSONValue, at path: String) -> [Finding] {
    var findings: [Finding] = []
    if !isLabel(version["name"]?.text ?? "") {
      findings.append(.invalid("\(path).name", version["name"] ?? .null, label))
    }
    for key in ["served", "storage"] where version[key]?.flag == nil {
      findings.append(.required("\(path).\(key)"))
    }
    for (index, column) in (version["additionalPrinterColumns"]?.items ?? []).enumerated() {
      findings += self.column(column, at: "\(path).additionalPrinterColumns[\(index)]")
    }
    guard let schema = version["schema", "openAPIV3Schema"], let keywords = schema.fields?.keys else { return findings }
    let place = "\(path).schema.openAPIV3Schema"
    if schema["type"] != "object" {
      findings.append(.invalid("\(place).type", schema["type"] ?? "", "must be object at the root"))
    }
    if version["subresources", "status"] != nil, keywords.contains(where: { !rootKeywords.contains($0) }) {
      findings.append(
        .invalid(
          place, "schema",
          "only \(rootKeywords.sorted()) fields are allowed at the root of the schema if the "
            + "status subresource is enabled"))
    }
    return findings + SchemaRules.findings(in: schema, at: place)
  }

  private static func column(_ column: JSONValue, at path: String) -> [Finding] {
    var findings: [Finding] = []
    if (column["name"]?.text ?? "").isEmpty { findings.append(.required("\(path).name")) }
    let type = column["type"]?.text ?? ""
    if !columnTypes.contains(type) {
      findings.append(
        .invalid("\(path).type", .string(type), "must be one of \(columnTypes.joined(separator: ","))"))
    }
    let jsonPath = column["jsonPath"]?.text ?? ""
    if jsonPath.isEmpty {
      findings.append(.required("\(path).JSONPath"))
    } else if !jsonPath.hasPrefix(".") {
      findings.append(
        .invalid("\(path).JSONPath", .string(jsonPath), "must be a simple json path starting with ."))
    }
    return findings
  }

  private static let label =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    + "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    + "'[a-z]([-a-z0-9]*[a-z0-9])?')"

  private static func isLabel(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= 63, name.utf8.last != UInt8(ascii: "-") else { return false }
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return letters.contains(first)
      && name.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "-") }
  }
}
