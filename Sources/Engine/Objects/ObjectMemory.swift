public import Autoscaling
public import KubernetesAPI

/// What an object's status remembers from before Swell started, or from the replica that decided before this one.
public struct ObjectMemory: Sendable, Hashable {
  public var lastActiveTime: Timestamp?
  public var health: HealthBook
  /// The condition `Fallback` is True; nil when it is not known.
  public var isFallingBack: Bool?

  public init(lastActiveTime: Timestamp? = nil, health: HealthBook = HealthBook(), isFallingBack: Bool? = nil) {
    self.lastActiveTime = lastActiveTime
    self.health = health
    self.isFallingBack = isFallingBack
  }

  /// Reads a status.
  ///
  /// `lastActiveTime` is written only when something changes, so an object that was active when its status was last
  /// written has been active until now as far as anybody knows: its cooldown begins now and not at the time that the
  /// status shows. Otherwise a restart could cut a cooldown short.
  public init(_ status: ScaledObjectStatus?, now: Timestamp) {
    let conditions = status?.conditions ?? []
    func condition(_ type: String) -> String? { conditions.first { $0.type == type }?.status }
    let wasActive = condition("Active") == "True"
    self.init(
      lastActiveTime: wasActive ? now : status?.lastActiveTime.flatMap { Timestamp(rfc3339: $0) },
      health: HealthBook(status: status?.health ?? [:]),
      isFallingBack: condition("Fallback").map { $0 == "True" })
  }
}
