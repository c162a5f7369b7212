internal import Autoscaling
internal import KubernetesAPI
internal import Testing

/// The times that reasons name are the times at which something changes: not a nanosecond earlier.
@Suite("HPA predictions")
struct HPAPredictionTests {
  @Test func aPolicyAllowsTheNextChangeExactlyWhenItSays() throws {
    var random = SeededGenerator(seed: 7)
    var checked = 0
    for _ in 0..<4000 {
      var scene = randomScene(&random)
      // Rates alone: neither a window nor the tolerance in the way.
      scene.behavior?.scaleUp?.stabilizationWindowSeconds = 0
      scene.behavior?.scaleDown?.stabilizationWindowSeconds = 0
      scene.behavior?.scaleUp?.tolerance = .zero
      scene.behavior?.scaleDown?.tolerance = .zero
      let result = scene.evaluate().finished()
      guard case .limitedByPolicy(let limit)? = result.reasons.first, let next = limit.nextChange else { continue }
      checked += 1
      #expect(movesOn(scene, after: result, at: next, limit.direction))
      // Before that moment the rate holds, also where events of the other direction end.
      for share in [0.0, 0.5, 1.0] {
        let nanoseconds = (next - scene.now).saturatingNanoseconds
        let wait = Int64(Double(nanoseconds - 1) * share)
        #expect(!movesOn(scene, after: result, at: scene.now + .nanoseconds(wait), limit.direction))
      }
    }
    #expect(checked > 300)
  }

  /// Whether the same metric changes replicas again at a later time.
  private func movesOn(
    _ scene: HPAScene, after result: HPASyncResult, at time: Timestamp, _ direction: HPADirection
  ) -> Bool {
    var later = scene
    later.now = time
    later.replicas = result.replicasAfter
    later.memory = result.memory
    let after = later.evaluate().desiredReplicas
    return direction == .up ? after > result.replicasAfter : after < result.replicasAfter
  }

  @Test func aHoldEndsExactlyWhenItSays() {
    var random = SeededGenerator(seed: 11)
    var checked = 0
    for _ in 0..<4000 {
      var scene = randomScene(&random)
      if Bool.random(using: &random) { scene.behavior = nil }
      // Windows alone: no rates in the way.
      scene.behavior?.scaleUp?.policies = [HPAScene.pods(1000, per: 1)]
      scene.behavior?.scaleDown?.policies = [HPAScene.pods(1000, per: 1)]
      let evaluation = scene.evaluate()
      let hold = evaluation.reasons.lazy.compactMap { if case .stabilized(let hold) = $0 { hold } else { nil } }.first
      guard let hold, hold.until > scene.now else { continue }
      checked += 1
      let edge: Duration = scene.behavior == nil ? .nanoseconds(1) : .zero
      #expect(stabilized(scene, at: hold.until + edge) != hold.held)
      #expect(stabilized(scene, at: hold.until + edge - .nanoseconds(1)) == hold.held)
    }
    #expect(checked > 300)
  }

  private func stabilized(_ scene: HPAScene, at time: Timestamp) -> Int32? {
    var later = scene
    later.now = time
    return later.evaluate().stabilizedReplicas
  }

  private func randomScene(_ random: inout SeededGenerator) -> HPAScene {
    func policies() -> [HPAScalingPolicy] {
      (0..<Int.random(in: 1...3, using: &random)).map { _ in
        HPAScalingPolicy(
          type: Bool.random(using: &random) ? "Pods" : "Percent", value: .random(in: 1...120, using: &random),
          periodSeconds: .random(in: 1...90, using: &random))
      }
    }
    func rules() -> HPAScalingRules {
      HPAScalingRules(
        stabilizationWindowSeconds: .random(in: 0...120, using: &random),
        selectPolicy: ["Max", "Min"].randomElement(using: &random), policies: policies())
    }
    func past() -> Timestamp { HPAScene.noon - .milliseconds(Int64.random(in: 0...120_000, using: &random)) }
    func events() -> [HPAMemory.ScaleEvent] {
      (0..<Int.random(in: 0...4, using: &random)).map { _ in
        .init(change: .random(in: 1...20, using: &random), at: past())
      }
    }
    let recommendations = (0..<Int.random(in: 1...5, using: &random)).map { _ in
      HPAMemory.Recommendation(replicas: .random(in: 1...60, using: &random), at: past())
    }
    return HPAScene(
      minimum: 1, maximum: 1000, behavior: HPABehavior(scaleUp: rules(), scaleDown: rules()),
      replicas: .random(in: 1...80, using: &random), wanted: Double(Int.random(in: 0...300, using: &random)),
      memory: HPAMemory(recommendations: recommendations, scaleUpEvents: events(), scaleDownEvents: events()))
  }
}
