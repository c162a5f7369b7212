internal import KubernetesAPI

/// As much of the OpenAPI documents as kubectl needs to leave validation to the server: every PATCH says that it takes
/// `fieldValidation`. For custom resources also what they declared, for `kubectl explain`.
struct OpenAPI {
  private let types: [ResourceDefinition]

  init(_ registry: ResourceRegistry) { types = registry.all }

  /// Of /openapi/v3.
  var index: JSONValue {
    var paths: [String: JSONValue] = [:]
    for type in types {
      let path = type.group.isEmpty ? "api/\(type.version)" : "apis/\(type.apiVersion)"
      paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=test")]
    }
    return ["paths": .object(paths)]
  }

  /// Of /openapi/v3/apis/GROUP/VERSION.
  func document(at path: String) -> JSONValue? {
    let found = types.filter { ($0.group.isEmpty ? "api/\($0.version)" : "apis/\($0.apiVersion)") == path }
    guard !found.isEmpty else { return nil }
    var paths: [String: JSONValue] = [:]
    var schemas: [String: JSONValue] = [:]
    for type in found {
      let name = type.path(namespace: type.isNamespaced ? "{namespace}" : nil, name: "{name}")
      paths[name] = ["patch": operation(type)]
      var declared = schema(type)
      declared["description"] = type.declaredSchema?["description"]
      declared["properties"] = type.declaredSchema?["properties"]
      schemas[schemaName(type)] = declared
    }
    return [
      "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": "v1.36.0"], "paths": .object(paths),
      "components": ["schemas": .object(schemas)],
    ]
  }

  /// Of /openapi/v2.
  var swagger: JSONValue {
    var paths: [String: JSONValue] = [:]
    var definitions: [String: JSONValue] = [:]
    for type in types {
      paths[type.path(namespace: type.isNamespaced ? "{namespace}" : nil, name: "{name}")] = ["patch": operation(type)]
      definitions[schemaName(type)] = schema(type)
    }
    return [
      "swagger": "2.0", "info": ["title": "Kubernetes", "version": "v1.36.0"], "paths": .object(paths),
      "definitions": .object(definitions),
    ]
  }

  private func schemaName(_ type: ResourceDefinition) -> String {
    "\(type.group.isEmpty ? "core" : type.group).\(type.version).\(type.kind)"
  }

  private func schema(_ type: ResourceDefinition) -> JSONValue {
    [
      "type": "object", "x-kubernetes-preserve-unknown-fields": true,
      "x-kubernetes-group-version-kind": [identity(type)],
    ]
  }

  private func identity(_ type: ResourceDefinition) -> JSONValue {
    ["group": .string(type.group), "version": .string(type.version), "kind": .string(type.kind)]
  }

  private func operation(_ type: ResourceDefinition) -> JSONValue {
    let parameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map { name -> JSONValue in
      ["name": .string(name), "in": "query", "schema": ["type": "string"], "type": "string"]
    }
    return [
      "x-kubernetes-action": "patch", "x-kubernetes-group-version-kind": identity(type),
      "parameters": .array(parameters), "responses": ["200": ["description": "OK"]],
    ]
  }
}
