public import KubernetesAPI

/// The HorizontalPodAutoscaler (v2) algorithm of Kubernetes 1.36 for external metrics, as a pure value.
///
/// `evaluate` reads no clock and writes nothing; the caller writes the count and tells how that went:
/// ```swift
/// let evaluation = HPAAlgorithm(configuration).evaluate(observation, memory: memory)
/// let update = evaluation.needsUpdate ? write(evaluation.desiredReplicas) : .succeeded
/// let result = evaluation.finished(update)
/// memory = result.memory
/// ```
/// It follows the controller in everything, the surprising parts too: float64 arithmetic, 32-bit wrap-around of rates,
/// corrections to the bounds that skip stabilization and rates. Two exceptions: where the controller converts a number
/// outside the range of an integer, which depends on the CPU, this clamps; and without any metric it stays, where the
/// controller would go to the minimum.
public struct HPAAlgorithm: Hashable, Sendable {
  public let configuration: HPAConfiguration
  /// The behavior with every field filled in; `nil` where the HPA has none.
  public let effectiveBehavior: HPABehavior?
  public let tolerance: HPATolerance
  /// The rules of a behavior, per direction.
  let rules: Rules?

  struct Rules: Hashable, Sendable {
    var up: HPARules
    var down: HPARules
  }

  public init(_ configuration: HPAConfiguration) {
    self.configuration = configuration
    effectiveBehavior = configuration.behavior?.filled(downscaleStabilization: configuration.downscaleStabilization)
    tolerance = HPATolerance(configuration.behavior, controller: configuration.tolerance)
    rules = effectiveBehavior.map {
      Rules(up: HPARules($0.scaleUp, direction: .up), down: HPARules($0.scaleDown, direction: .down))
    }
  }

  /// One sync, up to writing the scale.
  public func evaluate(_ observation: HPAObservation, memory: HPAMemory) -> HPAEvaluation {
    let current = observation.specReplicas
    var sync = HPAEvaluation(
      now: observation.now, path: .normalized, currentReplicas: current, desiredReplicas: current, metrics: [],
      reasons: [],
      memory: memory, longestUpPeriod: rules?.up.longestPeriod, longestDownPeriod: rules?.down.longestPeriod,
      allowsScaleToZero: configuration.allowsScaleToZero, minReplicas: configuration.minReplicas)
    sync.memory.conditions.ableToScale = HPACondition(
      true, reason: "SucceededGetScale", message: "the HPA controller was able to get the target's current scale")
    if !configuration.allowsScaleToZero { sync.memory.conditions.scaledToZero = nil }
    if sync.memory.recommendations.isEmpty { sync.memory.record(current, at: observation.now, replacing: nil) }

    if current == 0 {
      let scaledByHPA = configuration.allowsScaleToZero && memory.conditions.scaledToZero?.isTrue == true
      if !scaledByHPA {
        disable(&sync)
        return sync
      }
    } else if current > configuration.maxReplicas {
      sync.path = .aboveMaximum
      sync.desiredReplicas = configuration.maxReplicas
      sync.rescaleCause = .aboveMaximum
      sync.reasons = [.aboveMaximum(current: current, maximum: configuration.maxReplicas)]
      return sync
    } else if current < configuration.minReplicas {
      correctToMinimum(&sync)
      sync.path = .belowMinimum
      return sync
    }
    guard let proposal = apply(verdict(on: observation), observation, to: &sync) else { return sync }
    normalize(max(0, proposal), observation, &sync)
    if current == 0, sync.desiredReplicas < configuration.minReplicas { correctToMinimum(&sync) }
    return sync
  }

  /// The sync of an HPA whose target's scale could not be read. Nothing is recorded.
  public func evaluationOfUnreadableScale(
    cause: String, lastKnownReplicas: Int32, now: Timestamp, memory: HPAMemory
  ) -> HPAEvaluation {
    var sync = HPAEvaluation(
      now: now, path: .failed, currentReplicas: lastKnownReplicas, desiredReplicas: lastKnownReplicas, metrics: [],
      error: .scaleUnreadable(cause), reasons: [.scaleUnreadable(cause: cause)], memory: memory,
      allowsScaleToZero: configuration.allowsScaleToZero, minReplicas: configuration.minReplicas)
    sync.memory.conditions.ableToScale = HPACondition(
      false, reason: "FailedGetScale",
      message: "the HPA controller was unable to get the target's current scale: \(cause)")
    return sync
  }

  private func disable(_ sync: inout HPAEvaluation) {
    sync.path = .disabled
    sync.memory.conditions.scalingActive = HPACondition(
      false, reason: "ScalingDisabled", message: "scaling is disabled since the replica count of the target is zero")
    sync.reasons = [.disabledAtZero]
  }

  private func correctToMinimum(_ sync: inout HPAEvaluation) {
    sync.desiredReplicas = configuration.minReplicas
    sync.rescaleCause = .belowMinimum
    sync.reasons.insert(.belowMinimum(current: sync.currentReplicas, minimum: configuration.minReplicas), at: 0)
  }
}
