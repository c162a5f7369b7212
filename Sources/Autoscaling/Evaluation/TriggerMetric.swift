public import KubernetesAPI

/// One external metric of a trigger, as far as decisions care.
public struct TriggerMetric: Hashable, Sendable {
  /// Position of the trigger in `spec.triggers`; the metrics of one trigger share it.
  public var triggerIndex: Int
  /// As KEDA names it: `s0-redis-streams-orders`.
  public var name: String
  public var target: TriggerTarget
  /// The metric is active when its activation value is greater than this.
  public var activationThreshold: Double

  public init(triggerIndex: Int, name: String, target: TriggerTarget, activationThreshold: Double = 0) {
    self.triggerIndex = triggerIndex
    self.name = name
    self.target = target
    self.activationThreshold = activationThreshold
  }
}

/// What a metric is divided by.
public enum TriggerTarget: Hashable, Sendable {
  /// What one replica handles.
  case averageValue(Quantity)
  /// What all replicas handle together.
  case value(Quantity)

  public var quantity: Quantity {
    switch self {
    case .averageValue(let quantity), .value(let quantity): quantity
    }
  }
}

/// What is known of the scale target's replicas; nil where it could not be read.
public struct ReplicaFacts: Hashable, Sendable {
  /// `spec.replicas` of the target.
  public var current: Int32?
  /// Pods of the target that run and are ready. Only metrics of type `Value` need it.
  public var ready: Int32?

  public init(current: Int32?, ready: Int32? = nil) {
    self.current = current
    self.ready = ready
  }
}
