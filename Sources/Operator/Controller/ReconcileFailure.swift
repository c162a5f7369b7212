internal import KubernetesAPI
internal import KubernetesClient

/// Why an object cannot be scaled, in the words of its condition Ready: KEDA's beginning, then what to change.
struct ReconcileFailure: Error, Sendable, Hashable {
  enum Stage: String, Sendable {
    case scaleTargetRef = "ScaledObject doesn't have correct scaleTargetRef specification"
    case label = "failed to update ScaledObject with scaledObjectName label"
    case replicaCounts = "ScaledObject doesn't have correct Idle/Min/Max Replica Counts specification"
    case triggers = "ScaledObject doesn't have correct triggers specification"
    case hpa = "failed to ensure HPA is correctly created for ScaledObject"
    case pause = "failed to parse paused replica count"
  }

  var stage: Stage
  var cause: String
  /// The event's text, where it is another than the condition's.
  var event: String?
  /// The cause may go away without the object changing: worth another look after a while.
  var mayHeal: Bool

  var message: String { "\(stage.rawValue): \(cause)" }

  init(_ stage: Stage, _ cause: String, event: String? = nil, mayHeal: Bool = false) {
    self.stage = stage
    self.cause = cause
    self.event = event
    self.mayHeal = mayHeal || stage == .scaleTargetRef
  }

  /// What the API refused to write; nil when it is no refusal but an obstacle, to be tried again at once.
  init?(_ stage: Stage, refused error: KubernetesError) {
    guard error.code == .invalid || error.code == .forbidden else { return nil }
    self.init(stage, error.message, mayHeal: true)
  }

  /// What is wrong with a specification. The stage is that of the first error; all of them are told.
  init(_ errors: [FieldError]) {
    let fields = errors.map(\.field)
    let stage: Stage =
      if fields.contains(where: { $0.hasPrefix("spec.scaleTargetRef") }) {
        .scaleTargetRef
      } else if fields.contains(where: Self.replicaFields.contains) {
        .replicaCounts
      } else if fields.contains(where: {
        $0 == "spec.triggers" || $0.hasSuffix("].name") || $0.hasSuffix("].useCachedMetrics")
      }) {
        .triggers
      } else {
        .hpa
      }
    self.init(stage, errors.map(\.description).joined(separator: "; "))
  }

  private static let replicaFields: Set<String> = [
    "spec.minReplicaCount", "spec.maxReplicaCount", "spec.idleReplicaCount",
  ]
}
