/// The rules of KEDA's admission webhook that need nothing but the object.
extension ScaledObjectSpec {
  func validateReplicaBounds(_ problems: inout AdmissionProblems) {
    // A minimum of 0 counts as 1 here, as in the HPA: idle 0 with minimum 0 is allowed. No minimum counts as 0.
    let minimum = minReplicaCount == nil ? 0 : hpaMinReplicas
    if minimum > hpaMaxReplicas {
      problems.add(
        .replicas, "MinReplicaCount=\(minimum) must be less than MaxReplicaCount=\(hpaMaxReplicas)"
      ) { fields in
        if minReplicaCount != nil, hpaMinReplicas == effectiveMinReplicaCount {
          fields.add("spec.minReplicaCount", minimumAboveMaximum)
        } else {
          fields.require(maxReplicaCount, atLeast: 1, "spec.maxReplicaCount")
        }
      }
    }
    guard let idleReplicaCount else { return }
    guard idleReplicaCount >= minimum else { return }
    problems.add(
      .replicas, "IdleReplicaCount=\(idleReplicaCount) must be less than MinReplicaCount=\(minimum)",
      "spec.idleReplicaCount",
      minReplicaCount == nil
        ? "\(idleReplicaCount) needs a minReplicaCount above it: set minReplicaCount, or leave idleReplicaCount out"
        : "\(idleReplicaCount) is not less than minReplicaCount \(effectiveMinReplicaCount): "
          + "write at most \(minimum.subtractingSaturating(1)), or leave it out")
  }

  func validateFallback(_ problems: inout AdmissionProblems) {
    guard let fallback else { return }
    problems.add(
      .fallback,
      "FailureThreshold=\(fallback.failureThreshold) & Replicas=\(fallback.replicas) must both be greater than or equal to 0"
    ) { fields in
      fields.require(fallback.failureThreshold, atLeast: 0, "spec.fallback.failureThreshold")
      fields.require(fallback.replicas, atLeast: 0, "spec.fallback.replicas")
    }
    if !usesScalingModifiers, !triggers.isEmpty, !triggers.contains(where: \.canFallBack) {
      problems.add(
        .fallback,
        "at least one trigger (that is not cpu or memory) has to have the `AverageValue` or `Value` type "
          + "for the fallback to be enabled",
        "spec.fallback",
        hasOnlyResourceTriggers
          ? "has no effect with cpu and memory triggers alone: remove it, or add another trigger"
          : "has no effect without a trigger whose metricType is AverageValue or Value: write one of these")
    }
    if fallback.effectiveBehavior == "scalingModifiers", (advanced?.scalingModifiers?.formula ?? "").isEmpty {
      problems.add(
        .scalingModifiersFallback,
        "scalingModifiers fallback behavior requires scalingModifiers.formula to be defined",
        "spec.fallback.behavior",
        "\"scalingModifiers\" needs spec.advanced.scalingModifiers.formula: set a formula, or write static")
    }
  }

  func validateTriggers(_ problems: inout AdmissionProblems) {
    triggers.validate(&problems)
    // As in KEDA, only where it knows the workload: a Rollout with the same spec is accepted.
    let isChecked = ["apps/v1.Deployment", "apps/v1.StatefulSet"].contains(scaleTargetRef.groupVersionKindText)
    guard isChecked, hasOnlyResourceTriggers, effectiveMinReplicaCount == 0 else { return }
    problems.add(
      .scaleToZero,
      "scaledobject has only cpu/memory triggers AND minReplica is 0 (scale to zero doesn't work in this case)",
      "spec.minReplicaCount",
      "\(minReplicaCount.map(String.init) ?? "unset, so 0,") does not work with cpu and memory triggers alone, "
        + "which cannot scale to zero: write 1 or more, or add another trigger")
  }

  /// The rules of `scalingModifiers` that need no formula engine.
  func validateScalingModifiers(_ problems: inout AdmissionProblems) {
    guard usesScalingModifiers, let modifiers = advanced?.scalingModifiers else { return }
    let path = "spec.advanced.scalingModifiers"
    if (modifiers.formula ?? "").isEmpty {
      problems.add(
        .scalingModifiers, "error ScalingModifiers.Formula is mandatory", "\(path).formula",
        "must not be empty where another field of scalingModifiers is set: write a formula")
    }
    let target = modifiers.target ?? ""
    if target.isEmpty {
      problems.add(
        .scalingModifiers,
        "error validating formula in ScalingModifiers\nformula is given but target is empty", "\(path).target",
        "must not be empty where a formula is set: write what one replica handles, such as \"10\"")
    } else {
      let number = GoNumber.float(target)
      if number == nil || number?.isFinite != true || !((number ?? 0) > 0) {
        let unread = GoNumber.isTooLarge(target) ? "value out of range" : "invalid syntax"
        let cause = number == nil ? unread : "it must be greater than 0"
        problems.add(
          .scalingModifiers,
          "error validating target in ScalingModifiers\n"
            + "error converting target for scalingModifiers (string->float) to valid target: "
            + "parsing \"\(shortened(target))\": \(cause)",
          "\(path).target",
          "\"\(shortened(target))\" is not a number above 0: write one in quotes, such as \"10\" or \"2.5\"")
      }
    }
    guard modifiers.metricType != "" else { return }
    problems.add(
      .scalingModifiers,
      "error validating target in ScalingModifiers\n"
        + "error trigger type is \(shortened(modifiers.metricType ?? "")), "
        + "but it needs to be AverageValue or Value for external metrics"
    ) { $0.require(modifiers.metricType, oneOf: ["AverageValue", "Value"], "\(path).metricType") }
  }

  private var hasOnlyResourceTriggers: Bool { !triggers.isEmpty && triggers.allSatisfy(\.isResourceTrigger) }
}

extension ScaleTriggerSpec {
  /// Whether a fallback can stand in for its metric.
  fileprivate var canFallBack: Bool { !isResourceTrigger && ["", "AverageValue", "Value"].contains(metricType ?? "") }
}

extension [ScaleTriggerSpec] {
  /// The rules of KEDA's admission webhook that ScaledObjects and ScaledJobs share.
  public func admissionViolations() -> [AdmissionViolation] {
    var problems = AdmissionProblems()
    validate(&problems)
    return problems.violations
  }

  func validate(_ problems: inout AdmissionProblems) {
    if isEmpty {
      problems.add(
        .triggers, "no triggers defined in the ScaledObject/ScaledJob", "spec.triggers",
        "must not be empty: add at least one trigger")
    }
    var firstIndex: [String: Int] = [:]
    for (index, trigger) in enumerated() {
      if trigger.useCachedMetrics == true, ["cpu", "memory", "cron"].contains(trigger.type) {
        problems.add(
          .triggers, "property \"useCachedMetrics\" is not supported for \"\(trigger.type)\" scaler",
          "spec.triggers[\(index)].useCachedMetrics",
          "true is not supported for the trigger type \(trigger.type): remove it")
      }
      guard let name = trigger.name, !name.isEmpty else { continue }
      if let first = firstIndex[name] {
        problems.add(
          .triggers,
          "triggerName \"\(shortened(name, to: 253))\" is defined multiple times in the ScaledObject/ScaledJob, "
            + "but it must be unique",
          "spec.triggers[\(index)].name",
          "\"\(shortened(name))\" is already the name of spec.triggers[\(first)]: give each trigger a name of its own")
      } else {
        firstIndex[name] = index
      }
    }
  }
}
