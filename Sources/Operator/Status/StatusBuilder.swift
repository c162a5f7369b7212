internal import Autoscaling
internal import Engine
internal import KubernetesAPI

/// Puts a status together. Pure: what is there, what is known, what should be there.
enum StatusBuilder {
  /// - Parameters:
  ///   - current: as it stands in the cluster.
  ///   - view: what the loop says; nil before its first decision, and while it does not decide about the object.
  ///   - hpa: the HPA's condition `ScalingActive`; nil leaves `HPAActive` as it is.
  ///   - hasHPA: whether there is one. Of an HPA that a pause has taken away, nothing is told.
  static func status(
    from current: ScaledObjectStatus?, facts: StatusFacts, view: ObjectStatusView?, hpa: Condition?,
    hasHPA: Bool = true
  ) -> ScaledObjectStatus {
    var status = current ?? ScaledObjectStatus()
    if let kind = facts.scaleTargetKind {
      status.scaleTargetKind = kind
      status.scaleTargetGVKR = facts.target
    }
    if status.originalReplicaCount == nil { status.originalReplicaCount = facts.originalReplicaCount }
    status.hpaName = facts.hpaName ?? status.hpaName
    if let names = facts.externalMetricNames { status.externalMetricNames = names.isEmpty ? nil : names }
    if let names = facts.resourceMetricNames { status.resourceMetricNames = names.isEmpty ? nil : names }
    status.triggersTypes = facts.triggersTypes ?? status.triggersTypes
    status.authenticationsTypes = facts.authenticationsTypes ?? status.authenticationsTypes
    status.pausedReplicaCount = facts.pausedReplicaCount
    status.conditions = conditions(from: current?.conditions ?? [], facts: facts, view: view, hpa: hpa)
    if facts.isFullyPaused, !hasHPA { status.conditions?.removeAll { $0.type == "HPAActive" } }
    if let view {
      status.triggersActivity = view.triggersActivity.isEmpty ? nil : view.triggersActivity
      status.health = view.health.isEmpty ? nil : view.health
      if let time = view.lastActiveTime { status.lastActiveTime = time.rfc3339 }
    } else if let names = facts.externalMetricNames {
      // Of metrics that the object no longer has, nothing is told.
      let known = status.triggersActivity?.filter { names.contains($0.key) }
      status.triggersActivity = known?.isEmpty ?? true ? nil : known
    }
    return status
  }

  private static func conditions(
    from current: [Condition], facts: StatusFacts, view: ObjectStatusView?, hpa: Condition?
  ) -> [Condition] {
    var conditions = current
    // As KEDA initialises them, and in its order.
    for (index, type) in ["Ready", "Active", "Fallback", "Paused"].enumerated()
    where !conditions.contains(where: { $0.type == type }) {
      conditions.insert(
        Condition(type: type, status: type == "Paused" ? "False" : "Unknown"), at: min(index, conditions.count))
    }
    if facts.isPaused {
      conditions.set(KEDACondition.paused)
    } else if conditions.first(where: { $0.type == "Paused" })?.status == "True" {
      conditions.set(KEDACondition.unpaused)
    }
    for condition in view?.conditions ?? [] where condition.type != "Paused" { conditions.set(condition) }
    if !facts.hasFallback { conditions.set(KEDACondition.noFallback) }
    if let ready = facts.ready { conditions.set(ready) }
    if let active = facts.active { conditions.set(active) }
    if let condition = KEDACondition.hpaActive(hpa.map { [$0] } ?? []) { conditions.set(condition) }
    return conditions
  }
}

extension [Condition] {
  fileprivate mutating func set(_ condition: Condition) {
    if let index = firstIndex(where: { $0.type == condition.type }) {
      self[index] = condition
    } else {
      append(condition)
    }
  }
}
