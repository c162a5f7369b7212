/// `autoscaling/v1` Scale: the `/scale` subresource of a workload.
public struct Scale: Codable, Hashable, Sendable {
  public var apiVersion = "autoscaling/v1"
  public var kind = "Scale"
  public var metadata: ObjectMeta
  public var spec: ScaleSpec?
  public var status: ScaleStatus?

  public init(metadata: ObjectMeta, spec: ScaleSpec? = nil, status: ScaleStatus? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }
}

public struct ScaleSpec: Codable, Hashable, Sendable {
  /// What is asked for; the API server leaves it out when it is 0.
  public var replicas: Int32?

  public init(replicas: Int32?) { self.replicas = replicas }
}

public struct ScaleStatus: Codable, Hashable, Sendable {
  /// Pods there are.
  public var replicas: Int32?
  /// The pods' labels in query form; see `LabelQuery`.
  public var selector: String?

  public init(replicas: Int32?, selector: String? = nil) {
    self.replicas = replicas
    self.selector = selector
  }
}
