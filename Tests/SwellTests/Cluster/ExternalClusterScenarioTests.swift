internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// The way that scenarios take with SWELL_TEST_KUBECONFIG, on the test API server in another process: objects over the
/// API, logins of ServiceAccounts, Services that lead to this machine, an installation that is used again.
@Suite(.serialized) struct ExternalClusterScenarioTests {
  @Test(.enabled(if: !TestCluster.isExternal, "all others take this way on an external cluster"))
  func aClusterInAnotherProcessWillDo() async throws {
    let files = try TemporaryFolder("swell-external")
    let program = try await ChildProcess.start(
      SwellProgram.path(of: "swell-test-apiserver"),
      ["--kubeconfig-out", files.path("kubeconfig"), "--hpa-period", "1"])
    try await program.waitUntil("it listens", within: .seconds(30)) { try !files.read("kubeconfig").isEmpty }
    let cluster = try await TestCluster.connect(kubeconfig: files.path("kubeconfig"))

    let rig = try await ClusterRig.start(on: cluster)
    #expect(rig.server == nil)
    let swell = try await rig.swell()
    try await rig.stream("work").deliver(30)
    let history = try await ReplicaHistory(rig)
    try await rig.add("work", replicas: 0)
    // Zero to one is Swell's own, one to three the HPA's by the aggregated API.
    try await rig.wait(swell, "work", has: 3)
    try await rig.waitUntilReady(swell, "work")
    try await eventually("the watch has seen it", within: .seconds(20)) { history.of("work").last == 3 }
    let steps = history.of("work")
    #expect(steps.first == 0 && steps == steps.sorted(), "\(steps)")
    #expect(try await rig.kubectl("get", "so").contains("apps/v1.Deployment"))
    try await eventually("the API is available", within: .seconds(20)) {
      try rig.objects.get("apiservices", "v1beta1.external.metrics.k8s.io")?["status", "conditions"]?.items?.contains {
        $0["type"] == "Available" && $0["status"] == "True"
      } ?? false
    }
    let answer = try await cluster.request("GET", rig.metricPath("s0-redis-streams-work", of: "work"))
    #expect(answer["items"]?[0]?["value"] == "30")

    // The webhook is asked, and can be got past.
    let wrong = rig.object("wrong", triggers: [rig.trigger("work", target: "ten")])
    try await swell.waitUntil("the webhook refuses it") {
      do {
        try await rig.apply(wrong)
        try await rig.delete("wrong")
        return false
      } catch let error as RequestFailed {
        return error.description.contains("pendingEntriesCount")
      }
    }
    try await eventually("it is not there", within: .seconds(20)) { try rig.scaledObject("wrong") == nil }
    try rig.objects.put(wrong)
    try await rig.wait(swell, "wrong", "Ready", is: "False ScaledObjectCheckFailed")

    // Swell goes before its objects: the next test finds a clean cluster all the same.
    await swell.stop()
    let first = rig.namespace
    await rig.stop()
    let again = try await ClusterRig.start(on: cluster)
    #expect(try again.objects.get("namespaces", first) == nil)
    #expect(try again.objects.list("scaledobjects").isEmpty)
    await again.stop()
    await program.stop()
  }
}
