internal import Autoscaling
internal import KubernetesAPI

/// Short ways to write specs, readings and states in the tests of the pure core.
enum Samples {
  static let target = "apps/v1.Deployment shop/orders"

  static func spec(
    min: Int32 = 0, max: Int32 = 100, idle: Int32? = nil, cooldown: Int32 = 300, initialCooldown: Int32 = 0,
    fallback: FallbackSpec? = nil, pause: PauseRule = PauseRule(), forced: Bool = false,
    metrics: [TriggerMetric] = [metric("s0-orders")], resources: [String] = []
  ) -> ScalingSpec {
    ScalingSpec(
      targetLabel: target, minReplicaCount: min, maxReplicaCount: max, idleReplicaCount: idle,
      cooldownPeriod: cooldown, initialCooldownPeriod: initialCooldown, fallback: fallback, pause: pause,
      forcesActivation: forced, metrics: metrics, resourceTriggers: resources)
  }

  static func metric(_ name: String, index: Int = 0, target: Int64 = 10, isValue: Bool = false, threshold: Double = 0)
    -> TriggerMetric
  {
    TriggerMetric(
      triggerIndex: index, name: name, target: isValue ? .value(Quantity(target)) : .averageValue(Quantity(target)),
      activationThreshold: threshold)
  }

  /// A value, or unknown for nil.
  static func reading(_ value: Double?, at seconds: Int64) -> Reading {
    let outcome: Reading.Outcome = value.map { .value(Measurement($0)) } ?? .unknown(refused)
    return Reading(outcome, observedAt: Timestamp(seconds: seconds))
  }

  static let refused = UnknownReason(code: "connectionRefused", message: "connection refused by redis://a:6379/0")

  static func state(_ current: Int32, ready: Int32? = nil, lastActive: Int64? = nil, created: Int64 = 0) -> ScalingState
  {
    ScalingState(
      createdAt: Timestamp(seconds: created), lastActiveTime: lastActive.map { Timestamp(seconds: $0) },
      replicas: .known(current), readyPods: ready)
  }

  /// Evaluates values (nil: unknown) read at `now`.
  static func evaluate(
    _ spec: ScalingSpec, _ values: [Double?], current: Int32, ready: Int32? = nil, lastActive: Int64? = nil,
    health: HealthBook = HealthBook(), now: Int64 = 1000
  ) -> ScaledObjectEvaluation {
    ScaledObjectEvaluation(
      of: spec, readings: values.map { reading($0, at: now) }, health: health,
      state: state(current, ready: ready, lastActive: lastActive), now: Timestamp(seconds: now))
  }
}
