internal import Foundation
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// What a replica that does not lead tells whoever asks it at night: nothing that it does not know, and who knows.
@Suite(.serialized) struct FollowerScenarioTests {
  private struct Replica: Decodable, Equatable {
    var name: String
    var leads: Bool
    var leader: String?
  }

  private struct Document: Decodable {
    var name: String
    var active: Bool?
    var replica: Replica?
    var problem: String?
  }

  private struct List: Decodable {
    struct Other: Decodable {
      var namespace: String
      var name: String
      var reason: String
    }

    var items: [Document]
    var replica: Replica
    var notScaled: [Other]
  }

  private struct Problem: Decodable { var error: String }

  private func list(_ swell: ClusterSwell) async throws -> List {
    try await CurlReply.get("\(swell.telemetry)/api/v1/scaledobjects").decoded(as: List.self)
  }

  private func problem(_ swell: ClusterSwell, _ rig: ClusterRig, _ name: String) async throws -> String? {
    let reply = try await CurlReply.get("\(swell.telemetry)/api/v1/scaledobjects/\(rig.namespace)/\(name)")
    return reply.status == 404 ? try reply.decoded(as: Problem.self).error : nil
  }

  @Test func aFollowerSaysThatItFollows() async throws {
    let rig = try await ClusterRig.start()
    let first = try await rig.replica("first")
    try await first.waitUntilItLeads()
    let second = try await rig.replica("second")
    try await second.waitUntilReady()
    try rig.serve(from: second)
    try await rig.makeStreams("late")
    try await rig.stream("work").deliver(20)
    try await rig.add("work", replicas: 0)
    try await rig.wait(first, "work", has: 2)
    try await rig.apply(rig.object("broken"))
    try await rig.wait(first, "broken", "Ready", is: "False ScaledObjectCheckFailed")

    let leading = Replica(name: "first", leads: true, leader: "first")
    let following = Replica(name: "second", leads: false, leader: "first")
    try await second.waitUntil("both know both") {
      for (swell, replica) in [(first, leading), (second, following)] {
        let list = try await list(swell)
        guard list.replica == replica, list.items.map(\.name) == ["work"], list.notScaled.map(\.name) == ["broken"]
        else { return false }
      }
      return true
    }
    for swell in [first, second] {
      let list = try await list(swell)
      let other = try #require(list.notScaled.first)
      #expect(other.namespace == rig.namespace && other.reason.contains("Deployment"), "\(other)")
      #expect(list.items.map(\.active) == [swell === first ? true : nil])
      let told = try await problem(swell, rig, "broken")
      #expect(told?.contains("correct scaleTargetRef") == true, "\(told ?? "nothing")")
      #expect(try await problem(swell, rig, "nobody") == "there is no ScaledObject \(rig.namespace)/nobody here")
    }
    let path = "\(second.telemetry)/api/v1/scaledobjects/\(rig.namespace)/work"
    let document = try await CurlReply.get(path).decoded(as: Document.self)
    #expect(document.replica == following && document.active == nil)

    let explained = try await SwellProgram.run("explain", "\(rig.namespace)/work", "--server", second.telemetry)
    #expect(explained.status == 0)
    #expect(explained.output.contains("(second) follows; first leads and decides"), "\(explained.output)")
    #expect(!explained.output.contains("decisions") && !explained.output.contains("not active"))
    let broken = try await SwellProgram.run("explain", "\(rig.namespace)/broken", "--server", second.telemetry)
    #expect(broken.status == 1 && broken.everything.contains("correct scaleTargetRef"), "\(broken)")
    let metrics = try await CurlReply.get("\(second.telemetry)/metrics").body
    #expect(metrics.contains("swell_leader 0"))

    // Nobody leads for a moment: an object that comes now is there, and the follower says why it does nothing for it.
    first.kill()
    try await rig.add("late", replicas: 1)
    try await second.waitUntil("the follower knows of it", within: .seconds(7)) {
      try await problem(second, rig, "late")?.contains("has not been looked at yet: this replica (second) follows")
        == true
    }
    try await second.waitUntilItLeads()
    try await rig.waitUntilReady(second, "late")
    #expect(try await list(second).replica == Replica(name: "second", leads: true, leader: "second"))
    await second.stop()
    await rig.stop()
  }
}
