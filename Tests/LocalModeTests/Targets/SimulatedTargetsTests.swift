import Engine
import KubernetesAPI
import TestSupport
import Testing

@testable import LocalMode

@Suite struct SimulatedTargetsTests {
  static let target = TargetReference(namespace: "ai", apiVersion: "apps/v1", kind: "Deployment", name: "work")

  static func make(replicas: Int32) -> (SimulatedTargets, ManualTime) {
    let time = ManualTime()
    let targets = SimulatedTargets(time: time, podStart: .seconds(5))
    targets.add(target, replicas: replicas)
    return (targets, time)
  }

  static func counts(_ targets: SimulatedTargets) async throws -> [Int32] {
    let state = try await targets.state(of: target)
    return [state.specReplicas, state.statusReplicas, state.readyReplicas]
  }

  @Test func podsThatWereThereAreReadyAndNewOnesTakeTheirTime() async throws {
    let (targets, time) = Self.make(replicas: 2)
    #expect(try await Self.counts(targets) == [2, 2, 2])
    try await targets.scale(Self.target, to: 5)
    #expect(try await Self.counts(targets) == [5, 5, 2])
    time.advance(by: .milliseconds(4_999))
    #expect(try await Self.counts(targets) == [5, 5, 2])
    time.advance(by: .milliseconds(1))
    #expect(try await Self.counts(targets) == [5, 5, 5])
  }

  @Test func theYoungestGoFirst() async throws {
    let (targets, time) = Self.make(replicas: 2)
    try await targets.scale(Self.target, to: 4)
    time.advance(by: .seconds(2))
    try await targets.scale(Self.target, to: 7)
    try await targets.scale(Self.target, to: 3)
    #expect(try await Self.counts(targets) == [3, 3, 2])
    time.advance(by: .seconds(3))
    #expect(try await Self.counts(targets) == [3, 3, 3], "the one that is left of those asked for first")
  }

  @Test func zeroAndBack() async throws {
    let (targets, time) = Self.make(replicas: 3)
    try await targets.scale(Self.target, to: 0)
    #expect(try await Self.counts(targets) == [0, 0, 0])
    try await targets.scale(Self.target, to: -4)
    #expect(try await Self.counts(targets) == [0, 0, 0])
    try await targets.scale(Self.target, to: 1)
    #expect(try await Self.counts(targets) == [1, 1, 0])
    time.advance(by: .seconds(5))
    #expect(try await Self.counts(targets) == [1, 1, 1])
    try await targets.scale(Self.target, to: .max)
    #expect(try await Self.counts(targets) == [.max, .max, 1])
  }

  @Test func aWorkloadThatIsThereKeepsItsReplicas() async throws {
    let (targets, _) = Self.make(replicas: 3)
    try await targets.scale(Self.target, to: 8)
    targets.add(Self.target, replicas: 1)
    #expect(try await Self.counts(targets).first == 8)
    targets.remove(Self.target)
    targets.add(Self.target, replicas: 1)
    #expect(try await Self.counts(targets).first == 1)
  }

  @Test func whatIsNotThereIsNamed() async throws {
    let (targets, _) = Self.make(replicas: 3)
    targets.remove(Self.target)
    let missing = ScaleTargetError(
      "Deployment ai/work does not exist: add its manifest, or correct spec.scaleTargetRef")
    await #expect(throws: missing) { try await targets.state(of: Self.target) }
    await #expect(throws: missing) { try await targets.scale(Self.target, to: 1) }
  }
}
