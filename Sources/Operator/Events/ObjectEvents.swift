internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import KubernetesClient

/// The events of ScaledObjects, with KEDA's reasons, actions and texts.
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

  func deleted(_ object: ScaledObject) {
    record("Warning", "ScaledObjectDeleted", "ScaledObject was deleted", object)
  }

  func scalersStarted(_ object: ScaledObject, triggerTypes: [String]) {
    for type in triggerTypes { record("Normal", "KEDAScalersStarted", "Scaler \(type) is built", object) }
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
    guard leadership.isLeader else { return }
    recorder.record(
      type: type, reason: reason, action: Self.action(of: reason), message: message,
      about: EventSubject(
        apiVersion: ScaledObject.apiVersion, kind: ScaledObject.kind, namespace: object.metadata.namespace ?? "",
        name: object.metadata.name, uid: object.metadata.uid ?? ""))
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
