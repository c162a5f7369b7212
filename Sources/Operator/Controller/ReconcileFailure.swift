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
    case pausedHPA = "failed to delete HPA for paused ScaledObject"
    case pausedReplicas = "failed to scale the target of the paused ScaledObject"
    case finalizer = "failed to update ScaledObject after removing a finalizer"
  }

  var stage: Stage
  var cause: String
  /// The event's text, where it is another than the condition's.
  var event: String?
  /// The cause may go away without the object changing: worth another look after a while.
  var mayHeal: Bool
  /// The API refused a write: the object itself may be right, and what was planned for it before stays in force.
  var isRefusal = false
  /// The API has failed to do its part for this object for a while.
  var isLasting = false

  var message: String { "\(stage.rawValue): \(cause)" }

  init(_ stage: Stage, _ cause: String, event: String? = nil, mayHeal: Bool = false) {
    self.stage = stage
    self.cause = cause
    self.event = event
    self.mayHeal = mayHeal || stage == .scaleTargetRef
  }

  /// What the API refused to write; nil when it is no refusal but an obstacle, to be tried again at once.
  init?(_ stage: Stage, refused error: KubernetesError) {
    guard error.isRefusal else { return nil }
    self.init(stage, refusal: error.refusal)
  }

  /// - Parameter refusal: what was refused, by whom, and what to do.
  init(_ stage: Stage, refusal: String) {
    self.init(stage, refusal, mayHeal: true)
    isRefusal = true
  }

  static func lasting(_ obstacle: Obstacle) -> ReconcileFailure {
    var failure = ReconcileFailure(obstacle.stage, refusal: "\(obstacle): Swell tries again by itself")
    failure.isLasting = true
    return failure
  }

  /// What is wrong with a specification. The stage is that of the first error; all of them are told.
  /// - Parameter object: in whose case KEDA has words for some of them, which come first.
  init(_ errors: [FieldError], of object: ScaledObject? = nil) {
    let fields = errors.map(\.field)
    let stage: Stage =
      if fields.contains(where: Self.targetFields.contains) {
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
    let violations = object?.controllerViolations() ?? []
    let causes = errors.map { error in
      let words = violations.first { $0.error == error }?.message ?? error.description
      return words == error.description ? words : "\(words) (\(error))"
    }
    self.init(
      stage, causes.joined(separator: "; "),
      // Its containers may change.
      mayHeal: fields.contains { $0.hasPrefix("spec.scaleTargetRef") })
  }

  /// What is wrong with the target's containers stops the triggers from being built, as in KEDA.
  private static let targetFields: Set<String> = [
    "spec.scaleTargetRef.name", "spec.scaleTargetRef.apiVersion", "spec.scaleTargetRef.kind",
  ]

  private static let replicaFields: Set<String> = [
    "spec.minReplicaCount", "spec.maxReplicaCount", "spec.idleReplicaCount",
  ]
}
