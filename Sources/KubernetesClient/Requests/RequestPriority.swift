/// The order in which waiting requests go out when as many as allowed are under way. There is no throttle.
public enum RequestPriority: Int, Comparable, Sendable, CaseIterable {
  /// A workload scales: nothing may stand in front of it.
  case actuation
  /// TokenReview and SubjectAccessReview: a client of the metrics API waits for the answer. As anybody can cause them,
  /// only some are under way at the same time.
  case review
  /// Objects that are new or have changed.
  case reconciliation
  case status
  /// Lists, events.
  case background

  /// The more urgent one is the lesser.
  public static func < (left: RequestPriority, right: RequestPriority) -> Bool { left.rawValue < right.rawValue }
}
