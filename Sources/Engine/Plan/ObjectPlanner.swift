internal import Autoscaling
public import KubernetesAPI
internal import Questions
internal import Triggers

/// Turns what a user wrote into what the engine needs, or says everything that is wrong with it. Pure: the same for a
/// cluster, local mode, `swell check` and the admission webhook.
public struct ObjectPlanner: Sendable {
  private let objects: any ConfigurationObjects
  private let version: String
  private let authentication: AuthenticationResolver
  private let holdsToWebhookRules: Bool

  /// - Parameters:
  ///   - objects: where Secrets, TriggerAuthentications and workloads are looked up.
  ///   - version: Swell's, for the HPA's label `app.kubernetes.io/version`.
  ///   - clusterNamespace: where the Secrets of ClusterTriggerAuthentications are.
  ///   - holdsToWebhookRules: false where objects may have come in past the admission webhook and work nevertheless, as
  ///     with KEDA: what only the webhook refuses is a notice then.
  public init(
    objects: any ConfigurationObjects, version: String, clusterNamespace: String, holdsToWebhookRules: Bool = true
  ) {
    self.holdsToWebhookRules = holdsToWebhookRules
    self.objects = objects
    self.version = version
    authentication = AuthenticationResolver(objects: objects, clusterNamespace: clusterNamespace)
  }

  /// What came of one object. `plan` is there exactly when `errors` is empty.
  public struct Outcome: Sendable {
    public var plan: ObjectPlan?
    /// Paths begin at the object: `spec.triggers[0].metadata.threshold`.
    public var errors: [FieldError]
    /// The triggers that are right, also when others are not.
    public var triggers: [PlannedTrigger]
  }

  /// - Parameter now: the creation time of an object that does not say its own.
  public func plan(_ object: ScaledObject, now: Timestamp) -> Outcome {
    var errors = object.schemaErrors() + object.controllerErrors()
    let webhookErrors = object.webhookErrors()
    if holdsToWebhookRules { errors += webhookErrors }
    errors = errors.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    let namespace = object.metadata.namespace ?? "default"
    let target = TargetReference(
      namespace: namespace, apiVersion: object.spec.scaleTargetRef.effectiveAPIVersion,
      kind: object.spec.scaleTargetRef.effectiveKind, name: object.spec.scaleTargetRef.name)
    let triggers = plannedTriggers(of: object, target: target, errors: &errors)
    errors += Self.repeatedMetricNames(object.spec.triggers)
    if object.spec.usesScalingModifiers {
      errors.append(
        FieldError(
          field: "spec.advanced.scalingModifiers",
          message: "formulas are not supported yet: remove scalingModifiers, and the largest of the triggers decides"))
    }
    guard errors.isEmpty else { return Outcome(errors: errors, triggers: triggers) }
    do {
      // As KEDA does it, the HPA inherits the label by which the object's metrics are found.
      var labelled = object
      labelled.metadata.labels = object.metricLabels
      let hpa = try HPABuilder(version: version).build(
        for: labelled, target: GroupVersionKindResource(target), metrics: triggers.map(\.metric)
      ).hpa
      let plan = ObjectPlan(
        key: ObjectKey(namespace: namespace, name: object.metadata.name), labels: object.metricLabels, target: target,
        createdAt: object.metadata.creationTimestamp.flatMap { Timestamp(rfc3339: $0) } ?? now,
        pollingInterval: .seconds(Int64(object.spec.effectivePollingInterval)), triggers: triggers,
        scaling: ScalingSpec(
          of: object,
          metrics: triggers.compactMap { trigger in trigger.external.map { TriggerMetric($0, index: trigger.index) } }),
        hpa: hpa,
        notices: webhookErrors
          + triggers.flatMap { trigger in trigger.notices.map { $0.below("spec.triggers[\(trigger.index)]") } })
      return Outcome(plan: plan, errors: [], triggers: triggers)
    } catch {
      return Outcome(errors: [FieldError(field: "spec", message: error.description)], triggers: triggers)
    }
  }

  private func plannedTriggers(
    of object: ScaledObject, target: TargetReference, errors: inout [FieldError]
  ) -> [PlannedTrigger] {
    let workload = objects.workload(target)
    let container = object.spec.scaleTargetRef.envSourceContainerName
    let needsEnvironment = object.spec.triggers.contains { $0.metadata.keys.contains { $0.hasSuffix("FromEnv") } }
    let (environment, problems) =
      needsEnvironment || container != nil
      ? EnvironmentResolver.environment(
        of: workload, container: container, field: "scaleTargetRef.envSourceContainerName", objects: objects,
        namespace: target.namespace)
      : ([:], [])
    errors += problems.map { $0.below("spec") }

    var planned: [PlannedTrigger] = []
    for (index, spec) in object.spec.triggers.enumerated() {
      let place = "spec.triggers[\(index)]"
      let (resolved, unresolved) = authentication.resolve(
        spec.authenticationRef, namespace: target.namespace, workload: workload)
      errors += unresolved.map { $0.below(place) }
      // Without its credentials a trigger would only be reported as incomplete: the cause is told already.
      guard unresolved.isEmpty else { continue }
      let declaration = TriggerDeclaration(
        index: index, type: spec.type, name: spec.name, metricType: spec.metricType, metadata: spec.metadata,
        authentication: resolved.parameters, podIdentity: resolved.podIdentity, environment: environment,
        isMetricSource: object.spec.usesScalingModifiers)
      let unset = Self.unsetVariables(of: spec, environment: environment)
      do {
        let parsed = try TriggerTypes.parse(declaration)
        let trigger = PlannedTrigger(
          index: index, type: spec.type, name: spec.name, usesCachedMetrics: spec.useCachedMetrics ?? false,
          parsed: parsed, notices: parsed.notices + unset)
        if let problem = trigger.unprintableName {
          errors.append(problem.below(place))
        } else {
          planned.append(trigger)
        }
      } catch {
        // What the schema has found wrong already is told once.
        let told = Set(errors.map(\.field))
        errors += (error.problems + unset).map { $0.below(place) }.filter { !told.contains($0.field) }
      }
    }
    return planned
  }

  /// The metrics API finds a metric by the name that its trigger was given: two of one name would be one. (The names that
  /// HPAs use begin with the trigger's position and never repeat.)
  static func repeatedMetricNames(_ triggers: [ScaleTriggerSpec]) -> [FieldError] {
    var seen: [String: Int] = [:]
    return triggers.enumerated().compactMap { index, trigger in
      guard TriggerTypes.isExternal(trigger.type), let name = trigger.metadata["metricName"], !name.isEmpty else {
        return nil
      }
      guard let first = seen[name.lowercased()] else {
        seen[name.lowercased()] = index
        return nil
      }
      return FieldError(
        field: "spec.triggers[\(index)].metadata.metricName",
        message: "\"\(shortened(name))\" is already the name of spec.triggers[\(first)]: "
          + "give each trigger a name of its own, or leave it out")
    }
  }

  /// Settings that are to come from variables which the container does not have. KEDA takes them for empty.
  static func unsetVariables(
    of trigger: ScaleTriggerSpec, environment: [String: SecretText]
  ) -> [FieldError] {
    trigger.metadata.sorted { $0.key < $1.key }.compactMap { key, variable in
      guard key.hasSuffix("FromEnv"), !variable.isEmpty, environment[variable] == nil else { return nil }
      return FieldError(
        field: "metadata.\(shortened(key))",
        message: "the scale target's container has no variable \"\(shortened(variable))\": "
          + "the setting counts as not given")
    }
  }
}

extension ParsedTrigger {
  /// How an HPA asks for this trigger's metric; the builder adds the selector.
  var hpaMetric: HPAMetricSpec {
    switch self {
    case .resource(let trigger): return trigger.hpaMetric
    case .external(let trigger):
      let metric = trigger.metric
      let target =
        metric.targetType == .value
        ? HPAMetricTarget(type: "Value", value: metric.target)
        : HPAMetricTarget(type: "AverageValue", averageValue: metric.target)
      return .external(
        HPAExternalMetricSource(
          metric: HPAMetricIdentifier(name: metric.name, selector: nil), target: target))
    }
  }
}

extension ScaledObject {
  /// The labels by which the metrics API finds the object's metrics: its own, and its name as HPAs ask for it.
  var metricLabels: [String: String] {
    (metadata.labels ?? [:]).merging([ScaledObject.nameLabel: metadata.name]) { _, name in name }
  }
}

extension GroupVersionKindResource {
  /// What discovery would say of a workload: the plural of a kind is its lower-case name with an s for everything that
  /// Swell scales.
  init(_ target: TargetReference) {
    let parts = target.apiVersion.split(separator: "/", maxSplits: 1)
    self.init(
      group: parts.count > 1 ? String(parts[0]) : "", version: String(parts.last ?? ""), kind: target.kind,
      resource: target.kind.lowercased() + "s")
  }
}

extension FieldError {
  /// The same error, seen from further up.
  func below(_ path: String) -> FieldError {
    FieldError(field: field.isEmpty ? path : "\(path).\(field)", message: message)
  }
}
