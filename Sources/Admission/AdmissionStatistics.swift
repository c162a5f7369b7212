internal import KubernetesAPI
internal import Synchronization

/// How many reviews there were and what was refused, as KEDA counts them:
/// `keda_webhook_scaled_object_validations_total{namespace,action}` and
/// `keda_webhook_scaled_object_validation_errors_total{namespace,action,reason}`. ScaledJobs count under the same names.
public final class AdmissionStatistics: Sendable {
  public struct Count: Hashable, Sendable {
    public var namespace: String
    /// `create` or `update`.
    public var action: String
    /// KEDA's name of the rule; empty for the count of all reviews.
    public var reason: String
    public var value: UInt64

    /// The label values in the order of KEDA's labels.
    public var labels: [String] { reason.isEmpty ? [namespace, action] : [namespace, action, reason] }
  }

  private struct Key: Hashable {
    var namespace: String
    var action: String
    var reason: String
  }

  /// Requests come from strangers: so many series are kept, all others count for the namespace `""`.
  static let maximumSeries = 5000

  private let counts = Mutex<[Key: UInt64]>([:])

  public init() {}

  /// Reviews by namespace and action, sorted.
  public var validations: [Count] { sorted { $0.reason.isEmpty } }

  /// Refusals by namespace, action and reason, sorted.
  public var errors: [Count] { sorted { !$0.reason.isEmpty } }

  /// Counts a review that was not skipped; each reason once.
  func count(_ outcome: AdmissionOutcome) {
    let action = outcome.operation == .create ? "create" : "update"
    let reasons = Set(outcome.violations.map(\.reason.rawValue)).union([""])
    counts.withLock { counts in
      for reason in reasons {
        var key = Key(namespace: outcome.namespace, action: action, reason: reason)
        if counts[key] == nil, counts.count >= Self.maximumSeries { key.namespace = "" }
        counts[key, default: 0] &+= 1
      }
    }
  }

  private func sorted(_ isWanted: (Key) -> Bool) -> [Count] {
    counts.withLock { $0 }.filter { isWanted($0.key) }
      .map { Count(namespace: $0.key.namespace, action: $0.key.action, reason: $0.key.reason, value: $0.value) }
      .sorted { ($0.namespace, $0.action, $0.reason) < ($1.namespace, $1.action, $1.reason) }
  }
}
