/// A Kubernetes event to record on the ScaledObject, with KEDA's reasons and messages.
public struct ScaleEvent: Hashable, Sendable {
  /// `Normal` or `Warning`.
  public var type: String
  public var reason: String
  public var message: String

  public init(type: String = "Normal", reason: String, message: String) {
    self.type = type
    self.reason = reason
    self.message = message
  }

  public static let paused = ScaleEvent(reason: "ScaledObjectPaused", message: "ScaledObject is paused")
  public static let unpaused = ScaleEvent(
    reason: "ScaledObjectUnpaused", message: "pause annotation removed for ScaledObject")
  public static let fallbackActivated = ScaleEvent(
    reason: "ScaledObjectFallbackActivated", message: "ScaledObject fallback is active")
  public static let fallbackDeactivated = ScaleEvent(
    reason: "ScaledObjectFallbackDeactivated", message: "ScaledObject fallback is no longer active")
}
