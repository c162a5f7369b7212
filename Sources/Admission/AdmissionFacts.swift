public import Engine
public import KubernetesAPI

/// What the rules need to know of the cluster. Each question may fail; the check that needs it is left out then, with a
/// warning, and nothing is refused for it.
public protocol AdmissionFacts: Sendable {
  /// All ScaledObjects of a namespace, the one under review included where it exists.
  func scaledObjects(in namespace: String) async throws(AdmissionFactError) -> [ScaledObject]

  func horizontalPodAutoscalers(in namespace: String) async throws(AdmissionFactError) -> [HorizontalPodAutoscaler]

  func limitRanges(in namespace: String) async throws(AdmissionFactError) -> [LimitRange]

  /// Nil when it certainly does not exist: a cache that may be behind must ask the API server first.
  func workload(_ target: TargetReference) async throws(AdmissionFactError) -> Workload?

  /// Whether the API server has this kind of object.
  func isKnown(apiVersion: String, kind: String) async throws(AdmissionFactError) -> Bool

  /// Where the TriggerAuthentications, Secrets, ConfigMaps and the workload that this object names are looked up. An
  /// implementation may fetch them now.
  func configuration(for object: ScaledObject) async -> any ConfigurationObjects
}

/// Something about the cluster cannot be learned now.
public struct AdmissionFactError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Why, for the warning that the user sees: no secrets in it.
  public var description: String

  public init(_ description: String) { self.description = description }
}
