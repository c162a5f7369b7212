/// A rule of the admission webhook that an object breaks.
public struct AdmissionViolation: Hashable, Sendable {
  /// KEDA's names for its rules, the values of the label `reason` of `keda_webhook_scaled_object_validation_errors_total`,
  /// and Swell's for those it adds.
  public enum Reason: String, Sendable, CaseIterable {
    case otherScaledObject = "other-scaled-object"
    case otherScaledObjectHPA = "other-scaled-object-hpa"
    case otherHPA = "other-hpa"
    case transferWithoutName = "transfer-ownership-missing-hpa-name"
    case scalingModifiers = "scaling-modifiers"
    case scalingModifiersFallback = "scaling-modifiers-fallback"
    case missingRequests = "missing-requests"
    case scaleToZero = "scale-to-zero-requirements-not-met"
    case replicas = "incorrect-replicas"
    case fallback = "incorrect-fallback"
    case name = "name-too-long"
    case hpaName = "hpa-name-too-long"
    case triggers = "incorrect-triggers"
    /// KEDA rejects these without counting a reason.
    case unknownKind = "unknown-kind"
    case targetNotFound = "target-not-found"
    /// Swell's own: the metadata of a trigger.
    case triggerMetadata = "incorrect-trigger-metadata"
    /// Swell's own: the object cannot be read at all.
    case unreadable = "unreadable"
    /// Those of TriggerAuthentications, which KEDA does not count.
    case authentication = "incorrect-authentication"

    /// Whether an object that breaks the rule works nevertheless: KEDA's controller does not look at it again.
    public var isOnlyForTheWebhook: Bool {
      switch self {
      // The API server takes an HPA's name of up to 253 bytes; the label made of it is cut.
      case .fallback, .scalingModifiersFallback, .scaleToZero, .missingRequests, .hpaName: true
      default: false
      }
    }
  }

  public var reason: Reason
  /// As KEDA words it, where it has the rule.
  public var message: String
  /// The field, and what to write instead.
  public var error: FieldError

  public init(_ reason: Reason, _ message: String, field: String, advice: String) {
    self.init(reason, message, FieldError(field: field, message: advice))
  }

  public init(_ reason: Reason, _ message: String, _ error: FieldError) {
    self.reason = reason
    self.message = message
    self.error = error
  }

  /// A rule that KEDA does not have.
  public init(_ reason: Reason, _ error: FieldError) {
    self.init(reason, error.description, error)
  }
}

/// Collects violations; an error that is told twice is kept once.
struct AdmissionProblems {
  private(set) var violations: [AdmissionViolation] = []

  mutating func add(_ reason: AdmissionViolation.Reason, _ message: String, _ field: String, _ advice: String) {
    add(reason, message, FieldError(field: field, message: advice))
  }

  /// - Parameter found: runs a check of single fields; every error it finds is a violation of this rule.
  mutating func add(
    _ reason: AdmissionViolation.Reason, _ message: String, _ found: (inout FieldProblems) -> Void
  ) {
    var problems = FieldProblems()
    found(&problems)
    for error in problems.errors { add(reason, message, error) }
  }

  private mutating func add(_ reason: AdmissionViolation.Reason, _ message: String, _ error: FieldError) {
    guard !violations.contains(where: { $0.error == error }) else { return }
    violations.append(AdmissionViolation(reason, message, error))
  }
}
