/// What applies where a field is unset (KEDA 2.20).
extension ScaledObject {
  /// `spec.advanced.horizontalPodAutoscalerConfig.name`, or `keda-hpa-<name>`.
  public var hpaName: String {
    let name = spec.advanced?.horizontalPodAutoscalerConfig?.name ?? ""
    return name.isEmpty ? "keda-hpa-\(metadata.name)" : name
  }
}

extension ScaledObjectSpec {
  /// Seconds between polls: 30 unless set.
  public var effectivePollingInterval: Int32 { pollingInterval ?? 30 }

  /// Seconds without activity before scaling to zero or idle: 300 unless set.
  public var effectiveCooldownPeriod: Int32 { cooldownPeriod ?? 300 }

  /// Seconds after creation before a target that was never active may be scaled to zero: 0 unless set.
  public var effectiveInitialCooldownPeriod: Int32 { initialCooldownPeriod ?? 0 }

  /// Fewest replicas: 0 unless set.
  public var effectiveMinReplicaCount: Int32 { minReplicaCount ?? 0 }

  /// Most replicas: 100 unless set.
  public var effectiveMaxReplicaCount: Int32 { maxReplicaCount ?? 100 }

  /// `minReplicas` of the HPA, which cannot be 0: 1 where the minimum is unset or not positive.
  public var hpaMinReplicas: Int32 { max(effectiveMinReplicaCount, 1) }

  /// `maxReplicas` of the HPA.
  public var hpaMaxReplicas: Int32 { effectiveMaxReplicaCount }

  /// Whether the triggers are combined by a formula: any field of `scalingModifiers` is set and not empty.
  public var usesScalingModifiers: Bool {
    guard let modifiers = advanced?.scalingModifiers else { return false }
    return [modifiers.formula, modifiers.target, modifiers.activationTarget, modifiers.metricType]
      .contains { !($0 ?? "").isEmpty }
  }
}

extension ScaleTarget {
  /// `apps/v1` unless set.
  public var effectiveAPIVersion: String { (apiVersion ?? "").isEmpty ? "apps/v1" : apiVersion ?? "apps/v1" }

  /// `Deployment` unless set.
  public var effectiveKind: String { (kind ?? "").isEmpty ? "Deployment" : kind ?? "Deployment" }

  /// As `status.scaleTargetKind` shows it: `apps/v1.Deployment`.
  public var groupVersionKindText: String { "\(effectiveAPIVersion).\(effectiveKind)" }
}

extension ScaleTriggerSpec {
  /// `cpu` and `memory` are left to the HPA, which reads them from the resource metrics API.
  public var isResourceTrigger: Bool { type == "cpu" || type == "memory" }

  /// Not `authenticationRef.kind` as written, but what it means: `TriggerAuthentication` unless set.
  public var authenticationKind: String? {
    guard let reference = authenticationRef, !reference.name.isEmpty else { return nil }
    let kind = reference.kind ?? ""
    return kind.isEmpty ? "TriggerAuthentication" : kind
  }
}

extension FallbackSpec {
  /// `static` unless set.
  public var effectiveBehavior: String { (behavior ?? "").isEmpty ? "static" : behavior ?? "static" }
}
