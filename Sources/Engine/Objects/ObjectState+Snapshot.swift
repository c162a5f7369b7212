internal import Autoscaling
internal import KubernetesAPI
internal import Triggers

extension ObjectState {
  var triggerLines: [DecisionRecord.TriggerLine] {
    triggers.map { state in
      let effective = state.evaluation?.effective
      return DecisionRecord.TriggerLine(
        metricName: state.metric.name, value: effective?.quantity?.approximateDouble,
        unknown: effective == nil ? "not read yet" : effective?.unknownReason?.message, failure: state.hiddenFailure,
        target: state.metric.target.quantity.canonical, isActive: state.evaluation?.isActive ?? false)
    }
  }

  var snapshot: ObjectSnapshot {
    ObjectSnapshot(
      key: plan.key, target: plan.target, isActive: isActive, isPaused: plan.scaling.pause.isFullyPaused,
      isFallbackActive: isFallingBack ?? false, replicas: target, desiredReplicas: desired,
      minReplicas: plan.scaling.minReplicaCount, maxReplicas: plan.scaling.maxReplicaCount,
      lastActiveTime: lastActiveTime, conditions: conditions, reasons: bindingReasons,
      triggers: plan.triggers.indices.map(triggerSnapshot), errors: errors, pollingInterval: plan.pollingInterval,
      lateness: lateness)
  }

  var statusView: ObjectStatusView {
    var activity: [String: TriggerActivity] = [:]
    for trigger in triggers {
      activity[trigger.metric.name] = TriggerActivity(isActive: trigger.evaluation?.isActive ?? false)
    }
    return ObjectStatusView(
      conditions: conditions, lastActiveTime: lastActiveTime, triggersActivity: activity,
      health: health.status)
  }

  /// The HPA's last word while it decides, the loop's own otherwise: at zero replicas, paused, or before the first sync.
  private var bindingReasons: [DecisionReason] {
    let own = journal.latest(by: .scaleLoop)?.reasons ?? []
    guard let replicas = target?.specReplicas, replicas > 0, !plan.scaling.pause.isFullyPaused,
      let hpa = journal.latest(by: .hpa), hpa.time >= (journal.latest(by: .scaleLoop)?.time ?? hpa.time) - hpaPatience
    else { return own }
    return hpa.reasons + own.filter { !hpa.reasons.contains($0) }
  }

  /// How old an HPA's decision may be, against the loop's, and still count as its present opinion.
  private var hpaPatience: Duration { max(plan.pollingInterval, .seconds(30)) }

  private func triggerSnapshot(_ index: Int) -> ObjectSnapshot.TriggerSnapshot {
    let planned = plan.triggers[index]
    guard let state = triggers.first(where: { $0.index == index }) else {
      return .resource(planned)
    }
    let metric = state.trigger.metric
    let effective = state.evaluation?.effective
    return ObjectSnapshot.TriggerSnapshot(
      index: planned.index, type: planned.type, name: planned.name, metricName: metric.name, alias: metric.alias,
      targetType: metric.targetType.rawValue, target: metric.target.canonical,
      activationThreshold: state.trigger.activationThreshold, value: effective?.quantity?.approximateDouble,
      unknown: effective == nil ? "not read yet" : effective?.unknownReason?.message, failure: state.hiddenFailure,
      isActive: state.evaluation?.isActive ?? false, isFallback: effective?.isFallback ?? false,
      readAt: state.reading?.observedAt, latencySeconds: state.roundTrip?.inSeconds,
      failuresInARow: state.failuresInARow, errors: state.errors, emptyAnswers: state.emptyAnswers,
      lastValueAt: state.lastValueAt,
      httpOutcomes: state.httpOutcomes, isExternal: true)
  }
}

extension TriggerState {
  /// Why the last reading failed, where a fallback stands in for it.
  fileprivate var hiddenFailure: String? {
    guard let evaluation, evaluation.effective.unknownReason == nil, case .unknown(let reason)? = reading?.outcome
    else { return nil }
    return reason.message
  }
}

extension ObjectSnapshot.TriggerSnapshot {
  /// cpu and memory: the HPA controller reads and decides.
  static func resource(_ planned: PlannedTrigger) -> Self {
    let target = planned.metric.resource?.target ?? planned.metric.containerResource?.target
    let text = target?.averageUtilization.map { "\($0)%" } ?? target?.averageValue?.canonical ?? ""
    return Self(
      index: planned.index, type: planned.type, name: planned.name, metricName: planned.metricName,
      alias: planned.metricName, targetType: target?.type ?? "", target: text, activationThreshold: 0, value: nil,
      unknown: "decided by the HPA", failure: nil, isActive: true, isFallback: false, readAt: nil, latencySeconds: nil,
      failuresInARow: 0, errors: 0, emptyAnswers: 0, lastValueAt: nil, httpOutcomes: [:], isExternal: false)
  }
}
