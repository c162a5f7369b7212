internal import KubernetesAPI

/// CustomResourceDefinitions: checked when they come, and served from then on.
enum CustomResources {
  /// Names that are left out filled in, and the status of a definition that is served.
  static func prepared(_ new: JSONValue, _ old: JSONValue?) -> JSONValue {
    var new = new
    let kind = new["spec", "names", "kind"]?.text ?? ""
    if new["spec", "names", "singular"] == nil { new["spec", "names", "singular"] = .string(kind.lowercased()) }
    if new["spec", "names", "listKind"] == nil { new["spec", "names", "listKind"] = .string("\(kind)List") }
    if new["spec", "conversion"] == nil { new["spec", "conversion"] = ["strategy": "None"] }
    let stored = (new["spec", "versions"]?.items ?? []).filter { $0["storage"] == true }.compactMap { $0["name"] }
    new["status"] = [
      "acceptedNames": new["spec", "names"] ?? [:], "storedVersions": .array(stored),
      "conditions": [
        [
          "type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found",
          "lastTransitionTime": new["metadata", "creationTimestamp"] ?? .null,
        ],
        [
          "type": "Established", "status": "True", "reason": "InitialNamesAccepted",
          "message": "the initial names have been accepted",
          "lastTransitionTime": new["metadata", "creationTimestamp"] ?? .null,
        ],
      ],
    ]
    return new
  }

  static func findings(in definition: JSONValue, old: JSONValue?) -> [Finding] {
    let spec = definition["spec"] ?? [:]
    var findings = DefinitionRules.names(spec) + DefinitionRules.changes(spec, old?["spec"])
    let expected = "\(spec["names", "plural"]?.text ?? "").\(spec["group"]?.text ?? "")"
    if definition.name != expected {
      findings.append(
        .invalid("metadata.name", .string(definition.name), "must be spec.names.plural+\".\"+spec.group"))
    }
    if !["Namespaced", "Cluster"].contains(spec["scope"]?.text ?? "") {
      findings.append(.notSupported("spec.scope", spec["scope"] ?? "", ["Cluster", "Namespaced"]))
    }
    let versions = spec["versions"]?.items ?? []
    if versions.filter({ $0["storage"] == true }).count != 1 {
      findings.append(
        .invalid("spec.versions", "versions", "must have exactly one version marked as storage version"))
    }
    for (index, version) in versions.enumerated() where version["schema", "openAPIV3Schema"]?.fields == nil {
      findings.append(.required("spec.versions[\(index)].schema.openAPIV3Schema", "schemas are required"))
    }
    for (index, version) in versions.enumerated() {
      findings += DefinitionRules.version(version, at: "spec.versions[\(index)]")
    }
    // Only what is well formed can be compiled.
    guard findings.isEmpty else { return findings }
    do {
      _ = try definitions(of: definition)
    } catch {
      findings.append(.invalid("spec.versions", "schema", error.message))
    }
    return findings
  }

  static func register(_ definition: JSONValue, in registry: ResourceRegistry) throws(APIError) {
    let types = try definitions(of: definition)
    registry.replaceCustom(
      group: definition["spec", "group"]?.text ?? "", resource: definition["spec", "names", "plural"]?.text ?? "",
      with: types)
  }

  /// One resource for every served version.
  static func definitions(of definition: JSONValue) throws(APIError) -> [ResourceDefinition] {
    let spec = definition["spec"] ?? [:]
    var result: [ResourceDefinition] = []
    for version in spec["versions"]?.items ?? [] where version["served"] == true {
      var type = ResourceDefinition(
        spec["group"]?.text ?? "", version["name"]?.text ?? "", spec["names", "plural"]?.text ?? "",
        spec["names", "kind"]?.text ?? "", singular: spec["names", "singular"]?.text)
      type.shortNames = (spec["names", "shortNames"]?.items ?? []).compactMap(\.text)
      type.categories = (spec["names", "categories"]?.items ?? []).compactMap(\.text)
      type.isNamespaced = spec["scope"] == "Namespaced"
      type.hasStatus = version["subresources", "status"] != nil
      type.tracksGeneration = true
      type.isCustom = true
      type.schema = try StructuralSchema(version["schema", "openAPIV3Schema"] ?? [:])
      type.declaredSchema = version["schema", "openAPIV3Schema"]
      type.scale = try scale(version["subresources", "scale"])
      for column in version["additionalPrinterColumns"]?.items ?? [] { type.columns.append(try self.column(column)) }
      if version["storage"] != true || (spec["versions"]?.items ?? []).count > 1 {
        let apiVersion = JSONValue.string(type.apiVersion)
        type.conversion = .init(
          toStorage: { $0 },
          fromStorage: { object in
            var object = object
            object["apiVersion"] = apiVersion
            return object
          })
      }
      result.append(type)
    }
    return result
  }

  private static func scale(_ json: JSONValue?) throws(APIError) -> ResourceDefinition.ScalePaths? {
    guard let json, json.fields != nil else { return nil }
    func keys(_ name: String) throws(APIError) -> [String]? {
      guard let text = json[name]?.text else { return nil }
      guard let keys = try JSONPath(text).keys else { throw .badRequest("subresources.scale.\(name): \(text)") }
      return keys
    }
    guard let spec = try keys("specReplicasPath"), let status = try keys("statusReplicasPath") else {
      throw .badRequest("subresources.scale: specReplicasPath and statusReplicasPath are required")
    }
    return .init(spec: spec, status: status, selector: try keys("labelSelectorPath") ?? [])
  }

  private static func column(_ json: JSONValue) throws(APIError) -> ResourceDefinition.Column {
    let path = try JSONPath(json["jsonPath"]?.text ?? "")
    let type = json["type"]?.text ?? "string"
    var column = ResourceDefinition.Column(name: json["name"]?.text ?? "") { object, now in
      path.cell(object, type: type, at: now)
    }
    column.type = type == "date" ? "string" : type
    column.format = json["format"]?.text ?? ""
    column.description = json["description"]?.text ?? ""
    column.priority = json["priority"]?.int ?? 0
    return column
  }
}
