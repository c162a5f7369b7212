internal import KubernetesAPI
internal import Synchronization
internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

@Suite struct ResourceMapperTests {
  private static let rollouts = #"""
    {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"argoproj.io/v1alpha1","resources":[
    {"name":"rollouts","singularName":"rollout","namespaced":true,"kind":"Rollout","verbs":["get"]},
    {"name":"rollouts/scale","singularName":"","namespaced":true,"group":"autoscaling","version":"v1","kind":"Scale",
    "verbs":["get","patch"]},
    {"name":"plain","singularName":"","namespaced":false,"kind":"Plain","verbs":["get"]}]}
    """#

  @Test func kindsAreFoundByDiscoveryAndKept() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200, body: Self.rollouts) }
    let time = ManualTime()
    let client = try server.client(time: time)
    let mapper = ResourceMapper(client, time: time)
    let found = try await withThrowingTaskGroup(of: ResourceMapper.Mapped.self) { group in
      for _ in 0..<50 {
        group.addTask { try await mapper.resource(apiVersion: "argoproj.io/v1alpha1", kind: "Rollout") }
      }
      return try await group.reduce(into: Set<ResourceMapper.Mapped>()) { $0.insert($1) }
    }
    let expected = ResourceMapper.Mapped(
      type: ResourceType(group: "argoproj.io", version: "v1alpha1", resource: "rollouts", kind: "Rollout"),
      hasScale: true)
    #expect(found == [expected])
    let plain = try await mapper.resource(apiVersion: "argoproj.io/v1alpha1", kind: "Plain")
    #expect(!plain.hasScale && !plain.type.isNamespaced)
    #expect(server.calls.map(\.path) == ["/apis/argoproj.io/v1alpha1"])
    time.advance(by: .seconds(3600))
    _ = try await mapper.resource(apiVersion: "argoproj.io/v1alpha1", kind: "Rollout")
    #expect(server.requests.count == 1)
    await client.shutdown()
    server.stop()
  }

  @Test func wellKnownKindsNeedNoRequest() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 500) }
    let client = try server.client()
    let mapper = ResourceMapper(client, time: ManualTime())
    #expect(try await mapper.resource(apiVersion: "apps/v1", kind: "Deployment").type == .deployments)
    #expect(try await mapper.resource(apiVersion: "apps/v1", kind: "StatefulSet").type == .statefulSets)
    #expect(server.requests.isEmpty)
    await client.shutdown()
    server.stop()
  }

  @Test func unknownKindsAreLookedUpAgainEveryTenSeconds() async throws {
    let isInstalled = Mutex(false)
    let server = try ScriptedHTTPServer { _ in
      isInstalled.withLock { $0 }
        ? .answer(status: 200, body: Self.rollouts) : .answer(status: 404, body: Wire.status(404, "NotFound", "no"))
    }
    let time = ManualTime()
    let client = try server.client(time: time)
    let mapper = ResourceMapper(client, time: time)
    for _ in 0..<3 {
      let error = await #expect(throws: KubernetesError.self) {
        try await mapper.resource(apiVersion: "argoproj.io/v1alpha1", kind: "Rollout")
      }
      #expect(error?.code == .notFound && error?.message.contains("argoproj.io/v1alpha1") == true)
    }
    #expect(server.requests.count == 1)
    isInstalled.withLock { $0 = true }
    time.advance(by: .seconds(10))
    #expect(try await mapper.resource(apiVersion: "argoproj.io/v1alpha1", kind: "Rollout").hasScale)
    let error = await #expect(throws: KubernetesError.self) {
      try await mapper.resource(apiVersion: "argoproj.io/v1alpha1", kind: "Rolout")
    }
    #expect(error?.message.contains("no kind \"Rolout\" in argoproj.io/v1alpha1") == true)
    await client.shutdown()
    server.stop()
  }

  @Test(arguments: ["", "/", "a//b", "a/b/c", "../v1"]) func otherTextsAreNoAPIVersions(text: String) async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 500) }
    let client = try server.client()
    let error = await #expect(throws: KubernetesError.self) {
      try await ResourceMapper(client, time: ManualTime()).resource(apiVersion: text, kind: "X")
    }
    #expect(error?.code == .notFound)
    #expect(server.requests.isEmpty)
    await client.shutdown()
    server.stop()
  }
}
