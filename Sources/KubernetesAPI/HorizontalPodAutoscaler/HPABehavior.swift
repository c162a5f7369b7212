/// `autoscaling/v2` HorizontalPodAutoscalerBehavior: how fast an HPA may scale, per direction.
public struct HPABehavior: Codable, Hashable, Sendable {
  public var scaleUp: HPAScalingRules?
  public var scaleDown: HPAScalingRules?

  public init(scaleUp: HPAScalingRules? = nil, scaleDown: HPAScalingRules? = nil) {
    self.scaleUp = scaleUp
    self.scaleDown = scaleDown
  }
}

/// The rules of one direction.
public struct HPAScalingRules: Codable, Hashable, Sendable {
  /// Seconds (0 to 3600) of past recommendations to consider before scaling.
  public var stabilizationWindowSeconds: Int32?
  /// `Max`, `Min` or `Disabled`.
  public var selectPolicy: String?
  public var policies: [HPAScalingPolicy]?
  /// How far the ratio metric/target may be from 1 before replicas change; the controller's own (0.1) when unset.
  public var tolerance: Quantity?

  public init(
    stabilizationWindowSeconds: Int32? = nil, selectPolicy: String? = nil, policies: [HPAScalingPolicy]? = nil,
    tolerance: Quantity? = nil
  ) {
    self.stabilizationWindowSeconds = stabilizationWindowSeconds
    self.selectPolicy = selectPolicy
    self.policies = policies
    self.tolerance = tolerance
  }
}

/// At most `value` pods or percent per `periodSeconds`.
public struct HPAScalingPolicy: Codable, Hashable, Sendable {
  /// `Pods` or `Percent`.
  public var type: String
  public var value: Int32
  /// Seconds, 1 to 1800.
  public var periodSeconds: Int32

  public init(type: String, value: Int32, periodSeconds: Int32) {
    self.type = type
    self.value = value
    self.periodSeconds = periodSeconds
  }
}
