public import KubernetesAPI

/// The conditions of a ScaledObject with KEDA's types, reasons and messages, which people and dashboards know.
public enum KEDACondition {
  public static let ready = Condition(
    type: "Ready", status: "True", reason: "ScaledObjectReady",
    message: "ScaledObject is defined correctly and is ready for scaling")
  public static let triggerError = Condition(
    type: "Ready", status: "False", reason: "TriggerError",
    message: "Triggers defined in ScaledObject are not working correctly")
  public static let partialTriggerError = Condition(
    type: "Ready", status: "Unknown", reason: "PartialTriggerError",
    message: "Some triggers defined in ScaledObject are not working correctly")
  public static let active = Condition(
    type: "Active", status: "True", reason: "ScalerActive",
    message: "Scaling is performed because triggers are active")
  public static let forcedActive = Condition(
    type: "Active", status: "True", reason: "ScalerActive",
    message: "Scaling is performed because activation is being forced by annotation")
  public static let notActive = Condition(
    type: "Active", status: "False", reason: "ScalerNotActive",
    message: "Scaling is not performed because triggers are not active")
  public static let coolingDown = Condition(
    type: "Active", status: "False", reason: "ScalerCooldown",
    message: "Scaler cooling down because triggers are not active")
  public static let fallbackExists = Condition(
    type: "Fallback", status: "True", reason: "FallbackExists",
    message: "At least one trigger is falling back on this scaled object")
  public static let noFallback = Condition(
    type: "Fallback", status: "False", reason: "NoFallbackFound",
    message: "No fallbacks are active on this scaled object")
  public static let paused = Condition(
    type: "Paused", status: "True", reason: "ScaledObjectPaused", message: "ScaledObject is paused")
  public static let unpaused = Condition(
    type: "Paused", status: "False", reason: "ScaledObjectUnpaused",
    message: "pause annotation removed for ScaledObject")

  /// `Ready` when the scale target's replicas could not be read; `cause` such as `app not found`.
  public static func replicasUnreadable(_ cause: String) -> Condition {
    Condition(
      type: "Ready", status: "False", reason: "ErrorGettingCurrentReplicas",
      message: "Error getting current replicas count for ScaleTarget: \(cause)")
  }

  /// `Ready` when the object cannot be scaled as it is; the message says what to change.
  public static func checkFailed(_ message: String) -> Condition {
    Condition(type: "Ready", status: "False", reason: "ScaledObjectCheckFailed", message: message)
  }

  /// `HPAActive`, from the HPA's own condition `ScalingActive`; nil leaves it as it is (no such condition yet). Scaling
  /// that is off because the target is at zero is as it should be, so it counts as active.
  public static func hpaActive(_ conditions: [Condition]) -> Condition? {
    guard let scaling = conditions.first(where: { $0.type == "ScalingActive" }) else { return nil }
    let reason = scaling.reason ?? ""
    let message = scaling.message ?? ""
    if scaling.status == "True" {
      return Condition(type: "HPAActive", status: "True", reason: "HPAActive", message: "HPA is actively scaling")
    }
    if reason == "ScalingDisabled" {
      return Condition(type: "HPAActive", status: "True", reason: reason, message: message)
    }
    return Condition(
      type: "HPAActive", status: "False", reason: reason.isEmpty ? "HPAMetricsUnavailable" : reason,
      message: "HPA is not actively scaling: \(message)")
  }
}
