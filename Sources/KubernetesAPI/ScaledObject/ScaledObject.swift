/// `keda.sh/v1alpha1` ScaledObject: which workload scales on which events, between which bounds.
///
/// Fields and their meaning: KEDA 2.20's CRD. Defaults are not filled in here: see `ScaledObject+Defaults.swift`.
public struct ScaledObject: Codable, Hashable, Sendable {
  public static let apiVersion = "keda.sh/v1alpha1"
  public static let kind = "ScaledObject"
  /// KEDA's, on every kind of object that it takes care of.
  public static let finalizer = "finalizer.keda.sh"

  public var apiVersion = ScaledObject.apiVersion
  public var kind = ScaledObject.kind
  public var metadata: ObjectMeta
  public var spec: ScaledObjectSpec
  public var status: ScaledObjectStatus?

  public init(metadata: ObjectMeta, spec: ScaledObjectSpec, status: ScaledObjectStatus? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }
}

public struct ScaledObjectSpec: Codable, Hashable, Sendable {
  public var scaleTargetRef: ScaleTarget
  /// Seconds between polls; 30 when unset.
  public var pollingInterval: Int32?
  /// Seconds after creation before a target that was never active may be scaled to zero; 0 when unset.
  public var initialCooldownPeriod: Int32?
  /// Seconds without activity before scaling to zero (or idle); 300 when unset.
  public var cooldownPeriod: Int32?
  public var idleReplicaCount: Int32?
  /// 0 when unset.
  public var minReplicaCount: Int32?
  /// 100 when unset.
  public var maxReplicaCount: Int32?
  public var advanced: AdvancedConfig?
  public var triggers: [ScaleTriggerSpec]
  public var fallback: FallbackSpec?

  public init(
    scaleTargetRef: ScaleTarget, pollingInterval: Int32? = nil, initialCooldownPeriod: Int32? = nil,
    cooldownPeriod: Int32? = nil, idleReplicaCount: Int32? = nil, minReplicaCount: Int32? = nil,
    maxReplicaCount: Int32? = nil, advanced: AdvancedConfig? = nil, triggers: [ScaleTriggerSpec],
    fallback: FallbackSpec? = nil
  ) {
    self.scaleTargetRef = scaleTargetRef
    self.pollingInterval = pollingInterval
    self.initialCooldownPeriod = initialCooldownPeriod
    self.cooldownPeriod = cooldownPeriod
    self.idleReplicaCount = idleReplicaCount
    self.minReplicaCount = minReplicaCount
    self.maxReplicaCount = maxReplicaCount
    self.advanced = advanced
    self.triggers = triggers
    self.fallback = fallback
  }
}

public struct ScaleTarget: Codable, Hashable, Sendable {
  public var name: String
  /// `apps/v1` when unset.
  public var apiVersion: String?
  /// `Deployment` when unset.
  public var kind: String?
  /// The container whose environment `…FromEnv` reads; the first one when unset.
  public var envSourceContainerName: String?

  public init(name: String, apiVersion: String? = nil, kind: String? = nil, envSourceContainerName: String? = nil) {
    self.name = name
    self.apiVersion = apiVersion
    self.kind = kind
    self.envSourceContainerName = envSourceContainerName
  }
}

public struct AdvancedConfig: Codable, Hashable, Sendable {
  public var horizontalPodAutoscalerConfig: HorizontalPodAutoscalerConfig?
  public var restoreToOriginalReplicaCount: Bool?
  public var scalingModifiers: ScalingModifiers?

  public init(
    horizontalPodAutoscalerConfig: HorizontalPodAutoscalerConfig? = nil, restoreToOriginalReplicaCount: Bool? = nil,
    scalingModifiers: ScalingModifiers? = nil
  ) {
    self.horizontalPodAutoscalerConfig = horizontalPodAutoscalerConfig
    self.restoreToOriginalReplicaCount = restoreToOriginalReplicaCount
    self.scalingModifiers = scalingModifiers
  }
}

public struct HorizontalPodAutoscalerConfig: Codable, Hashable, Sendable {
  public var behavior: HPABehavior?
  public var name: String?

  public init(behavior: HPABehavior? = nil, name: String? = nil) {
    self.behavior = behavior
    self.name = name
  }
}

/// One number made of several triggers by a formula. In use as soon as any field is set.
public struct ScalingModifiers: Codable, Hashable, Sendable {
  public var formula: String?
  public var target: String?
  public var activationTarget: String?
  /// `AverageValue` (when unset) or `Value`.
  public var metricType: String?

  public init(
    formula: String? = nil, target: String? = nil, activationTarget: String? = nil, metricType: String? = nil
  ) {
    self.formula = formula
    self.target = target
    self.activationTarget = activationTarget
    self.metricType = metricType
  }
}

/// One entry of `spec.triggers`, as written.
public struct ScaleTriggerSpec: Codable, Hashable, Sendable {
  public var type: String
  public var name: String?
  /// `AverageValue` when unset; `Value`; `Utilization` for cpu and memory only.
  public var metricType: String?
  public var useCachedMetrics: Bool?
  public var metadata: [String: String]
  public var authenticationRef: AuthenticationRef?

  public init(
    type: String, name: String? = nil, metricType: String? = nil, useCachedMetrics: Bool? = nil,
    metadata: [String: String], authenticationRef: AuthenticationRef? = nil
  ) {
    self.type = type
    self.name = name
    self.metricType = metricType
    self.useCachedMetrics = useCachedMetrics
    self.metadata = metadata
    self.authenticationRef = authenticationRef
  }
}

public struct AuthenticationRef: Codable, Hashable, Sendable {
  public var name: String
  /// `TriggerAuthentication` when unset, or `ClusterTriggerAuthentication`.
  public var kind: String?

  public init(name: String, kind: String? = nil) {
    self.name = name
    self.kind = kind
  }
}

/// What to do when a trigger cannot be read for more than `failureThreshold` readings in a row.
public struct FallbackSpec: Codable, Hashable, Sendable {
  public var failureThreshold: Int32
  public var replicas: Int32
  /// `static` (when unset), `currentReplicas`, `currentReplicasIfHigher`, `currentReplicasIfLower` or `scalingModifiers`.
  public var behavior: String?

  public init(failureThreshold: Int32, replicas: Int32, behavior: String? = nil) {
    self.failureThreshold = failureThreshold
    self.replicas = replicas
    self.behavior = behavior
  }
}
