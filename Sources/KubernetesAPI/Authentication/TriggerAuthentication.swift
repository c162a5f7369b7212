/// `keda.sh/v1alpha1` TriggerAuthentication: where the credentials of triggers come from.
public struct TriggerAuthentication: Codable, Hashable, Sendable {
  public static let apiVersion = "keda.sh/v1alpha1"
  public static let kind = "TriggerAuthentication"

  public var apiVersion = TriggerAuthentication.apiVersion
  public var kind = TriggerAuthentication.kind
  public var metadata: ObjectMeta
  public var spec: AuthenticationSpec
  public var status: AuthenticationStatus?

  public init(metadata: ObjectMeta, spec: AuthenticationSpec) {
    self.metadata = metadata
    self.spec = spec
  }
}

/// `keda.sh/v1alpha1` ClusterTriggerAuthentication: the same for triggers of all namespaces; its Secrets are read
/// from the
/// namespace that Swell runs in.
public struct ClusterTriggerAuthentication: Codable, Hashable, Sendable {
  public static let apiVersion = "keda.sh/v1alpha1"
  public static let kind = "ClusterTriggerAuthentication"

  public var apiVersion = ClusterTriggerAuthentication.apiVersion
  public var kind = ClusterTriggerAuthentication.kind
  public var metadata: ObjectMeta
  public var spec: AuthenticationSpec
  public var status: AuthenticationStatus?

  public init(metadata: ObjectMeta, spec: AuthenticationSpec) {
    self.metadata = metadata
    self.spec = spec
  }
}

public struct AuthenticationStatus: Codable, Hashable, Sendable {
  /// Names, joined by commas.
  public var scaledobjects: String?
  public var scaledjobs: String?

  public init() {}
}
