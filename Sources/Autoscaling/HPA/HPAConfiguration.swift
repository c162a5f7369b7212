public import KubernetesAPI

/// What a HorizontalPodAutoscaler and the flags of the controller that runs it say about one scale target.
public struct HPAConfiguration: Hashable, Sendable {
  public var minReplicas: Int32
  public var maxReplicas: Int32
  /// As the user wrote it. `nil` and `{}` are two different algorithms: `nil` keeps the older rule (at most double, one
  /// downscale window of the controller), anything else fills both directions with defaults.
  public var behavior: HPABehavior?
  /// `--horizontal-pod-autoscaler-tolerance`: how far the ratio usage/target may be from 1 before replicas change,
  /// where the behavior names no tolerance of its own.
  public var tolerance: Double
  /// `--horizontal-pod-autoscaler-downscale-stabilization`: the window of a missing behavior, and of a behavior's
  /// scale-down rules without a window.
  public var downscaleStabilization: Duration
  /// The feature gate `HPAScaleToZero` (alpha and off in Kubernetes 1.36).
  public var allowsScaleToZero: Bool

  /// - Parameter minReplicas: 1 when `nil`, as the API server defaults it.
  public init(
    minReplicas: Int32?, maxReplicas: Int32, behavior: HPABehavior? = nil, tolerance: Double = 0.1,
    downscaleStabilization: Duration = .seconds(300), allowsScaleToZero: Bool = false
  ) {
    self.minReplicas = minReplicas ?? 1
    self.maxReplicas = maxReplicas
    self.behavior = behavior
    self.tolerance = tolerance
    self.downscaleStabilization = downscaleStabilization
    self.allowsScaleToZero = allowsScaleToZero
  }

  /// The bounds and the behavior of an HPA object, under a controller with its default flags unless given.
  public init(
    _ spec: HPASpec, tolerance: Double = 0.1, downscaleStabilization: Duration = .seconds(300),
    allowsScaleToZero: Bool = false
  ) {
    self.init(
      minReplicas: spec.minReplicas, maxReplicas: spec.maxReplicas, behavior: spec.behavior, tolerance: tolerance,
      downscaleStabilization: downscaleStabilization, allowsScaleToZero: allowsScaleToZero)
  }
}
