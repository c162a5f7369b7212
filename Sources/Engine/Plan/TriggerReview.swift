public import KubernetesAPI
internal import Triggers

/// What is wrong with an object's triggers, as far as it can be told at the moment when the object is written: what it
/// refers to may come later. The same parsers as those of `ObjectPlanner`, which `swell check` and the engine use.
///
/// An error is something that has to be changed in the object itself. What may still come or change elsewhere (a
/// TriggerAuthentication, a Secret, the workload and its environment, a later version of Swell) is a warning, and a trigger
/// that waits for such a thing is judged by what its metadata says outright: nothing is reported as missing.
public struct TriggerReview: Sendable {
  /// Paths begin at the object: `spec.triggers[0].metadata.threshold`.
  public private(set) var errors: [FieldError] = []
  public private(set) var warnings: [FieldError] = []

  /// - Parameter clusterNamespace: where the Secrets of ClusterTriggerAuthentications are.
  public init(of object: ScaledObject, objects: any ConfigurationObjects, clusterNamespace: String) {
    let namespace = object.metadata.namespace ?? "default"
    let target = TargetReference(
      namespace: namespace, apiVersion: object.spec.scaleTargetRef.effectiveAPIVersion,
      kind: object.spec.scaleTargetRef.effectiveKind, name: object.spec.scaleTargetRef.name)
    let container = object.spec.scaleTargetRef.envSourceContainerName
    let needsEnvironment = object.spec.triggers.contains { $0.metadata.keys.contains { $0.hasSuffix("FromEnv") } }
    let workload = objects.workload(target)
    let (environment, problems) =
      needsEnvironment || container != nil
      ? EnvironmentResolver.environment(
        of: workload, container: container, field: "scaleTargetRef.envSourceContainerName", objects: objects,
        namespace: namespace)
      : ([:], [])
    warnings += problems.map { $0.below("spec") }
    let authentication = AuthenticationResolver(objects: objects, clusterNamespace: clusterNamespace)
    for (index, spec) in object.spec.triggers.enumerated() {
      let (resolved, unresolved) = authentication.resolve(
        spec.authenticationRef, namespace: namespace, workload: workload)
      let unset = ObjectPlanner.unsetVariables(of: spec, environment: environment)
      let declaration = TriggerDeclaration(
        index: index, type: spec.type, name: spec.name, metricType: spec.metricType, metadata: spec.metadata,
        authentication: resolved.parameters, podIdentity: resolved.podIdentity, environment: environment,
        isMetricSource: object.spec.usesScalingModifiers)
      review(declaration, of: spec, causes: unresolved + unset)
    }
    errors += ObjectPlanner.repeatedMetricNames(object.spec.triggers)
  }

  /// - Parameter causes: why not everything about the trigger is known yet.
  private mutating func review(_ declaration: TriggerDeclaration, of spec: ScaleTriggerSpec, causes: [FieldError]) {
    let place = "spec.triggers[\(declaration.index)]"
    warnings += causes.map { $0.below(place) }
    do {
      let parsed = try TriggerTypes.parse(declaration)
      let trigger = PlannedTrigger(
        index: declaration.index, type: spec.type, name: spec.name, usesCachedMetrics: spec.useCachedMetrics ?? false,
        parsed: parsed, notices: parsed.notices)
      if let problem = trigger.unprintableName { errors.append(problem.below(place)) }
    } catch {
      for problem in error.problems {
        switch Self.severity(of: problem, in: spec, isComplete: causes.isEmpty) {
        case .error: errors.append(problem.below(place))
        case .warning: warnings.append(problem.below(place))
        case .nothing: break
        }
      }
    }
  }

  private enum Severity { case error, warning, nothing }

  private static func severity(
    of problem: FieldError, in spec: ScaleTriggerSpec, isComplete: Bool
  ) -> Severity {
    if problem.field == "type" { return TriggerTypes.isKnownToKEDAOnly(spec.type) ? .warning : .error }
    if problem.field == "metricType" { return .error }
    guard problem.field.hasPrefix("metadata.") else {
      // Credentials are mended in their Secret, not here; what is not there yet is told by its cause.
      return isComplete ? .warning : .nothing
    }
    guard !isComplete else { return .error }
    let key = String(problem.field.dropFirst("metadata.".count))
    let isWritten = !(spec.metadata[key] ?? "").isEmpty && !key.hasSuffix("FromEnv")
    // "is missing" and "needs a topic" may be answered by what is not known yet.
    let isAboutOthers = problem.message.hasPrefix("is missing") || problem.message.hasPrefix("needs ")
    return isWritten && !isAboutOthers ? .error : .nothing
  }
}
