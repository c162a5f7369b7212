internal import Foundation
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// The definitions of keda.sh: complete, explained, and no stricter than KEDA's.
@Suite struct CustomResourceDefinitionTests {
  static let kinds = ["scaledobjects", "scaledjobs", "triggerauthentications", "clustertriggerauthentications"]

  private func definition(_ plural: String) throws -> JSONValue {
    let documents = try Manifests(yaml: Repository.text("deploy/base/crds/\(plural).yaml")).objects
    #expect(documents.count == 1)
    return try #require(documents.first)
  }

  private func version(_ plural: String) throws -> JSONValue {
    let versions = try #require(try definition(plural)["spec", "versions"]?.items)
    #expect(versions.map { $0["name"]?.text ?? "" } == ["v1alpha1"])
    return try #require(versions.first)
  }

  private func schema(_ plural: String) throws -> JSONValue {
    try #require(try version(plural)["schema", "openAPIV3Schema"])
  }

  @Test(arguments: [
    ("scaledobjects", "ScaledObject", ["so"], "Namespaced"), ("scaledjobs", "ScaledJob", ["sj"], "Namespaced"),
    ("triggerauthentications", "TriggerAuthentication", ["ta", "triggerauth"], "Namespaced"),
    ("clustertriggerauthentications", "ClusterTriggerAuthentication", ["cta", "clustertriggerauth"], "Cluster"),
  ])
  func `names, scope and subresources are KEDA's`(
    plural: String, kind: String, shortNames: [String], scope: String
  ) throws {
    let definition = try definition(plural)
    #expect(definition["metadata", "name"]?.text == "\(plural).keda.sh")
    #expect(definition["spec", "group"]?.text == "keda.sh")
    #expect(definition["spec", "scope"]?.text == scope)
    let names = try #require(definition["spec", "names"])
    #expect(names["kind"]?.text == kind && names["listKind"]?.text == "\(kind)List")
    #expect(names["plural"]?.text == plural && names["singular"]?.text == kind.lowercased())
    #expect(names["shortNames"]?.texts == shortNames)
    let version = try version(plural)
    #expect(version["served"]?.flag == true && version["storage"]?.flag == true)
    #expect(version["subresources"] == .object(["status": .object([:])]))
  }

  @Test(arguments: [
    (
      "scaledobjects",
      [
        "ScaleTargetKind", "ScaleTargetName", "Min", "Max", "Ready", "Active", "Fallback", "Paused", "Triggers",
        "Authentications", "Age",
      ]
    ),
    ("scaledjobs", ["Min", "Max", "Ready", "Active", "Paused", "Triggers", "Authentications", "Age"]),
    ("triggerauthentications", ["PodIdentity", "Secret", "Env", "VaultAddress", "ScaledObjects", "ScaledJobs"]),
    (
      "clustertriggerauthentications",
      ["PodIdentity", "Secret", "Env", "VaultAddress", "FilePath", "ScaledObjects", "ScaledJobs"]
    ),
  ])
  func `the columns are KEDA's, and each shows a field that there is`(plural: String, names: [String]) throws {
    let columns = try version(plural)["additionalPrinterColumns"]?.items ?? []
    #expect(columns.map { $0["name"]?.text ?? "" } == names)
    let schema = try schema(plural)
    for column in columns {
      let path = column["jsonPath"]?.text ?? ""
      if path == ".metadata.creationTimestamp" { continue }
      var node: JSONValue? = schema
      for part in path.dropFirst().split(separator: "[").first?.split(separator: ".") ?? [] {
        node = node?["properties", String(part)]
      }
      #expect(node != nil, "\(path)")
    }
  }

  @Test(arguments: kinds)
  func `every field has a type and a description`(plural: String) throws {
    for (path, field) in try schema(plural).schemaFields {
      if path == ["metadata"] { continue }
      let isIntOrString = field["x-kubernetes-int-or-string"]?.flag == true
      #expect(field["type"] != nil || isIntOrString, "\(path.joined(separator: "."))")
      // The elements of a list of texts are explained by the list.
      if path.last == "[]", field["type"]?.text == "string" || field["type"]?.text == "integer" { continue }
      if path.last == "{}", field["type"]?.text == "string" { continue }
      #expect((field["description"]?.text ?? "").count > 5, "\(path.joined(separator: "."))")
    }
  }

  /// What the API server demands of a structural schema, beyond types.
  @Test(arguments: kinds)
  func `the schemas are structural`(plural: String) throws {
    for (path, field) in try schema(plural).schemaFields {
      #expect(!(field["properties"] != nil && field["additionalProperties"] != nil), "\(path)")
      if field["type"]?.text == "array" { #expect(field["items"] != nil, "\(path)") }
      for name in field["required"]?.texts ?? [] { #expect(field["properties", name] != nil, "\(path).\(name)") }
      if let value = field["default"]?.text { #expect(field["enum"]?.texts.contains(value) == true, "\(path)") }
    }
  }

  /// A default of the definition is written into every stored object, so there are none but KEDA's.
  @Test func `only KEDA's own defaults are written into objects`() throws {
    var defaults: Set<String> = []
    for kind in Self.kinds {
      for (path, field) in try schema(kind).schemaFields where field["default"] != nil {
        defaults.insert("\(path.joined(separator: ".")) = \(field["default"]?.text ?? "?")")
      }
    }
    #expect(defaults == ["spec.fallback.behavior = static", "spec.oauth2.type = clientCredentials"])
  }

  @Test(arguments: [
    ("scaledobjects", "spec.scaleTargetRef.name", "minLength", 1),
    ("scaledobjects", "spec.pollingInterval", "minimum", 1),
    ("scaledobjects", "spec.initialCooldownPeriod", "minimum", 0),
    ("scaledobjects", "spec.cooldownPeriod", "minimum", 0),
    ("scaledobjects", "spec.idleReplicaCount", "minimum", 0), ("scaledobjects", "spec.minReplicaCount", "minimum", 0),
    ("scaledobjects", "spec.maxReplicaCount", "minimum", 1), ("scaledobjects", "spec.triggers", "minItems", 1),
    ("scaledobjects", "spec.triggers.[].type", "minLength", 1),
    ("scaledobjects", "spec.fallback.failureThreshold", "minimum", 0),
    ("scaledobjects", "spec.fallback.replicas", "minimum", 0),
    (
      "scaledobjects", "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.stabilizationWindowSeconds",
      "maximum",
      3600
    ),
    (
      "scaledobjects", "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.stabilizationWindowSeconds",
      "minimum",
      0
    ),
    ("scaledjobs", "spec.pollingInterval", "minimum", 1), ("scaledjobs", "spec.maxReplicaCount", "minimum", 1),
    ("scaledjobs", "spec.successfulJobsHistoryLimit", "minimum", 0), ("scaledjobs", "spec.triggers", "minItems", 1),
    ("triggerauthentications", "spec.hashiCorpVault.secrets", "minItems", 1),
    ("clustertriggerauthentications", "spec.awsSecretManager.secrets", "minItems", 1),
  ])
  func `the limits are KEDA's`(plural: String, path: String, rule: String, value: Int64) throws {
    let field = try schema(plural).schemaFields.first { $0.path.joined(separator: ".") == path }?.field
    #expect(field?[rule]?.int == value)
  }

  @Test func `the rule on the minimum is one that the API server can compile, with KEDA's message`() throws {
    let rules = try schema("scaledobjects")["properties", "spec", "x-kubernetes-validations"]?.items ?? []
    #expect(
      rules.map { $0["rule"]?.text ?? "" } == [
        "!has(self.minReplicaCount) || self.minReplicaCount <= (has(self.maxReplicaCount) ? self.maxReplicaCount : 100)"
      ])
    #expect(
      rules.map { $0["message"]?.text ?? "" } == ["minReplicaCount must be less than or equal to maxReplicaCount"])
  }

  @Test func `a metricType belongs to ScaledObjects alone`() throws {
    #expect(try schema("scaledobjects").schemaFields.contains { $0.path == ["spec", "triggers", "[]", "metricType"] })
    #expect(try !schema("scaledjobs").schemaFields.contains { $0.path == ["spec", "triggers", "[]", "metricType"] })
  }

  @Test func `both kinds of authentication have the same spec`() throws {
    let fields = try ["triggerauthentications", "clustertriggerauthentications"].map { plural in
      Set(try schema(plural).schemaFields.map { $0.path.joined(separator: ".") })
    }
    #expect(fields[0] == fields[1])
    #expect(fields[0].count > 100)
  }

  /// Everything that Swell's own values write or read, the definition has: nothing of it would be pruned.
  @Test func `what the operator reads and writes is not pruned`() throws {
    var status = ScaledObjectStatus()
    status.scaleTargetKind = "apps/v1.Deployment"
    status.scaleTargetGVKR = GroupVersionKindResource(group: "apps", version: "v1", kind: "Deployment", resource: "x")
    status.originalReplicaCount = 1
    status.lastActiveTime = "2026-01-01T00:00:00Z"
    status.externalMetricNames = ["s0-x"]
    status.resourceMetricNames = ["cpu"]
    status.compositeScalerName = "composite-metric"
    status.conditions = [Condition(type: "Ready", status: "True", reason: "r", message: "m")]
    status.health = ["s0-x": HealthStatus(numberOfFailures: 1, status: "Failing")]
    status.triggersActivity = ["s0-x": TriggerActivity(isActive: true)]
    status.pausedReplicaCount = 1
    status.hpaName = "keda-hpa-x"
    status.triggersTypes = "cpu"
    status.authenticationsTypes = "a"
    // A field that is added to the value and not set here would escape the check.
    #expect(Mirror(reflecting: status).children.allSatisfy { "\($0.value)" != "nil" })
    let written = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(status))
    #expect(try schema("scaledobjects")["properties", "status"]?.pruned(written) == written)
  }

  @Test func `the examples are accepted and lose nothing`() throws {
    var seen = 0
    for folder in try Repository.files(in: "deploy/examples", endingIn: "") {
      for file in try Repository.files(in: folder, endingIn: ".yaml") {
        for object in try Manifests(yaml: Repository.text(file)).objects {
          guard object["apiVersion"]?.text == "keda.sh/v1alpha1", let kind = object["kind"]?.text else { continue }
          seen += 1
          var spec = try #require(object["spec"])
          let pruned = try schema("\(kind.lowercased())s")["properties", "spec"]?.pruned(spec)
          #expect(pruned == spec, "\(file)")
          let data = try JSONEncoder().encode(object)
          if kind == "ScaledObject" {
            let decoded = try JSONDecoder().decode(ScaledObject.self, from: data)
            #expect(!decoded.spec.triggers.isEmpty)
            spec = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(decoded.spec))
            #expect(spec == object["spec"], "\(file): read and written again, it is the same")
          }
          if kind == "TriggerAuthentication" { _ = try JSONDecoder().decode(TriggerAuthentication.self, from: data) }
        }
      }
    }
    #expect(seen >= 5)
  }
}

extension JSONValue {
  /// Every field of a schema with its path; `[]` is an element of a list, `{}` a value of a map.
  fileprivate var schemaFields: [(path: [String], field: JSONValue)] {
    var result: [(path: [String], field: JSONValue)] = []
    for (name, field) in self["properties"]?.fields ?? [:] {
      result.append(([name], field))
      result += field.schemaFields.map { ([name] + $0.path, $0.field) }
    }
    for (name, key) in [("[]", "items"), ("{}", "additionalProperties")] {
      if let field = self[key], field.fields != nil {
        result.append(([name], field))
        result += field.schemaFields.map { ([name] + $0.path, $0.field) }
      }
    }
    return result
  }

  /// `value` without the fields that this schema does not have.
  fileprivate func pruned(_ value: JSONValue) -> JSONValue {
    if self["x-kubernetes-preserve-unknown-fields"]?.flag == true { return value }
    switch value {
    case .object(let fields):
      var kept: [String: JSONValue] = [:]
      for (name, element) in fields {
        if let schema = self["properties", name] ?? self["additionalProperties"] { kept[name] = schema.pruned(element) }
      }
      return .object(kept)
    case .array(let items): return .array(items.map { (self["items"] ?? .null).pruned($0) })
    default: return value
    }
  }
}
