internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 2: every object of `hpa-golden.json`, all at once, with the running program, real sources and an HPA
/// controller: the same HPA, status, conditions and replicas as with KEDA on Kubernetes.
@Suite("HPA golden scenario Conformance", .serialized) struct HPAGoldenScenarioTests {
  static let file = "hpa-golden.json"
  /// Recorded while their HPAs were still raising the replicas.
  static let recordedOnTheWay: Set = ["paused-scale-in", "behavior-up-only"]

  @Test func everyObjectIsAsRecorded() async throws {
    let cases = try ConformanceCases.load(Self.file)
    guard !cases.isEmpty else { return }
    let (later, supported) = (cases.filter(Self.belongsToLaterWork), cases.filter { !Self.belongsToLaterWork($0) })
    if !ConformanceCases.isForeignDirectory { #expect((supported.count, later.count) == (32, 8)) }

    let sources = try await GoldenSources.start()
    // The test server's own clock runs four times as fast: an HPA may only double its replicas every 15 s.
    let (start, clock) = (ContinuousClock.now, TestAPIServer.Options().now() - .seconds(600))
    let rig = try await ClusterRig.start(hpaPeriod: .milliseconds(500)) {
      $0.now = { clock + (ContinuousClock.now - start) * 4 }
      $0.autoscaling?.downscaleStabilization = .seconds(300)
    }
    // No admission webhook ran when this was recorded: the objects are there before Swell is.
    var applied: Set<String> = []
    for item in cases {
      let outcome = try await GoldenObject(item, sources, rig).apply()
      if outcome == nil { applied.insert(item.id) }
      let isRefused = !(item.expect["apiError"] ?? .null).isNull
      #expect((outcome != nil) == isRefused, "\(item.id): \(outcome ?? "accepted, recorded refused")")
    }
    let swell = try await rig.swell()

    let objects = supported.filter { applied.contains($0.id) }.map { GoldenObject($0, sources, rig) }
    var seen: Set<String> = []
    var mismatches: [String: [String]] = [:]
    try? await eventually("everything is as recorded", within: .seconds(60), every: .milliseconds(100)) {
      mismatches = [:]
      for object in objects {
        if try object.replicas() == object.recordedReplicas { seen.insert(object.id) }
        let hasPassed = Self.recordedOnTheWay.contains(object.id) || ConformanceCases.isForeignDirectory
        let found = try object.mismatches(hasPassed: hasPassed && seen.contains(object.id))
        if !found.isEmpty { mismatches[object.id] = found }
      }
      return mismatches.isEmpty
    }
    for (id, found) in mismatches.sorted(by: { $0.key < $1.key }) {
      let told = swell.log.split(separator: "\n").filter { $0.contains("scaledObject=\(rig.namespace)/\(id) ") }
      for mismatch in found { Issue.record("\(id): \(mismatch)\n\(told.joined(separator: "\n"))") }
    }
    for item in later where applied.contains(item.id) {
      for mismatch in try GoldenObject(item, sources, rig).refusalMismatches() {
        Issue.record("\(item.id): \(mismatch)")
      }
    }
    await swell.stop()
    await rig.stop()
    await sources.stop()
  }

  static let triggerTypes: Set = [
    "redis-streams", "redis-cluster-streams", "redis-sentinel-streams", "kafka", "prometheus", "cpu", "memory",
  ]

  /// Trigger types that are not built yet, and formulas. A type that KEDA refuses, too, is nobody's.
  static func belongsToLaterWork(_ item: ConformanceCases.Case) -> Bool {
    if item.input["spec", "advanced", "scalingModifiers"] != nil { return true }
    let conditions = item.expect["status", "conditions"]?.items ?? []
    return !conditions.contains { $0["reason"]?.text == "ScaledObjectCheckFailed" }
      && (item.input["spec", "triggers"]?.items ?? []).contains { !triggerTypes.contains($0["type"]?.text ?? "") }
  }
}
