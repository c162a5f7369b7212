public import KubernetesAPI

extension FallbackRule {
  /// The condition `Fallback`: true while some metric of the object fails more often than the rule allows.
  public func condition(_ health: HealthBook) -> Condition {
    health.exceeds(spec.failureThreshold) ? KEDACondition.fallbackExists : KEDACondition.noFallback
  }
}
