internal import KubernetesAPI

/// One resource of one version that the server has: how it is addressed, stored, checked and shown.
struct ResourceDefinition: Sendable {
  struct ScalePaths: Sendable {
    var spec: [String]
    var status: [String]
    /// Of a text in the object; nil: made from spec.selector.
    var selector: [String]?
  }

  struct Column: Sendable {
    var name: String
    var type = "string"
    var format = ""
    var description = ""
    var priority: Int64 = 0
    var cell: @Sendable (JSONValue, Timestamp) -> JSONValue
  }

  /// How the stored form differs from what this version shows.
  struct Conversion: Sendable {
    var toStorage: @Sendable (JSONValue) -> JSONValue
    var fromStorage: @Sendable (JSONValue) -> JSONValue
  }

  var group: String
  var version: String
  var resource: String
  var kind: String
  var singular: String
  var shortNames: [String] = []
  var categories: [String] = []
  var isNamespaced = true
  var hasStatus = false
  var scale: ScalePaths?
  var tracksGeneration = false
  var verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
  var schema: StructuralSchema?
  /// The same as it was declared, for `kubectl explain`; nil for built-in types.
  var declaredSchema: JSONValue?
  var isCustom = false
  var columns: [Column] = []
  var conversion: Conversion?
  /// Field selectors beside metadata.name and metadata.namespace, and where the field is.
  var fieldLabels: [String: [String]] = [:]
  /// Where the objects are: versions of one resource share it.
  var storageKey: String
  /// Defaults, and what the server sets itself. The old object is nil on creation.
  var prepare: @Sendable (JSONValue, JSONValue?) -> JSONValue = { new, _ in new }
  var validate: @Sendable (JSONValue, JSONValue?) -> [Finding] = { _, _ in [] }

  init(_ group: String, _ version: String, _ resource: String, _ kind: String, singular: String? = nil) {
    self.group = group
    self.version = version
    self.resource = resource
    self.kind = kind
    self.singular = singular ?? kind.lowercased()
    storageKey = group.isEmpty ? resource : "\(resource).\(group)"
  }

  var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
  /// `deployments.apps`, `pods`.
  var qualifiedResource: String { group.isEmpty ? resource : "\(resource).\(group)" }
  var listKind: String { "\(kind)List" }

  func shown(_ stored: JSONValue) -> JSONValue { conversion?.fromStorage(stored) ?? stored }

  /// Where an object of this resource is.
  func path(namespace: String?, name: String? = nil, subresource: String? = nil) -> String {
    var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
    if isNamespaced, let namespace { path += "/namespaces/\(namespace)" }
    path += "/\(resource)"
    if let name { path += "/\(name)" }
    if let subresource { path += "/\(subresource)" }
    return path
  }
}
