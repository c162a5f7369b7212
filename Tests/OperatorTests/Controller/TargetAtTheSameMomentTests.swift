internal import TestSupport
internal import Testing

@testable import Operator

@Suite struct TargetAtTheSameMomentTests {
  /// A Deployment and its ScaledObject come in one file; the watch of Deployments is the slower one.
  @Test func aTargetThatNoWatchHasToldOfIsThere() async throws {
    let lost = Fault(.loseWatchEvents(1_000)) { $0.verb == "watch" && $0.resource.hasPrefix("deployments") }
    let rig = try await OperatorRig.start(faults: [lost])
    try await rig.add("orders", in: "default")
    try await eventually("it is ready", within: .seconds(60)) {
      try rig.ready("orders", in: "default")?.hasPrefix("True") ?? false
    }
    try await eventually("its events are written", within: .seconds(60)) {
      try rig.eventReasons(in: "default", of: "orders").contains("ScaledObjectReady")
    }
    #expect(try !rig.eventReasons(in: "default", of: "orders").contains("ScaledObjectCheckFailed"))
    #expect(!rig.logs.all.contains { $0.contains("cannot be scaled") }, "\(rig.logs.all)")
    await rig.stop()
  }
}
