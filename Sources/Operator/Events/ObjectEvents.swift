internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import KubernetesClient

/// The events of what Swell looks after, with KEDA's reasons, actions and texts.
struct ObjectEvents: Sendable {
  private let recorder: EventRecorder
  private let leadership: Leadership

  init(recorder: EventRecorder, leadership: Leadership) {
    self.recorder = recorder
    self.leadership = leadership
  }

  func ready(_ object: ScaledObject) {
    record("Normal", "ScaledObjectReady", "ScaledObject is ready for scaling", object)
  }

  func checkFailed(_ object: ScaledObject, _ message: String) {
    record("Warning", "ScaledObjectCheckFailed", message, object)
  }

  /// The status cannot be written.
  func updateFailed(_ object: ScaledObject, _ message: String) {
    record("Warning", "ScaledObjectUpdateFailed", message, object)
  }

  /// A setting that has no effect, in the words of KEDA's webhook.
  func scalerInfo(_ object: ScaledObject, _ message: String) {
    record("Normal", "KEDAScalerInfo", message, object)
  }

  func deleted(_ object: ScaledObject) {
    record("Warning", "ScaledObjectDeleted", "ScaledObject was deleted", object)
  }

  /// Triggers were built: those of a new object, or anew for one that has changed.
  func scalersBuilt(_ object: ScaledObject) {
    for trigger in object.spec.triggers {
      record("Normal", "KEDAScalersStarted", "Scaler \(trigger.type) is built", object)
    }
  }

  func scalersStarted(_ object: ScaledObject) {
    scalersBuilt(object)
    record("Normal", "KEDAScalersStarted", "Started scalers watch", object)
  }

  func scalersStopped(_ object: ScaledObject) {
    record("Normal", "KEDAScalersStopped", "Stopped scalers watch", object)
  }

  func scalerFailed(_ object: ScaledObject, _ message: String) {
    record("Warning", "KEDAScalerFailed", message, object)
  }

  func record(_ event: ScaleEvent, about object: ScaledObject) {
    record(event.type, event.reason, event.message, object)
  }

  private func record(_ type: String, _ reason: String, _ message: String, _ object: ScaledObject) {
    record(
      type, reason, message,
      about: EventSubject(
        apiVersion: ScaledObject.apiVersion, kind: ScaledObject.kind, namespace: object.metadata.namespace ?? "",
        name: object.metadata.name, uid: object.metadata.uid ?? ""))
  }

  /// A replica that does not lead tells nothing.
  func record(_ type: String, _ reason: String, _ message: String, about subject: EventSubject) {
    guard leadership.isLeader else { return }
    recorder.record(
      type: type, reason: reason, action: Self.action(of: reason), message: message, about: subject,
      controller: Self.controller(of: reason))
  }

  /// Who reports it, as in KEDA, where the scale loop and the webhook have recorders of their own.
  private static func controller(of reason: String) -> String {
    switch reason {
    case "KEDAScalerInfo": "keda-admission"
    case let reason where reason.hasPrefix("KEDA") || reason.hasPrefix("ScaledObjectFallback"): "scale-handler"
    default: "keda-operator"
    }
  }

  /// What was done, in the words of events.k8s.io: an action is required there.
  private static func action(of reason: String) -> String {
    switch reason {
    case "KEDAScalersStarted": "ScalersWatchStarted"
    case "KEDAScalersStopped": "ScalersWatchStopped"
    case "KEDAScalerFailed": "ScalerFailed"
    case "KEDAScaleTargetActivated", "KEDAScaleTargetActivationFailed": "ScaleTargetActivation"
    case "KEDAScaleTargetDeactivated", "KEDAScaleTargetDeactivationFailed": "ScaleTargetDeactivation"
    default: reason
    }
  }
}
