public import KubernetesAPI

/// Anything with metadata: what reflectors hold.
public protocol KubernetesObject: Decodable, Sendable {
  var metadata: ObjectMeta { get }
}

extension ScaledObject: KubernetesObject {}
extension TriggerAuthentication: KubernetesObject {}
extension ClusterTriggerAuthentication: KubernetesObject {}
extension HorizontalPodAutoscaler: KubernetesObject {}
extension Secret: KubernetesObject {}
extension ConfigMap: KubernetesObject {}
extension Workload: KubernetesObject {}
extension Scale: KubernetesObject {}
extension Lease: KubernetesObject {}
extension Event: KubernetesObject {}

/// Of any object, what all objects have. Watching it instead of the whole object costs little memory.
public struct MetadataOnly: KubernetesObject, Hashable {
  public var apiVersion: String?
  public var kind: String?
  public var metadata: ObjectMeta

  public init(apiVersion: String? = nil, kind: String? = nil, metadata: ObjectMeta) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.metadata = metadata
  }
}

/// For answers that nobody reads: `as: IgnoredAnswer.self`.
public struct IgnoredAnswer: Decodable, Sendable {
  public init() {}
  public init(from decoder: any Decoder) {}
}
