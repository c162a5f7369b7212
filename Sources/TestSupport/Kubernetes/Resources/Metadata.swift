internal import Foundation
internal import KubernetesAPI

/// The rules of `metadata`: what a client may say, and what the server sets.
enum Metadata {
  private static let known: Set<String> = [
    "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp",
    "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers",
    "managedFields",
  ]
  private static let conditional: Set<String> = [
    "leases.coordination.k8s.io", "apiservices.apiregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io", "customresourcedefinitions.apiextensions.k8s.io",
  ]

  /// Whether a PUT without resourceVersion is taken: for most built-in types, never for custom ones.
  static func allowsUnconditionalUpdate(_ type: ResourceDefinition) -> Bool {
    !type.isCustom && !conditional.contains(type.qualifiedResource)
  }

  static func unknownFields(of object: JSONValue) -> [String] {
    (object["metadata"]?.fields ?? [:]).keys.filter { !known.contains($0) }.sorted().map { "metadata.\($0)" }
  }

  /// Name and namespace of a new object, and what it may not bring along.
  static func checkNew(_ object: inout JSONValue, namespace: String?, _ type: ResourceDefinition) throws(APIError) {
    if let given = object.namespace, !given.isEmpty, type.isNamespaced, given != namespace {
      throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
    }
    object["metadata", "namespace"] = type.isNamespaced ? namespace.map { .string($0) } : nil
    if object["metadata", "name"]?.text ?? "" == "", let base = object["metadata", "generateName"]?.text, !base.isEmpty
    {
      let letters = Array("bcdfghjklmnpqrstvwxz2456789")
      object["metadata", "name"] = .string(base + String((0..<5).compactMap { _ in letters.randomElement() }))
    }
    if let version = object.resourceVersion, !version.isEmpty {
      throw .badRequest("resourceVersion should not be set on objects to be created")
    }
    for key in (object["metadata"]?.fields ?? [:]).keys where !known.contains(key) { object["metadata", key] = nil }
    for key in ["deletionTimestamp", "deletionGracePeriodSeconds", "managedFields", "selfLink", "uid"] {
      object["metadata", key] = nil
    }
  }

  static func stampNew(_ object: inout JSONValue, _ type: ResourceDefinition, at now: Timestamp) {
    object["metadata", "uid"] = .string(UUID().uuidString.lowercased())
    object["metadata", "creationTimestamp"] = .string(now.rfc3339)
    object["metadata", "generation"] = type.tracksGeneration ? 1 : nil
  }

  /// What an update cannot change.
  static func carryOver(
    from old: JSONValue, to object: inout JSONValue, _ type: ResourceDefinition
  ) throws(APIError) {
    for key in (object["metadata"]?.fields ?? [:]).keys where !known.contains(key) { object["metadata", key] = nil }
    for key in [
      "name", "namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds",
      "generateName", "resourceVersion",
    ] {
      object["metadata", key] = old["metadata", key]
    }
    object["metadata", "managedFields"] = nil
    for key in ["labels", "annotations", "ownerReferences", "finalizers"] {
      let value = object["metadata", key]
      let isEmpty = value == .null || value?.fields?.isEmpty == true || value?.items?.isEmpty == true
      if isEmpty { object["metadata", key] = nil }
    }
  }

  /// What generation counts: everything but metadata and, where it is apart, status.
  static func content(of object: JSONValue, _ type: ResourceDefinition) -> JSONValue {
    var content = object
    content["metadata"] = nil
    if type.hasStatus { content["status"] = nil }
    return content
  }

  static func findings(in object: JSONValue, old: JSONValue?, _ type: ResourceDefinition) -> [Finding] {
    var findings: [Finding] = []
    let name = object.name
    if name.isEmpty {
      findings.append(.required("metadata.name", "name or generateName is required"))
    } else if !isName(name, type) {
      findings.append(
        .invalid(
          "metadata.name", .string(name),
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
            + "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
            + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"))
    }
    for (key, value) in object["metadata", "labels"]?.fields ?? [:] {
      guard let text = value.text, text.isEmpty || isLabelValue(text) else {
        findings.append(
          .invalid(
            "metadata.labels", value,
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
              + "start and end with an alphanumeric character"
          ))
        continue
      }
      if key.isEmpty { findings.append(.invalid("metadata.labels", "", "name part must be non-empty")) }
    }
    findings += keys(object)
    findings += owners(object)
    if let old, old.isTerminating {
      let added = object.finalizers.filter { !old.finalizers.contains($0) }
      if !added.isEmpty {
        let list = added.map { "\"\($0)\"" }.joined(separator: ", ")
        findings.append(
          .forbidden(
            "metadata.finalizers",
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{\(list)}"))
      }
    }
    return findings
  }

  private static func owners(_ object: JSONValue) -> [Finding] {
    var findings: [Finding] = []
    let owners = object["metadata", "ownerReferences"]?.items ?? []
    for (index, owner) in owners.enumerated() {
      for key in ["apiVersion", "kind", "name", "uid"] where (owner[key]?.text ?? "").isEmpty {
        findings.append(
          .invalid("metadata.ownerReferences[\(index)].\(key)", "", "\(key) must not be empty"))
      }
      if (owner["apiVersion"]?.text ?? "").filter({ $0 == "/" }).count > 1 {
        findings.append(
          .invalid(
            "metadata.ownerReferences[\(index)].apiVersion", owner["apiVersion"] ?? .null, "version must not be empty"))
      }
    }
    if owners.filter({ $0["controller"] == true }).count > 1 {
      findings.append(
        .invalid(
          "metadata.ownerReferences", "owners",
          "Only one reference can have Controller set to true. Found \"true\" in references"))
    }
    return findings
  }

  /// Paths segments for RBAC objects, DNS subdomains for the rest.
  private static func isName(_ name: String, _ type: ResourceDefinition) -> Bool {
    if type.group == "rbac.authorization.k8s.io" { return !name.contains("/") && !name.contains("%") }
    guard name.utf8.count <= (type.resource == "namespaces" ? 63 : 253) else { return false }
    return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      let isClean = label.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0) }
      return !label.isEmpty && isClean && label.first != "-" && label.last != "-"
    }
  }

  private static func isLabelValue(_ text: String) -> Bool {
    guard text.utf8.count <= 63, let first = text.first, let last = text.last else { return false }
    func isAlphanumeric(_ letter: Character) -> Bool { letter.isASCII && (letter.isLetter || letter.isNumber) }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && text.allSatisfy { isAlphanumeric($0) || "-_.".contains($0) }
  }
}
