import KubernetesAPI
import Testing

@testable import TestSupport

/// CustomResourceDefinitions that a real API server refuses.
@Suite struct DefinitionTests {
  /// The definition of the fixture, changed.
  private static func definition(_ change: (inout JSONValue) -> Void) throws -> JSONValue {
    var definition = try YAMLText.documents(Fixture.widgets)[0]
    definition["metadata", "name"] = "gadgets.example.com"
    definition["spec", "names"] = ["plural": "gadgets", "kind": "Gadget"]
    change(&definition)
    return definition
  }

  /// Changes the schema of a field of spec.
  private static func field(_ name: String, _ schema: JSONValue) -> @Sendable (inout JSONValue) -> Void {
    { definition in
      var version = definition["spec", "versions"]?[0] ?? [:]
      version["schema", "openAPIV3Schema", "properties", "spec", "properties", name] = schema
      definition["spec", "versions"] = [version]
    }
  }

  private static func version(_ key: String, _ value: JSONValue) -> @Sendable (inout JSONValue) -> Void {
    { definition in
      var version = definition["spec", "versions"]?[0] ?? [:]
      version[key] = value
      definition["spec", "versions"] = [version]
    }
  }

  static let refused: [(String, @Sendable (inout JSONValue) -> Void)] = [
    ("properties[x].type: Required value", field("x", ["description": "no type"])),
    ("properties[x].items: Required value", field("x", ["type": "array"])),
    (
      "properties[x].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
      field(
        "x", ["type": "object", "properties": ["a": ["type": "string"]], "additionalProperties": ["type": "string"]])
    ),
    (
      "properties[x].uniqueItems: Forbidden",
      field("x", ["type": "array", "items": ["type": "string"], "uniqueItems": true])
    ),
    (
      "properties[x].x-kubernetes-list-map-keys: Required value",
      field("x", ["type": "array", "x-kubernetes-list-type": "map", "items": ["type": "object"]])
    ),
    (
      "items.properties[id].default: Required value",
      field(
        "x",
        [
          "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"],
          "items": ["type": "object", "properties": ["id": ["type": "string"]]],
        ])
    ),
    (
      "properties[x].type: Invalid value: \"string\"",
      field("x", ["type": "string", "x-kubernetes-int-or-string": true])
    ),
    ("anyOf[0].type: Forbidden", field("x", ["type": "string", "anyOf": [["type": "string"]]])),
    ("properties[x].default: Unsupported value", field("x", ["type": "string", "enum": ["a"], "default": "b"])),
    ("properties[x].$ref: Forbidden", field("x", ["type": "object", "$ref": "#/x"])),
    (
      "message: Invalid value: \"message\": message must not contain line breaks",
      field("x", ["type": "integer", "x-kubernetes-validations": [["rule": "self > 1", "message": "a\nb"]]])
    ),
    (
      "additionalPrinterColumns[0].type: Invalid value",
      version("additionalPrinterColumns", [["name": "A", "type": "text", "jsonPath": ".a"]])
    ),
    (
      "additionalPrinterColumns[0].JSONPath: Invalid value",
      version("additionalPrinterColumns", [["name": "A", "type": "string", "jsonPath": "a.b"]])
    ),
    ("spec.names.shortNames[0]: Invalid value: \"GA\"", { $0["spec", "names", "shortNames"] = ["GA"] }),
    ("spec.names.listKind: Invalid value", { $0["spec", "names", "listKind"] = "Gadget" }),
  ]

  @Test func whatIsNotStructuralIsRefused() async throws {
    let fixture = try await Fixture()
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for (message, change) in Self.refused {
      let answer = try await fixture.client.post(path, try Self.definition(change))
      #expect(answer.status == 422, "\(message)")
      #expect(answer.message.contains(message), "\(answer.message.prefix(600))")
    }
    let created = try await fixture.client.post(path, try Self.definition { _ in })
    #expect(created.status == 201, "\(created.message)")
    let other = try await fixture.client.merge("\(path)/gadgets.example.com", ["spec": ["scope": "Cluster"]])
    #expect(other.status == 422 && other.message.contains("spec.scope: Invalid value: \"Cluster\": field is immutable"))
    await fixture.server.stop()
  }

  /// A schema of `x`, and whether its rule may cost so much.
  static let costs: [(JSONValue, Bool)] = [
    (
      [
        "type": "object", "properties": ["a": ["type": "integer"]],
        "x-kubernetes-validations": [["rule": "self.a > 1"]],
      ], true
    ),
    // In a list without an end every rule costs too much, and with one few do.
    (list(nil, "self.id != self.name"), false),
    (list(100, "self.id != self.name"), false),
    (list(100, "self.id != self.name", length: 63), true),
    (list(nil, "has(self.id)"), true),
    (
      [
        "type": "array", "items": ["type": "string"],
        "x-kubernetes-validations": [["rule": "self.all(x, self.exists_one(y, x == y))"]],
      ], false
    ),
    (
      [
        "type": "array", "maxItems": 20, "items": ["type": "string", "maxLength": 63],
        "x-kubernetes-validations": [["rule": "self.all(x, self.exists_one(y, x == y))"]],
      ], true
    ),
    (
      [
        "type": "object", "additionalProperties": ["type": "string"],
        "x-kubernetes-validations": [["rule": "self.all(k, k.matches('^[a-z]+$'))"]],
      ], false
    ),
  ]

  private static func list(_ most: Int64?, _ rule: String, length: Int64? = nil) -> JSONValue {
    var text: JSONValue = ["type": "string"]
    text["maxLength"] = length.map { .integer($0) }
    var list: JSONValue = [
      "type": "array",
      "items": [
        "type": "object", "properties": ["id": text, "name": text], "required": ["id", "name"],
        "x-kubernetes-validations": [["rule": .string(rule)]],
      ],
    ]
    list["maxItems"] = most.map { .integer($0) }
    return list
  }

  @Test func rulesThatMayCostTooMuchAreRefused() throws {
    for (schema, isAllowed) in Self.costs {
      let findings = SchemaRules.findings(in: schema, at: "x")
      #expect(findings.isEmpty == isAllowed, "\(JSONText.text(schema)): \(findings)")
      let isTold = findings.allSatisfy { $0.message.contains("estimated rule cost exceeds budget by factor of ") }
      #expect(isTold, "\(findings)")
    }
  }
}
