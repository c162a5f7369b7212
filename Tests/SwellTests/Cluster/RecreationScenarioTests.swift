internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// A ScaledObject that is deleted and made again shares only its name with the one before.
@Suite(.serialized) struct RecreationScenarioTests {
  /// Swell hears of both at once: there is no moment at which it could look and find nothing.
  @Test(.enabled(if: !TestCluster.isExternal, "only the test server can be made to fail in a certain way"))
  func theOriginalReplicasAreThoseThatTheNewObjectFinds() async throws {
    let rig = try await ClusterRig.start()
    let server = try #require(rig.server)
    let swell = try await rig.swell()
    try await rig.stream("again").deliver(40)
    try await rig.add("again", replicas: 2)
    try await rig.wait(swell, "again", has: 4)
    try await swell.waitUntil("what there was at first is noted") {
      try rig.status(of: "again")?.originalReplicaCount == 2
    }

    server.faults.add(
      Fault(.status(503)) {
        $0.user.contains("swell") && $0.resource == "scaledobjects" && ["list", "watch"].contains($0.verb)
      })
    server.cutConnections()
    try await rig.patch("again", ["metadata": ["finalizers": .null]])
    try await rig.delete("again")
    try await eventually("it is gone") { try rig.scaledObject("again") == nil }
    try await rig.apply(rig.object("again"))
    server.compact()
    server.faults.removeAll()
    server.cutConnections()

    // Ready may be told of it before, by what is known of the first one.
    try await swell.waitUntil("what the new one has found is noted") {
      try rig.status(of: "again")?.originalReplicaCount != nil
    }
    #expect(try rig.status(of: "again")?.originalReplicaCount == 4)
    #expect(try rig.replicas(of: "again") == 4)
    await swell.stop()
    await rig.stop()
  }
}
