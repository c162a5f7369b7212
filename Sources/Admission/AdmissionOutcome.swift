public import KubernetesAPI

/// What came of one review, for logs and events.
public struct AdmissionOutcome: Sendable {
  /// `ScaledObject`, `ScaledJob`, `TriggerAuthentication` or `ClusterTriggerAuthentication`.
  public var kind: String
  /// Empty for ClusterTriggerAuthentications.
  public var namespace: String
  public var name: String
  public var operation: AdmissionRequest.Operation
  public var isDryRun: Bool
  /// Nothing was looked at: a deletion, or the removal of a finalizer.
  public var isSkipped = false
  /// Everything for which the object is refused.
  public var violations: [AdmissionViolation] = []
  /// Told to the user whatever the answer.
  public var warnings: [String] = []

  public var isAllowed: Bool { violations.isEmpty }

  /// One line a rule, the same line once.
  public var message: String {
    violations.map(\.message).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      .joined(separator: "\n")
  }
}
