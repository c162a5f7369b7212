public import KubernetesAPI
public import Polling

/// Answers admission requests. Refuses only what has to be changed in the object itself; what cannot be learned or is not
/// there yet becomes a warning.
public struct AdmissionReviewer: Sendable {
  private let facts: any AdmissionFacts
  private let clusterNamespace: String
  private let time: any TimeSource
  private let patience: Duration

  /// - Parameters:
  ///   - clusterNamespace: where the Secrets of ClusterTriggerAuthentications are: Swell's own namespace.
  ///   - patience: how long the cluster's facts may take. The API server waits 10 s for the whole answer.
  public init(
    facts: any AdmissionFacts, clusterNamespace: String, time: any TimeSource, patience: Duration = .seconds(5)
  ) {
    self.facts = facts
    self.clusterNamespace = clusterNamespace
    self.time = time
    self.patience = patience
  }

  /// - Parameter kind: what the path says that it is about.
  public func review(_ request: AdmissionRequest, of kind: AdmissionKind) async -> AdmissionOutcome {
    var outcome = AdmissionOutcome(
      kind: kind.rawValue, namespace: request.namespace ?? "", name: request.name ?? "",
      operation: request.operation, isDryRun: request.dryRun ?? false)
    guard request.operation == .create || request.operation == .update, (request.subResource ?? "").isEmpty,
      let json = request.object
    else {
      outcome.isSkipped = true
      return outcome
    }
    let object = ReviewedObject(json)
    let old = request.operation == .update ? request.oldObject.map(ReviewedObject.init) : nil
    let isSpecUnchanged = old.map { $0.spec == object.spec } ?? false
    // An object must always be able to go, whatever its spec says. And one that came in past the webhook must get its
    // finalizer and label, or its status could never say what is wrong with it.
    if let old, isSpecUnchanged, object.finalizers < old.finalizers || object.isOnlyMarked(since: old) {
      outcome.isSkipped = true
      return outcome
    }
    switch kind {
    case .scaledObject:
      guard let scaledObject = read(ScaledObject.self, object, request, &outcome) else { return outcome }
      outcome.name = scaledObject.metadata.name
      let review = await review(
        scaledObject, isDryRun: outcome.isDryRun, isSpecUnchanged: isSpecUnchanged)
      (outcome.violations, outcome.warnings) = (review.violations, review.warnings)
    case .scaledJob:
      guard let job = read(ScaledJobTriggers.self, object, request, &outcome) else { return outcome }
      outcome.violations = job.spec.triggers.admissionViolations()
      outcome.warnings = ["Swell does not run ScaledJobs yet: no Job will be made for it"]
    case .triggerAuthentication, .clusterTriggerAuthentication:
      guard let authentication = read(AuthenticationSpecs.self, object, request, &outcome) else { return outcome }
      outcome.violations = authentication.spec?.admissionViolations() ?? []
    }
    return outcome
  }

  private func review(
    _ object: ScaledObject, isDryRun: Bool, isSpecUnchanged: Bool
  ) async -> ScaledObjectReview {
    let learned = await ClusterFacts.learn(
      about: object, needsWorkload: !isDryRun && ScaledObjectReview.needsWorkload(object), from: facts,
      deadline: Deadline(time: time, end: time.now() + patience))
    return ScaledObjectReview(
      of: object, facts: learned, clusterNamespace: clusterNamespace, isDryRun: isDryRun,
      isSpecUnchanged: isSpecUnchanged)
  }

  private func read<Object: Decodable>(
    _ type: Object.Type, _ object: ReviewedObject, _ request: AdmissionRequest, _ outcome: inout AdmissionOutcome
  ) -> Object? {
    let (value, errors) = object.decoded(as: type, request: request)
    if value == nil {
      outcome.violations = errors.map { AdmissionViolation(.unreadable, $0) }
      if errors.isEmpty {
        outcome.violations = [
          AdmissionViolation(.unreadable, FieldError(field: "object", message: "cannot be read"))
        ]
      }
    }
    return value
  }
}

/// The kinds of objects that are reviewed, each under the path that KEDA's webhook configuration names.
public enum AdmissionKind: String, CaseIterable, Sendable {
  case scaledObject = "ScaledObject"
  case scaledJob = "ScaledJob"
  case triggerAuthentication = "TriggerAuthentication"
  case clusterTriggerAuthentication = "ClusterTriggerAuthentication"

  /// `/validate-keda-sh-v1alpha1-scaledobject`.
  public var path: String { "/validate-keda-sh-v1alpha1-\(rawValue.lowercased())" }

  init?(path: some StringProtocol) {
    guard let kind = Self.allCases.first(where: { $0.path == path }) else { return nil }
    self = kind
  }
}
