import KubernetesAPI
import Synchronization
import Testing

@testable import TestSupport

@Suite struct ControllerTests {
  static let worker = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: worker, namespace: default}
    spec:
      replicas: 3
      selector: {matchLabels: {app: worker}}
      template:
        metadata: {labels: {app: worker}}
        spec: {containers: [{name: main, image: x}]}
    """

  @Test func workloadsFollowTheirReplicas() async throws {
    let fixture = try await Fixture {
      $0.workloads = WorkloadOptions(startupDelay: .milliseconds(600), makesPods: true)
    }
    try await fixture.server.apply(yaml: Self.worker)
    let objects = fixture.server.objects
    func status(_ key: String) throws -> Int64? { try objects.get("deployments", "worker")?["status", key]?.int }
    try await eventually("pods are asked for") { try status("replicas") == 3 }
    #expect(try status("readyReplicas") == nil)
    try await eventually("they are ready") { try status("readyReplicas") == 3 }
    #expect(try objects.list("pods", in: "default").count == 3)
    #expect(try objects.list("pods", in: "default").allSatisfy { $0.labels == ["app": "worker"] })
    _ = try await fixture.client.merge(
      "/apis/apps/v1/namespaces/default/deployments/worker/scale", ["spec": ["replicas": 1]])
    try await eventually("two go") { try status("replicas") == 1 && objects.list("pods", in: "default").count == 1 }
    #expect(try status("observedGeneration") == 2)
    let scale = try await fixture.client.get("/apis/apps/v1/namespaces/default/deployments/worker/scale")
    #expect(scale.body["status"] == ["replicas": 1, "selector": "app=worker"])
    await fixture.server.stop()
  }

  @Test func autoscalersScale() async throws {
    let value = Mutex("9")
    let backend = try await OutgoingTests.metrics { value.withLock { $0 } }
    let fixture = try await Fixture {
      $0.workloads = WorkloadOptions()
      $0.autoscaling = AutoscalingOptions(period: .milliseconds(200), downscaleStabilization: .zero)
    }
    let objects = fixture.server.objects
    fixture.server.map(service: "swell-metrics", in: "swell-system", to: backend.port)
    try await fixture.server.apply(OutgoingTests.apiService(backend))
    try await fixture.server.apply(yaml: Self.worker)
    _ = try await fixture.client.post(BuiltInTests.path, BuiltInTests.hpa("h"))
    func replicas() throws -> Int64? { try objects.get("deployments", "worker")?["spec", "replicas"]?.int }
    func condition(_ type: String) throws -> String {
      let conditions = try objects.get("hpa", "h")?["status", "conditions"]?.items ?? []
      let found = conditions.first { $0["type"]?.text == type }
      return "\(found?["status"]?.text ?? "") \(found?["reason"]?.text ?? "")"
    }
    try await eventually("9 / 2.5 is 4 replicas") { try replicas() == 4 }
    try await eventually("the HPA says so") { try condition("ScalingActive") == "True ValidMetricFound" }
    let current = try objects.get("hpa", "h")?["status", "currentMetrics"]?[0]?["external"]
    #expect(current?["metric", "name"] == "s0-x")
    #expect(current?["current", "averageValue"]?.text?.isEmpty == false)
    value.withLock { $0 = "100" }
    try await eventually("5 is the limit") {
      try replicas() == 5 && condition("ScalingLimited") == "True TooManyReplicas"
    }
    value.withLock { $0 = "1" }
    try await eventually("down to the minimum") { try replicas() == 1 }
    _ = try await fixture.client.merge(
      "/apis/apps/v1/namespaces/default/deployments/worker/scale", ["spec": ["replicas": 0]])
    try await eventually("at zero it is off") { try condition("ScalingActive") == "False ScalingDisabled" }
    #expect(try replicas() == 0)
    await backend.stop()
    await fixture.server.stop()
  }
}
