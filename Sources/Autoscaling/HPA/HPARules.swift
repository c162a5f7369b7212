internal import KubernetesAPI

/// The rules of one direction, every field filled in.
struct HPARules: Hashable, Sendable {
  enum Selection: Hashable, Sendable {
    /// The policy that allows the largest change (also for any unknown word).
    case max
    case min
    case disabled
  }

  var direction: HPADirection
  var window: Duration
  var selection: Selection
  var policies: [HPAScalingPolicy]

  /// - Parameter filled: rules after `HPABehavior.filled`; what is missing still counts as 0, Max and no policy.
  init(_ filled: HPAScalingRules?, direction: HPADirection) {
    self.direction = direction
    window = .seconds(filled?.stabilizationWindowSeconds ?? 0)
    selection =
      switch filled?.selectPolicy {
      case "Min": .min
      case "Disabled": .disabled
      default: .max
      }
    policies = filled?.policies ?? []
  }

  /// How long events of this direction can matter.
  var longestPeriod: Duration { .seconds(policies.map(\.periodSeconds).max() ?? 0) }

  /// How far replicas may go at `now`, before any bound: may lie on the wrong side of `current`, and wraps where Go's
  /// int32 does.
  ///
  /// One policy: base = current − added + removed during its period (age strictly below it); Pods base ± value; Percent
  /// ceil(base × (1 + v/100)) up, base × (1 − v/100) truncated down. From 10 with 4 added 5 s ago, Pods 4 per 15 s:
  /// base 6, limit 10.
  func limit(current: Int32, memory: HPAMemory, now: Timestamp) -> HPARateLimit {
    if selection == .disabled { return HPARateLimit(replicas: current) }
    var best = HPARateLimit(replicas: worst)
    var proposed: Int32 = 0
    for policy in policies {
      let cutoff = now - .seconds(policy.periodSeconds)
      let base =
        current &- Self.change(memory.scaleUpEvents, after: cutoff)
        &+ Self.change(memory.scaleDownEvents, after: cutoff)
      var overflows = false
      switch policy.type {
      case "Pods": (proposed, overflows) = pods(base: base, value: policy.value)
      case "Percent": proposed = percent(base: base, value: policy.value)
      default: break  // An unknown type repeats the proposal of the policy before, as in the controller.
      }
      if best.policy == nil || isPreferred(proposed, to: best.replicas) {
        best = HPARateLimit(replicas: proposed, policy: policy, base: base, overflows: overflows)
      }
    }
    return best
  }

  /// What every policy improves on: Max wants the largest change, Min the smallest.
  private var worst: Int32 {
    (selection == .max) == (direction == .up) ? .min : .max
  }

  private func isPreferred(_ proposed: Int32, to held: Int32) -> Bool {
    (selection == .max) == (direction == .up) ? proposed > held : proposed < held
  }

  private func pods(base: Int32, value: Int32) -> (Int32, overflow: Bool) {
    let (sum, overflow) =
      direction == .up ? base.addingReportingOverflow(value) : base.subtractingReportingOverflow(value)
    return (sum, overflow)
  }

  private func percent(base: Int32, value: Int32) -> Int32 {
    switch direction {
    case .up: (Double(base) * (1 + Double(value) / 100)).roundedUpToInt32
    case .down: (Double(base) * (1 - Double(value) / 100)).clampedToInt32
    }
  }

  private static func change(_ events: [HPAMemory.ScaleEvent], after cutoff: Timestamp) -> Int32 {
    var sum: Int32 = 0
    for event in events where event.at > cutoff { sum = sum &+ event.change }
    return sum
  }

  /// When replicas may next go beyond `current`, as things stand in `memory`: the first moment at which an event of
  /// this direction falls out of a period and the limit then allows a change. `nil`: not by waiting.
  func nextChange(current: Int32, memory: HPAMemory, now: Timestamp) -> Timestamp? {
    if selection == .disabled { return nil }
    let events = direction == .up ? memory.scaleUpEvents : memory.scaleDownEvents
    var moments: Set<Timestamp> = []
    for policy in policies {
      for event in events {
        let end = event.at + .seconds(policy.periodSeconds)
        if end > now { moments.insert(end) }
      }
    }
    return moments.sorted().first { moment in
      let limit = limit(current: current, memory: memory, now: moment).replicas
      return direction == .up ? limit > current : limit < current
    }
  }
}

/// How far the policies of one direction allow replicas to go.
struct HPARateLimit: Hashable, Sendable {
  var replicas: Int32
  /// The policy that gave the limit; `nil` when scaling in this direction is disabled or there is no policy.
  var policy: HPAScalingPolicy?
  /// Replicas at the start of that policy's period.
  var base: Int32 = 0
  /// Base and value do not fit 32 bits together, and the limit wrapped around.
  var overflows = false
}
