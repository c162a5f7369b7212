/// The parts of a Deployment, StatefulSet or any other scale target that Swell looks at: replicas and the pod template.
/// Decode it with `unknownFields: .ignored`.
public struct Workload: Codable, Hashable, Sendable {
  public var apiVersion: String
  public var kind: String
  public var metadata: ObjectMeta
  /// Absent in custom resources without replicas and template.
  public var spec: WorkloadSpec?

  public init(apiVersion: String, kind: String, metadata: ObjectMeta, spec: WorkloadSpec? = nil) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.metadata = metadata
    self.spec = spec
  }

  /// The container whose environment counts: the one of that name, or the first one when `name` is nil or empty. Nil
  /// when
  /// there is none.
  public func container(named name: String?) -> Container? {
    let containers = spec?.template?.spec?.containers ?? []
    guard let name, !name.isEmpty else { return containers.first }
    return containers.first { $0.name == name }
  }
}

public struct WorkloadSpec: Codable, Hashable, Sendable {
  /// 1 when unset.
  public var replicas: Int32?
  public var selector: JSONValue?
  public var template: PodTemplate?

  public init(replicas: Int32? = nil, selector: JSONValue? = nil, template: PodTemplate? = nil) {
    self.replicas = replicas
    self.selector = selector
    self.template = template
  }
}

public struct PodTemplate: Codable, Hashable, Sendable {
  public var spec: PodSpec?

  public init(spec: PodSpec? = nil) { self.spec = spec }
}

public struct PodSpec: Codable, Hashable, Sendable {
  public var containers: [Container]?
  public var serviceAccountName: String?

  public init(containers: [Container]? = nil, serviceAccountName: String? = nil) {
    self.containers = containers
    self.serviceAccountName = serviceAccountName
  }
}
