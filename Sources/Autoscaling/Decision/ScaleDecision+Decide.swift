public import KubernetesAPI

extension ScaleDecision {
  /// Decides between zero (or idle) and one. Between one and maxReplicaCount the HPA decides.
  ///
  /// Rules: KEDA `pkg/scaling/executor`. In short: a full pause leaves everything alone; something active lifts a
  /// target at zero or idle to max(minReplicaCount, 1); nothing active lets it go back to idle or zero after the
  /// cooldown, counted from the last activity or, when there never was any, after the initial cooldown from the
  /// creation; an unknown trigger never lets it go to zero unless `fallback.replicas: 0` says so. `desired` only adds
  /// its reasons.
  public static func decide(
    _ spec: ScalingSpec, state: ScalingState, activity: Activity, desired: DesiredReplicas? = nil, now: Timestamp
  ) -> ScaleDecision {
    let current: Int32
    switch state.replicas {
    case .known(let count): current = count
    case .unreadable(let cause):
      return ScaleDecision(
        conditions: [KEDACondition.replicasUnreadable(cause)], reasons: [.replicasUnreadable(cause)])
    }
    if spec.pause.isFullyPaused {
      return ScaleDecision(
        conditions: [KEDACondition.ready, KEDACondition.paused], reasons: [spec.pause.reason])
    }
    return activity.isActive || spec.forcesActivation
      ? whileActive(spec, current: current, activity, desired, now)
      : whileInactive(spec, state: state, current: current, activity, desired, now)
  }

  private static func whileActive(
    _ spec: ScalingSpec, current: Int32, _ activity: Activity, _ desired: DesiredReplicas?, _ now: Timestamp
  ) -> ScaleDecision {
    let others = Int32(clamping: max(activity.activeMetrics.count - 1, 0))
    let metric = activity.activeMetrics.first ?? ""
    var why: DecisionReason = .alreadyActive(metric: metric, others: others)
    if activity.activeMetrics.isEmpty, !spec.resourceTriggers.isEmpty { why = .onlyResourceTriggers }
    if spec.forcesActivation { why = .forceActivation }
    let details = desired?.reasons ?? []
    var decision = ScaleDecision(
      conditions: [KEDACondition.ready, spec.forcesActivation ? KEDACondition.forcedActive : KEDACondition.active],
      reasons: details + [why])

    if current == 0 || (spec.idleReplicaCount != nil && current < spec.minReplicaCount) {
      let replicas = max(spec.minReplicaCount, 1)
      if spec.pause.isScaleOutPaused {
        decision.reasons = [.pausedScaleOut(keeps: current, insteadOf: replicas), why] + details
      } else {
        decision.action = .activate(
          replicas: replicas, metrics: activity.activeMetrics, isForced: spec.forcesActivation)
        if case .alreadyActive = why {
          why = .activated(metric: metric, others: others, from: current, to: replicas)
        }
        decision.reasons = [why] + details
      }
    } else if activity.isError {
      decision.conditions[0] = KEDACondition.partialTriggerError
    } else {
      decision.lastActiveTime = now
    }
    return decision
  }

  private static func whileInactive(
    _ spec: ScalingSpec, state: ScalingState, current: Int32, _ activity: Activity, _ desired: DesiredReplicas?,
    _ now: Timestamp
  ) -> ScaleDecision {
    let details = desired?.reasons ?? []
    var decision = ScaleDecision(conditions: [KEDACondition.ready, KEDACondition.notActive], reasons: details)
    let restsLower =
      (spec.idleReplicaCount.map { current > $0 } ?? false) || (current > 0 && spec.minReplicaCount == 0)

    if activity.isError, spec.errorBlocksScalingToZero {
      if spec.fallback == nil { decision.conditions[0] = KEDACondition.triggerError }
      decision.reasons.insert(.unknownBlocksScaleToZero(keeps: current), at: 0)
    } else if restsLower {
      decision.rest(spec, state: state, current: current, now: now)
    } else if spec.idleReplicaCount == nil, current < spec.minReplicaCount {
      decision.action = .raiseToMinimum(replicas: spec.minReplicaCount)
      decision.reasons.insert(.belowMin(from: current, to: spec.minReplicaCount), at: 0)
    } else if !decision.reasons.contains(where: { $0 == .notActive || $0.code == "idle" }) {
      decision.reasons.append(.notActive)
    }
    return decision
  }

  /// Goes to zero or idle once the cooldown is over, which is when its end lies in the past (not: is now).
  private mutating func rest(_ spec: ScalingSpec, state: ScalingState, current: Int32, now: Timestamp) {
    let replicas = spec.restingReplicas
    if spec.pause.isScaleInPaused {
      reasons.insert(.pausedScaleIn(keeps: current, insteadOf: replicas), at: 0)
      return
    }
    let end: Timestamp
    let waiting: DecisionReason
    let over: DecisionReason
    if let lastActive = state.lastActiveTime {
      end = lastActive + .seconds(Int64(spec.cooldownPeriod))
      waiting = .coolingDown(until: end, insteadOf: replicas)
      over = .cooldownOver(lastActive: lastActive, seconds: spec.cooldownPeriod, to: replicas)
    } else {
      end = state.createdAt + .seconds(Int64(spec.initialCooldownPeriod))
      waiting = .initialCooldown(until: end, insteadOf: replicas)
      over = .neverActive(to: replicas)
    }
    if end < now {
      action = .deactivate(replicas: replicas)
      reasons.insert(over, at: 0)
    } else {
      conditions[1] = KEDACondition.coolingDown
      nextEvaluation = end + .nanoseconds(1)
      reasons.insert(waiting, at: 0)
    }
  }
}

extension PauseRule {
  /// Why a fully paused object is left alone.
  var reason: DecisionReason {
    switch full {
    case .at(let count): .pausedReplicas(count)
    case .unreadable(let error): .pausedReplicasInvalid(error)
    case .asIs, nil: .paused
    }
  }
}
