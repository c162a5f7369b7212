/// The rules of the CRD's schema.
extension ScaledObjectSpec {
  func validateSchema(_ problems: inout FieldProblems) {
    problems.requireText(scaleTargetRef.name, "spec.scaleTargetRef.name")
    problems.require(pollingInterval, atLeast: 1, "spec.pollingInterval")
    problems.require(initialCooldownPeriod, atLeast: 0, "spec.initialCooldownPeriod")
    problems.require(cooldownPeriod, atLeast: 0, "spec.cooldownPeriod")
    problems.require(idleReplicaCount, atLeast: 0, "spec.idleReplicaCount")
    problems.require(minReplicaCount, atLeast: 0, "spec.minReplicaCount")
    problems.require(maxReplicaCount, atLeast: 1, "spec.maxReplicaCount")
    if let fallback {
      problems.require(fallback.failureThreshold, atLeast: 0, "spec.fallback.failureThreshold")
      problems.require(fallback.replicas, atLeast: 0, "spec.fallback.replicas")
      problems.require(
        fallback.behavior,
        oneOf: ["static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower", "scalingModifiers"],
        "spec.fallback.behavior")
    }
    if triggers.isEmpty { problems.add("spec.triggers", "must not be empty: add at least one trigger") }
    for (index, trigger) in triggers.enumerated() { trigger.validateSchema(&problems, "spec.triggers[\(index)]") }
    if let behavior = advanced?.horizontalPodAutoscalerConfig?.behavior {
      let path = "spec.advanced.horizontalPodAutoscalerConfig.behavior"
      behavior.scaleUp?.validate(&problems, "\(path).scaleUp")
      behavior.scaleDown?.validate(&problems, "\(path).scaleDown")
    }
    problems.require(
      advanced?.scalingModifiers?.metricType, oneOf: ["AverageValue", "Value"],
      "spec.advanced.scalingModifiers.metricType")
    validateMinimumAgainstMaximum(&problems)
  }

  /// The schema's own rule: unlike the webhook's, it compares a minimum of 0 as 0.
  private func validateMinimumAgainstMaximum(_ problems: inout FieldProblems) {
    guard let minReplicaCount, minReplicaCount > effectiveMaxReplicaCount else { return }
    problems.add("spec.minReplicaCount", minimumAboveMaximum)
  }

  var minimumAboveMaximum: String {
    let written = maxReplicaCount == nil ? " (the default)" : ""
    return "\(effectiveMinReplicaCount) is greater than maxReplicaCount \(effectiveMaxReplicaCount)\(written): "
      + "lower minReplicaCount or raise maxReplicaCount"
  }
}

extension ScaleTriggerSpec {
  fileprivate func validateSchema(_ problems: inout FieldProblems, _ path: String) {
    problems.requireText(type, "\(path).type")
    guard let authenticationRef else { return }
    problems.require(
      authenticationRef.kind, oneOf: ["TriggerAuthentication", "ClusterTriggerAuthentication"],
      "\(path).authenticationRef.kind")
  }
}

extension HPAScalingRules {
  /// The rules of `autoscaling/v2`.
  func validate(_ problems: inout FieldProblems, _ path: String) {
    if let window = stabilizationWindowSeconds {
      problems.require(window, in: 0...3600, "\(path).stabilizationWindowSeconds")
    }
    problems.require(selectPolicy, oneOf: ["Max", "Min", "Disabled"], "\(path).selectPolicy")
    for (index, policy) in (policies ?? []).enumerated() {
      let path = "\(path).policies[\(index)]"
      problems.require(policy.type, oneOf: ["Pods", "Percent"], "\(path).type")
      problems.require(policy.value, atLeast: 1, "\(path).value")
      problems.require(policy.periodSeconds, in: 1...1800, "\(path).periodSeconds")
    }
    if let tolerance, tolerance.sign < 0 {
      problems.add("\(path).tolerance", "\(tolerance) is negative: write 0 or more, such as 0.1 for 10 percent")
    }
  }
}

extension ObjectMeta {
  /// A name must be there and be a DNS subdomain in lower case, as for every object of a CRD.
  func validateName(_ problems: inout FieldProblems) {
    guard !name.isEmpty else {
      problems.add("metadata.name", "must not be empty")
      return
    }
    guard LabelSyntax.isDNSSubdomain(name[...]) else {
      problems.add(
        "metadata.name",
        "\"\(shortened(name))\" is not a name: use lower-case letters, digits, '-' and '.', "
          + "beginning and ending with a letter or digit"
      )
      return
    }
    if let namespace, !namespace.isEmpty, !LabelSyntax.isDNSLabel(namespace[...]) {
      problems.add(
        "metadata.namespace",
        "\"\(shortened(namespace))\" is not a namespace: use at most 63 lower-case letters, digits and '-', "
          + "beginning and ending with a letter or digit"
      )
    }
  }
}
