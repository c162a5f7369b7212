public import Engine
public import KubernetesAPI

/// All objects that a set of files describes, and everything that is wrong with them.
public struct ManifestSet: Sendable {
  /// One object of a file that Swell works with.
  public struct Item<Object: Sendable>: Sendable {
    public var object: Object
    public var origin: Origin
  }

  /// Where an object is written.
  public struct Origin: Sendable, Hashable, CustomStringConvertible {
    public var file: String
    public var line: Int?

    public var description: String { line.map { "\(file):\($0)" } ?? file }
  }

  /// A document that cannot be used, or an object in it.
  public struct Problem: Sendable, Hashable {
    public var origin: Origin
    /// Empty when the document does not say.
    public var kind: String
    public var namespace: String
    public var name: String
    public var errors: [FieldError]

    package init(origin: Origin, kind: String, namespace: String, name: String, errors: [FieldError]) {
      self.origin = origin
      self.kind = kind
      self.namespace = namespace
      self.name = name
      self.errors = errors
    }

    package var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
  }

  public var scaledObjects: [ObjectKey: Item<ScaledObject>] = [:]
  public var triggerAuthentications: [ObjectKey: Item<TriggerAuthentication>] = [:]
  public var clusterTriggerAuthentications: [String: Item<ClusterTriggerAuthentication>] = [:]
  public var secrets: [ObjectKey: Item<Secret>] = [:]
  public var configMaps: [ObjectKey: Item<ConfigMap>] = [:]
  public var workloads: [TargetReference: Item<Workload>] = [:]
  public var problems: [Problem] = []

  public init() {}
}

extension ManifestSet: ConfigurationObjects {
  public func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? {
    triggerAuthentications[ObjectKey(namespace: namespace, name: name)]?.object
  }

  public func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? {
    clusterTriggerAuthentications[name]?.object
  }

  public func secret(_ name: String, namespace: String) -> Secret? {
    secrets[ObjectKey(namespace: namespace, name: name)]?.object
  }

  public func configMap(_ name: String, namespace: String) -> ConfigMap? {
    configMaps[ObjectKey(namespace: namespace, name: name)]?.object
  }

  public func workload(_ target: TargetReference) -> Workload? { workloads[target]?.object }
}
