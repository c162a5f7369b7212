internal import Engine
internal import KubernetesAPI

/// The rules for ScaledObjects (KEDA 2.20's webhook, and the metadata of triggers), applied to plain values: all
/// violations are told together, in the order of the rules below.
struct ScaledObjectReview {
  private(set) var violations: [AdmissionViolation] = []
  private(set) var warnings: [String] = []

  private let object: ScaledObject
  private let facts: ClusterFacts
  private let namespace: String
  private let kind: ClusterFacts.Kind

  /// - Parameters:
  ///   - isSpecUnchanged: an update that leaves the spec as it is. Rules that KEDA does not have only warn then: whoever
  ///     pauses an object that came in past the webhook must not be stopped by its old mistakes.
  init(
    of object: ScaledObject, facts: ClusterFacts, clusterNamespace: String, isDryRun: Bool, isSpecUnchanged: Bool
  ) {
    self.object = object
    self.facts = facts
    namespace = object.metadata.namespace ?? "default"
    kind = object.targetKind
    // As in KEDA, a dry run leaves out what cpu and memory triggers need.
    violations = object.admissionViolations().filter { !isDryRun || $0.reason != .scaleToZero }
    checkKind()
    checkOtherScaledObjects()
    checkAutoscalers()
    if !isDryRun { checkRequests() }
    checkTriggers(clusterNamespace: clusterNamespace, onlyWarns: isSpecUnchanged)
    // Dropped with a refusal, as in KEDA.
    if violations.isEmpty { warnings += object.settingsWithoutEffect }
  }

  private mutating func refuse(
    _ reason: AdmissionViolation.Reason, _ message: String, field: String = "spec.scaleTargetRef", advice: String
  ) {
    violations.append(AdmissionViolation(reason, message, field: field, advice: advice))
  }

  private mutating func warn(unchecked what: String, _ error: AdmissionFactError) {
    warnings.append("not checked \(what): \(error)")
  }

  // MARK: Kinds

  /// Only of the object's own target. A kind that nobody knows, in another object of the namespace, cannot be the same
  /// workload: it is no reason to refuse this one, as KEDA does.
  private mutating func checkKind() {
    switch facts.kindProblem {
    case .success(let problem?):
      refuse(.unknownKind, problem, advice: "\(problem): correct apiVersion and kind, or install the API first")
    case .success(nil): break
    case .failure(let error): warn(unchecked: "whether \(shortened(kind.text, to: 253)) can be scaled", error)
    }
  }

  // MARK: Other owners

  private mutating func checkOtherScaledObjects() {
    let target = object.spec.scaleTargetRef.name
    let hpaName = object.hpaName
    let others: [ScaledObject]
    switch facts.scaledObjects {
    case .success(let all):
      // Of the many objects of a namespace, the few that matter: with a thousand, sorting all took most of a review.
      others = all.filter { other in
        other.metadata.name != object.metadata.name
          && (other.spec.scaleTargetRef.name == target || other.hpaName == hpaName)
      }
    case .failure(let error): return warn(unchecked: "for other ScaledObjects of the same workload", error)
    }
    for other in others.sorted(by: { $0.metadata.name < $1.metadata.name }) {
      let name = other.metadata.name
      if other.targetKind == kind, other.spec.scaleTargetRef.name == target {
        refuse(
          .otherScaledObject,
          "the workload '\(target)' of type '\(kind.text)' is already managed by the ScaledObject '\(name)'",
          field: "spec.scaleTargetRef.name",
          advice: "is the target of ScaledObject \(name) too: put all triggers into one of them")
      }
      if other.hpaName == hpaName {
        refuse(
          .otherScaledObjectHPA, "the HPA '\(object.hpaName)' is already managed by the ScaledObject '\(name)'",
          field: "spec.advanced.horizontalPodAutoscalerConfig.name",
          advice: "the HPA \(object.hpaName) belongs to ScaledObject \(name): set another name")
      }
    }
  }

  private mutating func checkAutoscalers() {
    let target = object.spec.scaleTargetRef.name
    let autoscalers: [HorizontalPodAutoscaler]
    switch facts.autoscalers {
    case .success(let all):
      autoscalers = all.filter { hpa in
        hpa.spec.scaleTargetRef.name == target && hpa.targetKind == kind && hpa.isCheckedForOwnership
      }
    case .failure(let error): return warn(unchecked: "for HPAs of the same workload", error)
    }
    for hpa in autoscalers.sorted(by: { $0.metadata.name < $1.metadata.name }) {
      let name = hpa.metadata.name
      guard !isOwn(hpa) else { continue }
      if !object.takesOverHPA {
        let owner = hpa.metadata.ownerReferences?.first { $0.kind == ScaledObject.kind }?.name
        refuse(
          .otherHPA, "the workload '\(target)' of type '\(kind.text)' is already managed by the hpa '\(name)'",
          advice: owner.map { "is scaled by HPA \(name) of ScaledObject \($0): change or delete that ScaledObject" }
            ?? "is scaled by HPA \(name), which is not this object's: delete that HPA, or let this object "
            + "take it over with the annotation \(ScaledObject.AnnotationKey.transferHPAOwnership): \"true\"")
      } else if object.spec.advanced?.horizontalPodAutoscalerConfig?.name != name {
        refuse(
          .transferWithoutName,
          "the existing hpa '\(name)' for workload '\(target)' of type '\(kind.text)' must be specified by name "
            + "in advanced settings to enable ownership transfer",
          field: "spec.advanced.horizontalPodAutoscalerConfig.name", advice: "must be \(name) to take that HPA over")
      }
    }
  }

  private func isOwn(_ hpa: HorizontalPodAutoscaler) -> Bool {
    (hpa.metadata.ownerReferences ?? []).contains { $0.kind == ScaledObject.kind && $0.name == object.metadata.name }
  }

  // MARK: Requests

  /// Whether the rules for cpu and memory triggers apply: as in KEDA, only to the workloads that it knows.
  static func needsWorkload(_ object: ScaledObject) -> Bool {
    ["apps/v1.Deployment", "apps/v1.StatefulSet"].contains(object.targetKind.text)
      && object.spec.triggers.contains(where: \.isResourceTrigger)
  }

  private mutating func checkRequests() {
    guard let fact = facts.workload else { return }
    let name = object.spec.scaleTargetRef.name
    let workload: Workload
    switch fact {
    case .success(let found?): workload = found
    case .success(nil):
      let message = "\(kind.kind.lowercased())s.apps \"\(name)\" not found"
      return refuse(
        .targetNotFound, message, field: "spec.scaleTargetRef.name",
        advice: "\(message): cpu and memory triggers need its requests: create it first")
    case .failure(let error): return warn(unchecked: "for the requests of cpu and memory triggers", error)
    }
    for trigger in object.spec.triggers where trigger.isResourceTrigger {
      let wanted = trigger.metadata["containerName"] ?? ""
      for container in workload.spec?.template?.spec?.containers ?? []
      where wanted.isEmpty || container.name == wanted {
        checkRequest(of: container, trigger.type)
      }
    }
  }

  private mutating func checkRequest(of container: Container, _ resource: String) {
    guard container.resources?.has(resource) != true else { return }
    switch facts.limitRanges {
    case .success(let ranges) where ranges.contains { $0.givesContainers(resource) }: return
    case .failure(let error):
      return warn(unchecked: "for a LimitRange that gives container \(container.name) its \(resource) request", error)
    case .success, nil: break
    }
    let message =
      "the scaledobject has a \(resource) trigger but the container \(container.name) "
      + "doesn't have the \(resource) request defined"
    guard !violations.contains(where: { $0.message == message }) else { return }
    refuse(
      .missingRequests, message,
      advice: "container \(container.name) needs resources.requests.\(resource): "
        + "without it an HPA cannot compute a share")
  }

  // MARK: Triggers

  private mutating func checkTriggers(clusterNamespace: String, onlyWarns: Bool) {
    let review = TriggerReview(of: object, objects: facts.configuration, clusterNamespace: clusterNamespace)
    warnings += review.warnings.map(\.description)
    for error in review.errors {
      if onlyWarns {
        warnings.append(error.description)
      } else {
        violations.append(AdmissionViolation(.triggerMetadata, error))
      }
    }
    if object.spec.usesScalingModifiers {
      warnings.append(
        "spec.advanced.scalingModifiers: formulas are not supported yet by this version of Swell: "
          + "the object will not become Ready")
    }
  }
}
