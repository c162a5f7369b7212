internal import Engine
internal import Foundation
internal import KubernetesAPI
internal import KubernetesClient
internal import Polling
internal import TestSupport

@testable import Operator

/// A replica that leads, without its servers, on a test API server.
final class OperatorRig: Sendable {
  let server: TestAPIServer
  let time = ShiftedTime()
  let logs = LogLines()
  let cluster: ClusterOperator
  private let task: Task<Void, Never>

  static func start(
    faults: [Fault] = [], _ change: (inout OperatorOptions) -> Void = { _ in }
  ) async throws -> OperatorRig {
    let server = try await TestAPIServer.start()
    for fault in faults { server.faults.add(fault) }
    let crds = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("deploy/base/crds").path
    try await server.loadCRDs(folder: crds)
    var options = OperatorOptions(identity: "one")
    options.electsLeader = false
    change(&options)
    let rig = try OperatorRig(server, options)
    try await eventually("the operator has begun", within: .seconds(60)) { rig.cluster.isReady }
    return rig
  }

  private init(_ server: TestAPIServer, _ options: OperatorOptions) throws {
    self.server = server
    let time = time
    let access = try ClusterAccess.kubeconfig(text: server.kubeconfig(user: .admin, namespace: "default"), folder: "/")
    let client = try KubernetesClient(access, time: time, userAgent: "test")
    let pool = SourcePool(time: time) { _ in ScriptedSource { _ in [] } }
    let cluster = ClusterOperator(client: client, pool: pool, options: options, time: time, logger: logs.logger)
    self.cluster = cluster
    task = Task {
      await withDiscardingTaskGroup { group in
        group.addTask { await cluster.engine.run() }
        group.addTask { await cluster.run() }
        group.addTask { await cluster.lead() }
      }
    }
  }

  func stop() async {
    task.cancel()
    await task.value
    await cluster.client.shutdown()
    await server.stop()
  }

  func makeNamespace(_ name: String) throws {
    try server.objects.put(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
  }

  /// A Deployment, and a ScaledObject that has nothing to ask.
  func add(_ name: String, in namespace: String) async throws {
    let metadata: JSONValue = ["name": .string(name), "namespace": .string(namespace)]
    let labels: JSONValue = ["app": .string(name)]
    try server.objects.put([
      "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
      "spec": [
        "replicas": 1, "selector": ["matchLabels": labels],
        "template": [
          "metadata": ["labels": labels], "spec": ["containers": [["name": "main", "image": "example.com/main"]]],
        ],
      ],
    ])
    try await server.apply([
      "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": metadata,
      "spec": [
        "scaleTargetRef": ["name": .string(name)], "minReplicaCount": 1, "maxReplicaCount": 5,
        "triggers": [["type": "cpu", "metricType": "Utilization", "metadata": ["value": "50"]]],
      ],
    ])
  }

  /// `False ScaledObjectCheckFailed: the message`; nil until the condition Ready is there.
  func ready(_ name: String, in namespace: String) throws -> String? {
    let object = try server.objects.get("scaledobjects.keda.sh", name, in: namespace)
    let conditions = object?["status"]?["conditions"]?.array ?? []
    return conditions.first { $0["type"]?.string == "Ready" }.map { condition in
      ["status", "reason", "message"].map { condition[$0]?.string ?? "" }.joined(separator: " ")
    }
  }

  func eventReasons(in namespace: String, of name: String) throws -> [String] {
    try server.objects.list("events.events.k8s.io", in: namespace)
      .filter { $0["regarding"]?["name"]?.string == name }.compactMap { $0["reason"]?.string }
  }
}
