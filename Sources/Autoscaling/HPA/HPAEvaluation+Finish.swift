extension HPAEvaluation {
  /// Ends the sync: with the outcome of writing `desiredReplicas`, which is ignored when nothing had to be written.
  ///
  /// A failed write stores no event, so later rates are not charged for it; the recommendation stays recorded.
  public func finished(_ update: HPAScaleUpdate = .succeeded) -> HPASyncResult {
    var result = HPASyncResult(
      replicasBefore: currentReplicas, replicasAfter: currentReplicas, evaluation: self, error: error, reasons: reasons,
      memory: memory)
    guard needsUpdate else { return result }
    switch update {
    case .failed(let cause):
      result.memory.conditions.ableToScale = HPACondition(
        false, reason: "FailedUpdateScale",
        message: "the HPA controller was unable to update the target scale: \(cause)")
      result.error = .scaleUpdateFailed(cause)
      result.reasons.insert(.updateFailed(from: currentReplicas, to: desiredReplicas, cause: cause), at: 0)
    case .succeeded:
      result.replicasAfter = desiredReplicas
      result.memory.conditions.ableToScale = HPACondition(
        true, reason: "SucceededRescale",
        message: "the HPA controller was able to update the target scale to \(desiredReplicas)")
      let period = desiredReplicas > currentReplicas ? longestUpPeriod : longestDownPeriod
      if let period {
        result.memory.store(changeFrom: currentReplicas, to: desiredReplicas, at: now, longestPeriod: period)
      }
      if allowsScaleToZero { result.memory.conditions.scaledToZero = scaledToZero }
    }
    return result
  }

  private var scaledToZero: HPACondition {
    currentReplicas > 0 && desiredReplicas == 0 && minReplicas == 0
      ? HPACondition(true, reason: "ScaledToZero", message: "the HPA controller scaled the target to zero")
      : HPACondition(false, reason: "NotScaledToZero", message: "the HPA controller did not scale the target to zero")
  }
}
