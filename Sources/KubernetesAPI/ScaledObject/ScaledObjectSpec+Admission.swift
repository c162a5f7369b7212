/// The rules of KEDA's admission webhook that need nothing but the object.
extension ScaledObjectSpec {
  func validateReplicaBounds(_ problems: inout FieldProblems) {
    if minReplicaCount != nil, hpaMinReplicas > hpaMaxReplicas {
      if hpaMinReplicas == effectiveMinReplicaCount {
        problems.add("spec.minReplicaCount", minimumAboveMaximum)
      } else {
        problems.require(maxReplicaCount, atLeast: 1, "spec.maxReplicaCount")
      }
    }
    guard let idleReplicaCount else { return }
    guard minReplicaCount != nil else {
      problems.add(
        "spec.idleReplicaCount",
        "\(idleReplicaCount) needs a minReplicaCount above it: set minReplicaCount, or leave idleReplicaCount out")
      return
    }
    // A minimum of 0 counts as 1 here, as in the HPA: idle 0 with minimum 0 is allowed.
    if idleReplicaCount >= hpaMinReplicas {
      problems.add(
        "spec.idleReplicaCount",
        "\(idleReplicaCount) is not less than minReplicaCount \(effectiveMinReplicaCount): "
          + "write at most \(hpaMinReplicas.subtractingSaturating(1)), or leave it out")
    }
  }

  func validateFallback(_ problems: inout FieldProblems) {
    guard let fallback else { return }
    problems.require(fallback.failureThreshold, atLeast: 0, "spec.fallback.failureThreshold")
    problems.require(fallback.replicas, atLeast: 0, "spec.fallback.replicas")
    if !usesScalingModifiers, hasOnlyResourceTriggers {
      problems.add(
        "spec.fallback", "has no effect with cpu and memory triggers alone: remove it, or add another trigger")
    }
    if fallback.effectiveBehavior == "scalingModifiers", (advanced?.scalingModifiers?.formula ?? "").isEmpty {
      problems.add(
        "spec.fallback.behavior",
        "\"scalingModifiers\" needs spec.advanced.scalingModifiers.formula: set a formula, or write static")
    }
  }

  func validateTriggers(_ problems: inout FieldProblems) {
    if triggers.isEmpty { problems.add("spec.triggers", "must not be empty: add at least one trigger") }
    var firstIndex: [String: Int] = [:]
    for (index, trigger) in triggers.enumerated() {
      if trigger.useCachedMetrics == true, ["cpu", "memory", "cron"].contains(trigger.type) {
        problems.add(
          "spec.triggers[\(index)].useCachedMetrics",
          "true is not supported for the trigger type \(trigger.type): remove it")
      }
      guard let name = trigger.name, !name.isEmpty else { continue }
      if let first = firstIndex[name] {
        problems.add(
          "spec.triggers[\(index)].name",
          "\"\(shortened(name))\" is already the name of spec.triggers[\(first)]: give each trigger a name of its own")
      } else {
        firstIndex[name] = index
      }
    }
    // As in KEDA, only where it knows the workload: a Rollout with the same spec is accepted.
    let isChecked = ["apps/v1.Deployment", "apps/v1.StatefulSet"].contains(scaleTargetRef.groupVersionKindText)
    if isChecked, hasOnlyResourceTriggers, effectiveMinReplicaCount == 0 {
      problems.add(
        "spec.minReplicaCount",
        "\(minReplicaCount.map(String.init) ?? "unset, so 0,") does not work with cpu and memory triggers alone, "
          + "which cannot scale to zero: write 1 or more, or add another trigger")
    }
  }

  /// The rules of `scalingModifiers` that need no formula engine.
  func validateScalingModifiers(_ problems: inout FieldProblems) {
    guard usesScalingModifiers, let modifiers = advanced?.scalingModifiers else { return }
    let path = "spec.advanced.scalingModifiers"
    if (modifiers.formula ?? "").isEmpty {
      problems.add(
        "\(path).formula", "must not be empty where another field of scalingModifiers is set: write a formula")
    }
    let target = modifiers.target ?? ""
    if target.isEmpty {
      problems.add(
        "\(path).target", "must not be empty where a formula is set: write what one replica handles, such as \"10\"")
    } else {
      let number = Double(target)
      if number == nil || number?.isFinite != true || !((number ?? 0) > 0) {
        problems.add(
          "\(path).target",
          "\"\(shortened(target))\" is not a number above 0: write one in quotes, such as \"10\" or \"2.5\"")
      }
    }
    if modifiers.metricType != "" {
      problems.require(modifiers.metricType, oneOf: ["AverageValue", "Value"], "\(path).metricType")
    }
  }

  private var hasOnlyResourceTriggers: Bool { !triggers.isEmpty && triggers.allSatisfy(\.isResourceTrigger) }
}
