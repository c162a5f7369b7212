internal import KubernetesAPI
internal import Synchronization

/// The objects of an external cluster, over its API.
final class ExternalObjects: ClusterObjects {
  /// On an object of this label no admission webhook of deploy/base is called: how `put` comes past them.
  static let unchecked = "swell-test-unchecked"

  private struct Resource {
    var group: String
    var version: String
    var name: String
    var kind: String
    var aliases: [String]
    var isNamespaced: Bool
    var hasStatus: Bool

    var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    func path(_ namespace: String?, _ object: String? = nil, _ subresource: String? = nil) -> String {
      (group.isEmpty ? "/api/" : "/apis/") + apiVersion
        + (isNamespaced ? namespace.map { "/namespaces/\($0)" } ?? "" : "") + "/\(name)"
        + (object.map { "/\($0)" } ?? "") + (subresource.map { "/\($0)" } ?? "")
    }
  }

  private let connection: ExternalConnection
  private let known = Mutex<[Resource]>([])

  init(_ connection: ExternalConnection) { self.connection = connection }

  func path(_ resource: String, _ name: String?, in namespace: String, subresource: String?) throws -> String {
    try self.resource(resource).path(namespace, name, subresource)
  }

  /// Where an object is, or is to be.
  func path(of object: JSONValue) throws -> String {
    try resource(of: object).path(object.namespace ?? "default", object.name)
  }

  func get(_ resource: String, _ name: String, in namespace: String) throws -> JSONValue? {
    try get(path: self.resource(resource).path(namespace, name))
  }

  private func get(path: String) throws -> JSONValue? {
    do {
      return try connection.send("GET", path)
    } catch let error as RequestFailed where error.code == 404 {
      return nil
    }
  }

  func list(_ resource: String, in namespace: String?) throws -> [JSONValue] {
    let resource = try self.resource(resource)
    let answer = try connection.send("GET", resource.path(namespace))
    // Items of a list do not say what they are.
    return (answer["items"]?.items ?? []).map { item in
      var item = item
      item["apiVersion"] = .string(resource.apiVersion)
      item["kind"] = .string(resource.kind)
      return item
    }
  }

  func put(_ object: JSONValue) throws -> JSONValue {
    let resource = try resource(of: object)
    var object = object
    if resource.group == "keda.sh" { object["metadata", "labels", Self.unchecked] = "true" }
    object["metadata", "namespace"] = resource.isNamespaced ? .string(object.namespace ?? "default") : nil
    let path = resource.path(object.namespace, object.name)
    while true {
      do {
        guard let present = try get(path: path) else {
          let stored = try connection.send("POST", resource.path(object.namespace), object)
          return try putStatus(object["status"], of: stored, resource)
        }
        var new = object
        new["metadata", "resourceVersion"] = present["metadata", "resourceVersion"]
        return try putStatus(object["status"], of: try connection.send("PUT", path, new), resource)
      } catch let error as RequestFailed where error.code == 409 {
        continue
      }
    }
  }

  func change(
    _ resource: String, _ name: String, in namespace: String, _ body: (inout JSONValue) -> Void
  ) throws -> JSONValue {
    let resource = try self.resource(resource)
    let path = resource.path(namespace, name)
    while true {
      var object = try connection.send("GET", path)
      body(&object)
      do {
        return try putStatus(object["status"], of: try connection.send("PUT", path, object), resource)
      } catch let error as RequestFailed where error.code == 409 {
        continue
      }
    }
  }

  /// The status is a resource of its own.
  private func putStatus(_ status: JSONValue?, of stored: JSONValue, _ resource: Resource) throws -> JSONValue {
    guard resource.hasStatus, let status, status != stored["status"] ?? [:] else { return stored }
    var object = stored
    object["status"] = status
    return try connection.send("PUT", resource.path(stored.namespace, stored.name, "status"), object)
  }

  func delete(_ resource: String, _ name: String, in namespace: String) throws {
    do {
      _ = try connection.send("DELETE", self.resource(resource).path(namespace, name))
    } catch let error as RequestFailed where error.code == 404 {}
  }

  // MARK: discovery

  private func resource(_ name: String) throws -> Resource {
    try find("resource \(name)") { resource in
      resource.aliases.contains(name) || name == "\(resource.name).\(resource.group)"
    }
  }

  private func resource(of object: JSONValue) throws -> Resource {
    let (apiVersion, kind) = (object["apiVersion"]?.text ?? "", object["kind"]?.text ?? "")
    return try find("\(apiVersion) \(kind)") { $0.apiVersion == apiVersion && $0.kind == kind }
  }

  private func find(_ what: String, _ condition: (Resource) -> Bool) throws -> Resource {
    if let found = known.withLock({ $0 }).first(where: condition) { return found }
    // A definition may be new.
    let all = try discover()
    known.withLock { $0 = all }
    guard let found = all.first(where: condition) else {
      throw ExternalConnection.Failed(description: "the cluster has no \(what)")
    }
    return found
  }

  private func discover() throws -> [Resource] {
    var result = try resources("/api/v1", group: "", version: "v1")
    for group in try connection.send("GET", "/apis")["groups"]?.items ?? [] {
      let (name, version) = (group["name"]?.text ?? "", group["preferredVersion", "version"]?.text ?? "")
      // The server of an aggregated API may be away.
      result += (try? resources("/apis/\(name)/\(version)", group: name, version: version)) ?? []
    }
    return result
  }

  private func resources(_ path: String, group: String, version: String) throws -> [Resource] {
    let all = try connection.send("GET", path)["resources"]?.items ?? []
    let names = Set(all.compactMap { $0["name"]?.text })
    return all.compactMap { one in
      guard let name = one["name"]?.text, !name.contains("/"), let kind = one["kind"]?.text else { return nil }
      let aliases = [name, one["singularName"]?.text ?? ""] + (one["shortNames"]?.items ?? []).compactMap(\.text)
      return Resource(
        group: group, version: version, name: name, kind: kind, aliases: aliases.filter { !$0.isEmpty },
        isNamespaced: one["namespaced"] == true, hasStatus: names.contains("\(name)/status"))
    }
  }
}
