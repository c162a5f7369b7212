public import KubernetesAPI

/// The objects of a cluster, as its administrator reads and writes them: of a `TestAPIServer` past its API, of an
/// external cluster through it. Resources are named as for kubectl: `deployments`, `so`, `scaledobjects.keda.sh`.
///
/// The calls block for the time of a request, so that conditions of tests can be written with `&&` and `allSatisfy`.
public protocol ClusterObjects: Sendable {
  /// - Parameter namespace: ignored for resources of the whole cluster.
  /// - Returns: nil when there is no such object.
  func get(_ resource: String, _ name: String, in namespace: String) throws -> JSONValue?

  /// - Parameter namespace: nil for all.
  func list(_ resource: String, in namespace: String?) throws -> [JSONValue]

  /// Stores an object with its status, past admission webhooks; replaces the one that is there.
  @discardableResult func put(_ object: JSONValue) throws -> JSONValue

  /// Changes an object in place, as another client would.
  @discardableResult func change(
    _ resource: String, _ name: String, in namespace: String, _ body: (inout JSONValue) -> Void
  ) throws -> JSONValue

  /// Deletes by the API's rules: finalizers are waited for. No such object: nothing happens.
  func delete(_ resource: String, _ name: String, in namespace: String) throws

  /// Where the API has an object, or, without a name, all of a namespace.
  func path(_ resource: String, _ name: String?, in namespace: String, subresource: String?) throws -> String
}

extension ClusterObjects {
  public func get(_ resource: String, _ name: String) throws -> JSONValue? { try get(resource, name, in: "default") }

  public func list(_ resource: String) throws -> [JSONValue] { try list(resource, in: nil) }

  @discardableResult
  public func change(_ resource: String, _ name: String, _ body: (inout JSONValue) -> Void) throws -> JSONValue {
    try change(resource, name, in: "default", body)
  }

  public func delete(_ resource: String, _ name: String) throws { try delete(resource, name, in: "default") }
}

extension TestObjects: ClusterObjects {
  public func path(
    _ resource: String, _ name: String?, in namespace: String, subresource: String?
  ) throws -> String {
    try type(resource).path(namespace: namespace, name: name, subresource: subresource)
  }
}
