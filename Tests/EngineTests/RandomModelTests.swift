import Autoscaling
import Engine
import Foundation
import KubernetesAPI
import Polling
import Questions
import Synchronization
import TestSupport
import Testing

/// Random objects on random sources at random times: what must hold at every decision, whatever came before it.
@Suite(.timeLimit(.minutes(1))) struct RandomModelTests {
  static let hosts = ["h0", "h1", "h2", "h3"]
  static let streams = ["s0", "s1", "s2", "s3", "s4"]
  static let names = ["o0", "o1", "o2", "o3", "o4", "o5"]

  @Test(arguments: 1...8)
  func everyDecisionKeepsTheRules(seed: Int) async throws {
    try await EngineRig.run { rig in
      let model = Model(seed: UInt64(seed), rig: rig)
      try await withThrowingTaskGroup { group in
        for round in 1...6 {
          for _ in 0..<25 {
            guard let object = try await model.step() else { continue }
            group.addTask { _ = await rig.engine.samples(of: object, named: "backlog") }
          }
          try await model.expectLife(round: round)
        }
        try await model.expectNothingLeftOver()
        // Whoever still waits for a reading has been let go by the removal of its object.
        try await group.waitForAll()
      }
      model.checkRecords()
    }
  }

  /// The numbers and settings that the engine is fed with, and what it answered.
  final class Model: Sendable {
    private struct State {
      var random: SeededGenerator
      /// By the target of the first trigger, which is another one for each version: so a record tells its version.
      var specs: [String: ScalingSpec] = [:]
      var alive: [String: ScaledObject] = [:]
    }

    private let rig: EngineRig
    private let seed: UInt64
    private let state: Mutex<State>

    init(seed: UInt64, rig: EngineRig) {
      self.rig = rig
      self.seed = seed
      state = Mutex(State(random: SeededGenerator(seed: seed)))
    }

    private func draw<T: Sendable>(_ body: (inout SeededGenerator) -> T) -> T { state.withLock { body(&$0.random) } }

    // MARK: Steps

    /// Does one random thing.
    /// - Returns: an object for which somebody asks now.
    func step() async throws -> ManagedObject? {
      switch draw({ Int.random(in: 0..<20, using: &$0) }) {
      case 0...2: try await applySomething()
      case 3: await removeSomething()
      case 4...6: rig.sources[draw { $0.one(of: RandomModelTests.streams) ?? "" }] = draw(Self.length)
      case 7...8: changeSomebodysMood()
      case 9: rig.targets.failWrites(with: draw { $0.once(in: 2) } ? ScaleTargetError("conflict") : nil)
      case 10: scaleByHand()
      case 11...12: return rig.engine.object(Samples.key(draw { $0.one(of: RandomModelTests.names) ?? "" }))
      default:
        let milliseconds = draw { Int.random(in: 1...($0.once(in: 4) ? 20_000 : 1_000), using: &$0) }
        rig.advance(by: .milliseconds(milliseconds))
        for _ in 0..<draw({ Int.random(in: 0..<30, using: &$0) }) { await Task.yield() }
      }
      return nil
    }

    private static func length(_ random: inout SeededGenerator) -> Int64? {
      let choices: [Int64?] = [0, 0, 1, 7, 100, 2_500, .max, .min, -5, nil]
      return random.one(of: choices) ?? nil
    }

    private func changeSomebodysMood() {
      let host = draw { $0.one(of: RandomModelTests.hosts) ?? "" }
      switch draw({ Int.random(in: 0..<4, using: &$0) }) {
      case 0: rig.sources.refuse(host: host)
      case 1: rig.sources.set(.hanging, host: host)
      default: rig.sources.set(.well, host: host)
      }
    }

    private func scaleByHand() {
      let name = draw { $0.one(of: RandomModelTests.names) ?? "" }
      rig.targets[Samples.target(name)] = draw { Int32.random(in: 0...25, using: &$0) }
    }

    private func applySomething() async throws {
      let (object, version) = state.withLock { state in
        let version = String(state.specs.count + 1)
        return (Self.object(version: version, &state.random), version)
      }
      let plan = try Samples.plan(object, now: rig.time.now())
      state.withLock { state in
        state.specs[version] = plan.scaling
        state.alive[object.metadata.name] = object
      }
      let known = rig.targets[plan.target]
      try await rig.apply(object, replicas: known ?? draw { Int32.random(in: 0...5, using: &$0) })
    }

    private func removeSomething() async {
      let name = draw { $0.one(of: RandomModelTests.names) ?? "" }
      state.withLock { $0.alive[name] = nil }
      await rig.remove(name)
    }

    private static func object(version: String, _ random: inout SeededGenerator) -> ScaledObject {
      let minimum = Int32.random(in: 0...3, using: &random)
      let maximum = Int32.random(in: max(1, minimum)...20, using: &random)
      var triggers: [ScaleTriggerSpec] = []
      for index in 0..<Int.random(in: 1...3, using: &random) {
        let target = index == 0 ? Int(version) ?? 1 : Int.random(in: 1...50, using: &random)
        var trigger = Samples.stream(
          random.one(of: streams) ?? "", host: random.one(of: hosts) ?? "", target: target,
          activation: random.once(in: 4) ? 50 : 0, metricName: index == 0 ? "backlog" : nil,
          useCachedMetrics: random.once(in: 4) ? true : nil)
        if random.once(in: 6) { trigger.metricType = "Value" }
        triggers.append(trigger)
      }
      if random.once(in: 5) { triggers.append(Samples.cpu) }
      let behaviors = ["static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower", nil]
      let fallback = FallbackSpec(
        failureThreshold: Int32.random(in: 0...3, using: &random), replicas: Int32.random(in: 0...6, using: &random),
        behavior: random.one(of: behaviors) ?? nil)
      let key = ScaledObject.AnnotationKey.self
      let annotations: [[String: String]?] = [
        [key.paused: "true"], [key.pausedReplicas: "2"], [key.pausedScaleIn: "true"], [key.pausedScaleOut: "true"],
        [key.forceActivation: "true"], nil, nil, nil, nil, nil, nil,
      ]
      return Samples.object(
        triggers, name: random.one(of: names) ?? "o0", interval: Int32.random(in: 1...20, using: &random),
        cooldown: random.one(of: [0, 10, 60]) ?? 0, initialCooldown: random.one(of: [0, 30]) ?? 0,
        idle: minimum > 0 && random.once(in: 3) ? Int32.random(in: 0..<minimum, using: &random) : nil, min: minimum,
        max: maximum, fallback: random.once(in: 2) ? fallback : nil, annotations: random.one(of: annotations) ?? nil)
    }

    // MARK: What must hold

    /// With everybody well again, each object is decided about within two of its intervals: nothing got stuck.
    func expectLife(round: Int) async throws {
      for host in RandomModelTests.hosts { rig.sources.set(.well, host: host) }
      rig.targets.failWrites(with: nil)
      // Over with the round trips that hang and with the longest back-off.
      for _ in 0..<4 {
        rig.advance(by: FakeSources.timeout)
        for _ in 0..<100 { await Task.yield() }
      }
      for (name, object) in state.withLock({ $0.alive }) {
        let key = Samples.key(name)
        guard let interval = object.spec.pollingInterval, rig.engine.object(key)?.plan.isPolled == true else {
          continue
        }
        let before = rig.time.now()
        rig.advance(by: .seconds(Int64(interval)))
        // Somebody's answer may still be on its way: then it is the next poll that counts.
        let isDecided = { [rig] in rig.observer.records(of: key).contains { $0.time > before } }
        do {
          try await eventually(
            "it is decided about", within: .milliseconds(500), every: .microseconds(200), isDecided)
        } catch is DeadlinePassed {
          rig.advance(by: .seconds(Int64(interval)))
        }
        try await eventually("\(name) is decided about, seed \(seed), round \(round)", isDecided)
      }
      try await eventually("rig.engine.isReady") { rig.engine.isReady }
    }

    func expectNothingLeftOver() async throws {
      for name in RandomModelTests.names { await rig.remove(name) }
      #expect(rig.engine.objects.isEmpty)
      #expect(rig.pool.open.isEmpty)
      for host in RandomModelTests.hosts {
        try await eventually("\(host)") { rig.sources.opened(host).allSatisfy { $0.isShutDown } }
      }
    }

    func checkRecords() {
      let records = rig.observer.records
      // How many there are depends on how steps and polls interleave: from 49 to some hundreds.
      #expect(records.count > 20)
      let specs = state.withLock { $0.specs }
      // By version: of an object that was removed, a decision that was being written may be told after its successor's first.
      var last: [String: Timestamp] = [:]
      for record in records {
        let version = "\(record.key) \(record.triggers.first?.target ?? "")"
        #expect(record.time >= last[version] ?? record.time, "\(record)")
        last[version] = record.time
        guard let spec = record.triggers.first.flatMap({ specs[$0.target] }) else {
          Issue.record("a record of no version: \(record)")
          continue
        }
        for complaint in Self.complaints(about: record, spec) {
          Issue.record("seed \(seed): \(complaint): \(record), \(spec)")
        }
      }
    }

    static func complaints(about record: DecisionRecord, _ spec: ScalingSpec) -> [String] {
      var complaints: [String] = []
      func require(_ holds: Bool, _ complaint: String) { if !holds { complaints.append(complaint) } }

      require(!record.reasons.isEmpty, "no reason")
      require((try? JSONEncoder().encode(record)) != nil, "no JSON")
      require(record.triggers.allSatisfy { ($0.value == nil) != ($0.unknown == nil) }, "neither known nor unknown")
      if spec.pause.isFullyPaused {
        require(record.scaledTo == nil || record.scaledTo == spec.pause.pausedReplicaCount, "scaled while paused")
        return complaints
      }
      require(record.desiredReplicas >= 0, "wants fewer than none")
      require(record.desiredReplicas <= max(spec.maxReplicaCount, 1), "wants more than the maximum")
      guard let replicas = record.scaledTo else { return complaints }
      require(replicas <= max(spec.maxReplicaCount, 1), "above the maximum")
      require(
        replicas >= spec.minReplicaCount || replicas == spec.idleReplicaCount, "below the minimum, and not idle")
      require(!(spec.pause.isScaleInPaused && replicas < record.currentReplicas), "down while that is paused")
      require(!(spec.pause.isScaleOutPaused && replicas > record.currentReplicas && record.isActive), "up while paused")
      if replicas < record.currentReplicas {
        require(!record.isActive, "down while active")
        require(
          record.triggers.allSatisfy { $0.unknown == nil } || spec.fallback?.replicas == 0,
          "down while a trigger is unknown")
      }
      return complaints
    }
  }
}
