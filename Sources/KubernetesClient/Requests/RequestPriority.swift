/// The order in which waiting requests go out when as many as allowed are under way. There is no throttle.
public enum RequestPriority: Int, Comparable, Sendable, CaseIterable {
  /// A workload scales, or a Lease is renewed: nothing may stand in front of it.
  case actuation
  /// Objects that are new or have changed.
  case reconciliation
  case status
  /// Lists, events.
  case background

  /// The more urgent one is the lesser.
  public static func < (left: RequestPriority, right: RequestPriority) -> Bool { left.rawValue < right.rawValue }
}
