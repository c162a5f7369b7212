/// What an event is about.
public struct EventSubject: Hashable, Sendable {
  public var apiVersion: String
  public var kind: String
  /// Nil for cluster-scoped objects, whose events are kept in the namespace `default`.
  public var namespace: String?
  public var name: String
  public var uid: String?

  public init(apiVersion: String, kind: String, namespace: String?, name: String, uid: String?) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.namespace = namespace
    self.name = name
    self.uid = uid
  }
}
