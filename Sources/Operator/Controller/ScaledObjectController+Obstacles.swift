internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Polling
internal import Synchronization

/// What kept the API from doing its part in reconciling, and at which step. As a rule it goes away by itself.
struct Obstacle: Error, CustomStringConvertible {
  var stage: ReconcileFailure.Stage
  var cause: any Error

  var description: String { "\(cause)" }
}

extension ScaledObjectController {
  /// The API did its part.
  func unobstructed(_ key: ObjectKey) {
    obstacles.ended(key)
    faults.ended(key)
  }

  /// The API did not do its part, and will be asked again.
  func obstructed(_ key: ObjectKey, _ error: any Error) async {
    obstacles.failed(key, error)
    guard let obstacle = error as? Obstacle, parts.leadership.isLeader, let object = parts.cache.scaledObject(key),
      await faults.isLasting(object), parts.leadership.isLeader
    else { return }
    // Its words may differ each time: the first ones stay, or each try would be a write.
    var failure = ReconcileFailure.lasting(obstacle)
    if let told = self.failure(of: key), told.isLasting, told.stage == failure.stage { failure = told }
    await fail(object, failure, StatusFacts(of: object, PauseRule(of: object)))
  }
}

extension StatusFacts {
  /// What the object alone says.
  init(of object: ScaledObject, _ pause: PauseRule) {
    self.init()
    hasFallback = FallbackRule.isConfigured(object)
    isPaused = pause.isAnyPause
    isFullyPaused = pause.isFullyPaused
    pausedReplicaCount = pause.pausedReplicaCount
  }
}
