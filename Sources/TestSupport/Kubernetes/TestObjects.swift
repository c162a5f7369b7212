public import KubernetesAPI

/// The objects of a `TestAPIServer`, read and written directly: no checks, no defaults, no request in the log.
/// Resources are named as for kubectl: `deployments`, `so`, `scaledobjects.keda.sh`.
public final class TestObjects: Sendable {
  public struct Unknown: Error, CustomStringConvertible {
    public var description: String
  }

  private let api: APIHandler

  init(api: APIHandler) { self.api = api }

  func type(_ name: String) throws -> ResourceDefinition {
    guard let type = api.registry.find(named: name) else { throw Unknown(description: "no resource \(name)") }
    return type
  }

  func type(of object: JSONValue) throws -> ResourceDefinition {
    let (apiVersion, kind) = (object["apiVersion"]?.text ?? "", object["kind"]?.text ?? "")
    guard let type = api.registry.find(apiVersion: apiVersion, kind: kind) else {
      throw Unknown(description: "no resource for \(apiVersion) \(kind)")
    }
    return type
  }

  /// - Parameter namespace: ignored for resources of the whole cluster.
  public func get(_ resource: String, _ name: String, in namespace: String = "default") throws -> JSONValue? {
    let type = try type(resource)
    let id = ObjectID(type.isNamespaced ? namespace : nil, name)
    return api.store.get(type.storageKey, id).map { type.shown($0.value) }
  }

  /// - Parameter namespace: nil for all.
  public func list(_ resource: String, in namespace: String? = nil) throws -> [JSONValue] {
    let type = try type(resource)
    return api.store.list(type.storageKey, namespace: namespace).objects.map { type.shown($0.value) }
  }

  /// Stores an object as it is, with the metadata that the server sets filled in; replaces the one that is there.
  @discardableResult
  public func put(_ object: JSONValue) throws -> JSONValue {
    let type = try type(of: object)
    var object = type.conversion?.toStorage(object) ?? object
    if type.isNamespaced, object.namespace == nil { object["metadata", "namespace"] = "default" }
    if !type.isNamespaced { object["metadata", "namespace"] = nil }
    let id = ObjectID(of: object)
    while true {
      let present = api.store.get(type.storageKey, id)
      var new = type.prepare(object, present?.value)
      if let present {
        for key in ["uid", "creationTimestamp", "generation"] where new["metadata", key] == nil {
          new["metadata", key] = present.value["metadata", key]
        }
      } else {
        Metadata.stampNew(&new, type, at: api.store.now())
      }
      var owners = present?.owners ?? FieldOwners()
      owners.note(from: present?.value, to: new, by: .init(name: "test", isApply: false))
      do {
        let stored =
          try present.map { present throws(ObjectStore.Conflict) in
            try api.store.update(type.storageKey, new, owners: owners, base: present.revision)
          } ?? api.store.insert(type.storageKey, new, owners: owners)
        try api.didWrite(stored.value, type)
        return type.shown(stored.value)
      } catch is ObjectStore.Conflict {
        continue
      }
    }
  }

  /// Changes an object in place, as another client would.
  @discardableResult
  public func change(
    _ resource: String, _ name: String, in namespace: String = "default", _ body: (inout JSONValue) -> Void
  ) throws -> JSONValue {
    let type = try type(resource)
    let id = ObjectID(type.isNamespaced ? namespace : nil, name)
    while true {
      guard let present = api.store.get(type.storageKey, id) else {
        throw Unknown(description: "no \(resource) \(name) in \(namespace)")
      }
      var object = present.value
      body(&object)
      if type.tracksGeneration, Metadata.content(of: object, type) != Metadata.content(of: present.value, type) {
        object["metadata", "generation"] = .integer((present.value["metadata", "generation"]?.int ?? 0) + 1)
      }
      var owners = present.owners
      owners.note(from: present.value, to: object, by: .init(name: "test", isApply: false))
      do {
        return type.shown(
          try api.store.update(type.storageKey, object, owners: owners, base: present.revision).value)
      } catch {
        if error.kind == .missing { throw Unknown(description: "no \(resource) \(name) in \(namespace)") }
      }
    }
  }

  /// Deletes by the API's rules: finalizers are waited for.
  public func delete(_ resource: String, _ name: String, in namespace: String = "default") throws {
    let type = try type(resource)
    let id = ObjectID(type.isNamespaced ? namespace : nil, name)
    while let stored = api.store.get(type.storageKey, id) {
      if (try? api.store.startDeletion(type, stored)) != nil { return }
    }
  }

  /// Changes so far, of all resources and everybody, controllers of the server included.
  public var revision: Int64 { api.store.revision }
}
