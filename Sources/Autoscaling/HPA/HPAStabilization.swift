internal import KubernetesAPI

/// What recent recommendations make of the present one.
struct HPAStabilization: Hashable, Sendable {
  /// The count after stabilization.
  var replicas: Int32
  /// The slot that the present recommendation takes over: the last one that no window needs any more.
  var outdatedSlot: Int?

  /// Without a behavior: the highest recommendation that is not older than the window (age = window counts), even where
  /// the present count is lower.
  init(wanted: Int32, memory: HPAMemory, window: Duration, now: Timestamp) {
    let cutoff = now - window
    replicas = wanted
    for (slot, recommendation) in memory.recommendations.enumerated() {
      if recommendation.at < cutoff {
        outdatedSlot = slot
      } else {
        replicas = max(replicas, recommendation.replicas)
      }
    }
  }

  /// With a behavior: the present count, raised to the lowest recommendation of the up window and then lowered to the
  /// highest of the down window (age = window counts no more).
  init(wanted: Int32, current: Int32, memory: HPAMemory, up: Duration, down: Duration, now: Timestamp) {
    let upCutoff = now - up
    let downCutoff = now - down
    var low = wanted
    var high = wanted
    for (slot, recommendation) in memory.recommendations.enumerated() {
      if recommendation.at > upCutoff { low = min(low, recommendation.replicas) }
      if recommendation.at > downCutoff { high = max(high, recommendation.replicas) }
      if recommendation.at < upCutoff, recommendation.at < downCutoff { outdatedSlot = slot }
    }
    replicas = min(max(current, low), high)
  }

  /// The recommendation that holds replicas where they are, the one that holds them longest where several do.
  static func holder(
    of replicas: Int32, direction: HPADirection, among recommendations: [HPAMemory.Recommendation]
  ) -> HPAMemory.Recommendation? {
    recommendations
      .filter { direction == .down ? $0.replicas >= replicas : $0.replicas <= replicas }
      .max { $0.at < $1.at }
  }
}
