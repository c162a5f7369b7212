internal import KubernetesAPI

/// Stabilization, rates and bounds.
extension HPAAlgorithm {
  /// Which constraint stopped the count, for the condition `ScalingLimited` and for the reasons.
  private enum Limit {
    case rate(HPADirection)
    case maximum
    case minimum
  }

  /// Takes what the metrics want to what replicas become, and records the recommendation.
  func normalize(_ wanted: Int32, _ observation: HPAObservation, _ sync: inout HPAEvaluation) {
    let past = sync.memory
    let stabilization = stabilization(of: wanted, memory: past, sync)
    let stabilized = stabilization.replicas
    sync.memory.record(wanted, at: sync.now, replacing: stabilization.outdatedSlot)
    sync.stabilizedReplicas = stabilized
    sync.memory.conditions.ableToScale = ableToScale(
      wanted: wanted, stabilized: stabilized, current: sync.currentReplicas)

    let limit = rules == nil ? boundWithoutBehavior(stabilized, &sync) : boundWithBehavior(stabilized, &sync)
    sync.memory.conditions.scalingLimited = condition(limit)
    sync.reasons = reasonsOfMetrics(sync, readyPods: observation.readyPods)
    if stabilized != wanted, let hold = hold(wanted: wanted, stabilized: stabilized, past: past, now: sync.now) {
      sync.reasons.insert(.stabilized(hold), at: 0)
    }
    if let limit { sync.reasons.insert(reason(limit, wanted: stabilized, sync), at: 0) }
  }

  // MARK: Stabilization

  private func stabilization(of wanted: Int32, memory: HPAMemory, _ sync: HPAEvaluation) -> HPAStabilization {
    guard let rules else {
      return HPAStabilization(
        wanted: wanted, memory: memory, window: configuration.downscaleStabilization, now: sync.now)
    }
    return HPAStabilization(
      wanted: wanted, current: sync.currentReplicas, memory: memory, up: rules.up.window, down: rules.down.window,
      now: sync.now)
  }

  private func ableToScale(wanted: Int32, stabilized: Int32, current: Int32) -> HPACondition {
    if stabilized == wanted {
      return HPACondition(true, reason: "ReadyForNewScale", message: "recommended size matches current size")
    }
    if rules != nil, wanted >= current {
      return HPACondition(
        true, reason: "ScaleUpStabilized",
        message: "recent recommendations were lower than current one, applying the lowest recent recommendation")
    }
    return HPACondition(
      true, reason: "ScaleDownStabilized",
      message: "recent recommendations were higher than current one, applying the highest recent recommendation")
  }

  private func hold(wanted: Int32, stabilized: Int32, past: HPAMemory, now: Timestamp) -> HPAStabilizationHold? {
    let direction: HPADirection = stabilized > wanted ? .down : .up
    let window: Duration
    if let rules {
      window = direction == .up ? rules.up.window : rules.down.window
    } else {
      window = configuration.downscaleStabilization
    }
    let cutoff = now - window
    let inWindow = past.recommendations.filter { rules == nil ? $0.at >= cutoff : $0.at > cutoff }
    guard let holder = HPAStabilization.holder(of: stabilized, direction: direction, among: inWindow) else {
      return nil
    }
    return HPAStabilizationHold(
      direction: direction, wanted: wanted, held: stabilized, recommended: holder.replicas, recommendedAt: holder.at,
      window: window, until: holder.at + window)
  }

  // MARK: Rates and bounds

  /// To [min, min(max, max(2 × current, 4))]. From 5, 30 wanted: 10.
  private func boundWithoutBehavior(_ wanted: Int32, _ sync: inout HPAEvaluation) -> Limit? {
    let rate = max(2.0 * Double(sync.currentReplicas), 4.0).clampedToInt32
    sync.scaleUpLimit = rate
    sync.desiredReplicas = wanted
    if wanted < configuration.minReplicas {
      sync.desiredReplicas = configuration.minReplicas
      return .minimum
    }
    if wanted > min(configuration.maxReplicas, rate) {
      sync.desiredReplicas = min(configuration.maxReplicas, rate)
      return configuration.maxReplicas > rate ? .rate(.up) : .maximum
    }
    return nil
  }

  /// Up: at most min(max, what the policies allow). Down: at least max(min, what the policies allow). Equal: nothing,
  /// not even the bounds.
  private func boundWithBehavior(_ wanted: Int32, _ sync: inout HPAEvaluation) -> Limit? {
    guard let rules else { return nil }
    let current = sync.currentReplicas
    let up = rules.up.limit(current: current, memory: sync.memory, now: sync.now).replicas
    let down = rules.down.limit(current: current, memory: sync.memory, now: sync.now).replicas
    sync.scaleUpLimit = up
    sync.scaleDownLimit = down
    sync.desiredReplicas = wanted
    if wanted > current {
      let rate = max(current, up)
      let highest = min(configuration.maxReplicas, rate)
      guard wanted > highest else { return nil }
      sync.desiredReplicas = highest
      return configuration.maxReplicas > rate ? .rate(.up) : .maximum
    }
    if wanted < current {
      let rate = min(current, down)
      let lowest = max(configuration.minReplicas, rate)
      guard wanted < lowest else { return nil }
      sync.desiredReplicas = lowest
      return configuration.minReplicas < rate ? .rate(.down) : .minimum
    }
    return nil
  }

  private func condition(_ limit: Limit?) -> HPACondition {
    switch limit {
    case nil:
      HPACondition(
        false, reason: "DesiredWithinRange", message: "the desired count is within the acceptable range")
    case .rate(.up):
      HPACondition(
        true, reason: "ScaleUpLimit",
        message: "the desired replica count is increasing faster than the maximum scale rate")
    case .rate(.down):
      HPACondition(
        true, reason: "ScaleDownLimit",
        message: "the desired replica count is decreasing faster than the maximum scale rate")
    case .maximum:
      HPACondition(
        true, reason: "TooManyReplicas", message: "the desired replica count is more than the maximum replica count")
    case .minimum:
      HPACondition(
        true, reason: "TooFewReplicas", message: "the desired replica count is less than the minimum replica count")
    }
  }

  // MARK: Reasons

  private func reason(_ limit: Limit, wanted: Int32, _ sync: HPAEvaluation) -> HPAReason {
    switch limit {
    case .maximum: .limitedByMaximum(wanted: wanted, maximum: configuration.maxReplicas)
    case .minimum: .limitedByMinimum(wanted: wanted, minimum: configuration.minReplicas)
    case .rate(let direction): rateReason(direction, wanted: wanted, sync)
    }
  }

  private func rateReason(_ direction: HPADirection, wanted: Int32, _ sync: HPAEvaluation) -> HPAReason {
    let current = sync.currentReplicas
    guard let rules = direction == .up ? rules?.up : rules?.down else {
      return .limitedByDoubling(wanted: wanted, current: current, limit: sync.desiredReplicas)
    }
    let limit = rules.limit(current: current, memory: sync.memory, now: sync.now)
    guard rules.selection != .disabled, let policy = limit.policy else {
      return .directionDisabled(direction, wanted: wanted, current: current)
    }
    var after = sync.memory
    if sync.needsUpdate {
      after.store(
        changeFrom: current, to: sync.desiredReplicas, at: sync.now, longestPeriod: rules.longestPeriod)
    }
    return .limitedByPolicy(
      HPAPolicyLimit(
        direction: direction, wanted: wanted, limit: sync.desiredReplicas, policy: policy, base: limit.base,
        nextChange: rules.nextChange(current: sync.desiredReplicas, memory: after, now: sync.now),
        overflows: limit.overflows))
  }
}
