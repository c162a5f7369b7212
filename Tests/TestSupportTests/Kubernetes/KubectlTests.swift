import KubernetesAPI
import Testing

@testable import TestSupport

/// The server as kubectl sees it, through `TestCluster`, on the test server or on the cluster of SWELL_TEST_KUBECONFIG.
@Suite struct KubectlTests {
  static let widget = """
    apiVersion: example.com/v1
    kind: Widget
    metadata: {name: first, namespace: default}
    spec: {size: 5}
    """

  /// A test server of its own: these tests are about the server.
  private func cluster() async throws -> (TestCluster, TemporaryFolder) {
    var options = TestAPIServer.Options()
    options.workloads = WorkloadOptions()
    let server = try await TestAPIServer.start(options)
    try await server.apply(yaml: Fixture.widgets)
    return (try TestCluster(server), try TemporaryFolder())
  }

  @Test func objectsComeChangeAndGo() async throws {
    let (cluster, folder) = try await cluster()
    let file = try folder.write(Self.widget, to: "widget.yaml")
    #expect(try await cluster.run("apply", "-f", file).contains("widget.example.com/first created"))
    #expect(try await cluster.run("apply", "-f", file).contains("widget.example.com/first unchanged"))
    try folder.write(Self.widget.replacing("size: 5", with: "size: 8"), to: "widget.yaml")
    #expect(try await cluster.run("apply", "-f", file).contains("widget.example.com/first configured"))
    #expect(try await cluster.run("annotate", "widget", "first", "note=hello").contains("annotated"))
    #expect(try await cluster.run("label", "widget", "first", "tier=gold").contains("labeled"))
    #expect(try await cluster.run("get", "wi", "-l", "tier=gold", "-o", "name").contains("widget.example.com/first"))
    let widget = try #require(try await cluster.get("widgets", "first", in: "default"))
    #expect(widget["spec", "size"] == 8)
    #expect(widget["metadata", "annotations", "note"] == "hello")
    #expect(widget["metadata", "generation"] == 2)
    #expect(try await cluster.run("delete", "widget", "first").contains("deleted"))
    #expect(try await cluster.get("widgets", "first", in: "default") == nil)
    await cluster.stop()
  }

  @Test func tablesShowPrinterColumns() async throws {
    let (cluster, _) = try await cluster()
    try await cluster.apply(Self.widget)
    try await cluster.patch(
      "widgets", "first", in: "default", subresource: "status",
      ["status": ["conditions": [["type": "Other", "status": "False"], ["type": "Ready", "status": "True"]]]])
    let table = try await cluster.run("get", "wi").split(separator: "\n").map {
      $0.split(separator: " ").map(String.init)
    }
    let header = try #require(table.firstIndex { $0.first == "NAME" })
    #expect(table[header] == ["NAME", "SIZE", "READY", "AGE"])
    #expect(table[header + 1].prefix(3) == ["first", "5", "True"])
    let description = try await cluster.run("describe", "widget", "first")
    #expect(description.contains("Kind:         Widget"))
    #expect(description.contains("Events:"))
    await cluster.stop()
  }

  @Test func describeShowsEvents() async throws {
    let (cluster, _) = try await cluster()
    try await cluster.apply(Self.widget)
    let uid = try await cluster.get("widgets", "first", in: "default")?.uid ?? ""
    try await cluster.apply(
      """
      apiVersion: events.k8s.io/v1
      kind: Event
      metadata: {name: first.1, namespace: default}
      eventTime: "2026-01-01T00:00:00.000000Z"
      reportingController: swell
      reportingInstance: swell-0
      action: Scale
      reason: KEDAScaleTargetActivated
      type: Normal
      note: scaled from 0 to 1
      regarding: {apiVersion: example.com/v1, kind: Widget, name: first, namespace: default, uid: \(uid)}
      """)
    let description = try await cluster.run("describe", "widget", "first")
    #expect(description.contains("KEDAScaleTargetActivated") && description.contains("scaled from 0 to 1"))
    #expect(try await cluster.run("get", "events").contains("widget/first"))
    await cluster.stop()
  }

  @Test func workloadsScale() async throws {
    let (cluster, _) = try await cluster()
    try await cluster.makeDeployment("worker", in: "default", replicas: 1)
    #expect(try await cluster.run("scale", "deployment/worker", "--replicas=3").contains("scaled"))
    #expect(try await cluster.replicas("deployments", "worker", in: "default") == 3)
    try await cluster.run("rollout", "status", "deployment/worker", "--timeout=30s")
    try await cluster.scale("deployments", "worker", in: "default", to: 0)
    #expect(try await cluster.replicas("deployments", "worker", in: "default") == 0)
    await cluster.stop()
  }

  @Test func mistakesAreExplained() async throws {
    let (cluster, folder) = try await cluster()
    let unknown = try folder.write(Self.widget.replacing("size: 5", with: "size: 5, sise: 6"), to: "unknown.yaml")
    let refused = try await cluster.attempt(["apply", "-f", unknown])
    #expect(refused.status == 1 && refused.output.contains("strict decoding error: unknown field \"spec.sise\""))
    let wrong = try folder.write(Self.widget.replacing("size: 5", with: "size: 0"), to: "wrong.yaml")
    let invalid = try await cluster.attempt(["apply", "-f", wrong])
    #expect(
      invalid.output.contains("The Widget \"first\" is invalid:")
        && invalid.output.contains("spec.size: Invalid value: 0"))
    let dry = try folder.write(Self.widget, to: "dry.yaml")
    #expect(try await cluster.run("apply", "--dry-run=server", "-f", dry).contains("created (server dry run)"))
    #expect(try await cluster.get("widgets", "first", in: "default") == nil)
    #expect(
      try await cluster.attempt(["get", "widget", "none"]).output.contains("widgets.example.com \"none\" not found"))
    await cluster.stop()
  }

  @Test func watchesPrintRows() async throws {
    let (cluster, _) = try await cluster()
    let child = try await ChildProcess.start(
      "kubectl", ["get", "widgets", "-w"], environment: ["KUBECONFIG": cluster.kubeconfig])
    let server = try #require(cluster.server)
    try await eventually("kubectl watches") { server.requests.entries.contains { $0.verb == "watch" } }
    try await cluster.apply(Self.widget)
    try await child.waitForOutput("first")
    try await cluster.patch("widgets", "first", in: "default", ["spec": ["size": 77]])
    try await child.waitForOutput("77")
    await child.stop()
    await cluster.stop()
  }

  @Test func serverSideApplyTellsOfConflicts() async throws {
    let (cluster, folder) = try await cluster()
    let file = try folder.write(Self.widget, to: "widget.yaml")
    #expect(try await cluster.run("apply", "--server-side", "-f", file).contains("serverside-applied"))
    try folder.write(Self.widget.replacing("size: 5", with: "size: 6"), to: "widget.yaml")
    let other = try await cluster.attempt(["apply", "--server-side", "--field-manager=other", "-f", file])
    #expect(other.status != 0)
    #expect(other.output.contains("Apply failed with 1 conflict: conflict with \"kubectl\""))
    let forced = try await cluster.attempt(
      ["apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", file])
    #expect(forced.status == 0)
    await cluster.stop()
  }

  @Test func namespacesAreMadeAndDeleted() async throws {
    let cluster = try await TestCluster.start()
    let name = try await cluster.makeNamespace()
    try await cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: \(name)}, data: {a: b}}")
    #expect(try await cluster.list("configmaps", in: name).contains { $0["data", "a"] == "b" })
    try await cluster.delete("configmaps", "c", in: name)
    try await eventually("the ConfigMap goes") { try await cluster.get("configmaps", "c", in: name) == nil }
    try await cluster.deleteNamespace(name)
    try await eventually("the namespace goes", within: .seconds(60)) {
      try await cluster.get("namespaces", name, in: "") == nil
    }
    await cluster.stop()
  }
}
