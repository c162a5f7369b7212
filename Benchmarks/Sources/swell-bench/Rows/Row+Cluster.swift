internal import Foundation
internal import KubernetesAPI
internal import TestSupport

extension Row {
  /// `swell run` with the rights and the webhook of deploy/base on the test API server, which is part of this process and
  /// takes the same two cores.
  static let cluster = Row(
    name: "cluster",
    what: "1,000 ScaledObjects applied until all are Ready with their HPA / then writes to the API in a minute",
    keda: "60 s with its API client raised to 500 QPS / about 2,000",
    bounds: [.atMost(10, "s"), .atMost(0, "writes")]
  ) {
    let cluster = try await ClusterProcess.start()
    let ready = try await cluster.apply(1_000)
    let writes = try await cluster.writesInSteadyState(seconds: 60)
    await cluster.stop()
    return [Figure(ready, "s"), Figure(Double(writes), "writes")]
  }
}

/// The program in a cluster of its own.
private struct ClusterProcess: Sendable {
  static let namespace = "shop"

  let server: TestAPIServer
  let redis: RedisServer
  let process: ChildProcess

  static func start() async throws -> ClusterProcess {
    let server = try await TestAPIServer.start()
    try await server.loadCRDs(folder: "deploy/base/crds")
    let files = try FileManager.default.contentsOfDirectory(atPath: "deploy/base").sorted()
    for file in ["namespace.yaml", "service-account.yaml", "services.yaml", "api-service.yaml", "admission.yaml"]
      + files.filter({ $0.hasPrefix("rbac") })
    {
      try await server.apply(yaml: String(contentsOfFile: "deploy/base/\(file)", encoding: .utf8))
    }
    try server.objects.put(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]])
    let (securePort, webhookPort) = (try FreePort.next(), try FreePort.next())
    let process = try await ChildProcess.start(
      SwellProcess.program,
      [
        "run", "--kubeconfig",
        try server.kubeconfigFile(user: .serviceAccount("swell-system", "swell"), login: .token), "--namespace",
        "swell-system", "--bind-address", "127.0.0.1", "--secure-port", "\(securePort)", "--webhook-port",
        "\(webhookPort)", "--metrics-bind-address", "127.0.0.1:0", "--health-probe-bind-address", "0",
      ])
    server.map(service: "swell-metrics-apiserver", in: "swell-system", to: securePort)
    server.map(service: "swell-webhooks", in: "swell-system", to: webhookPort)
    try await process.waitForOutput("this replica leads", within: .seconds(60))
    return ClusterProcess(server: server, redis: try await RedisServer.start(), process: process)
  }

  /// - Returns: seconds from the first request until every object is Ready and has its HPA.
  func apply(_ count: Int) async throws -> Double {
    let names = (0..<count).map { "work-\($0)" }
    // Two thirds have work for one to five replicas, which they have already.
    try await redis.run(
      names.enumerated().map { index, name in
        [
          "EVAL", "for i = 1, \(Self.replicas(index) * 10) do redis.call('XADD', KEYS[1], '*', 'n', i) end return 0",
          "1",
          name,
        ]
      })
    for (index, name) in names.enumerated() { try server.objects.put(Self.deployment(name, Self.replicas(index))) }
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, name) in names.enumerated() {
        if index >= 8 { try await group.next() }
        group.addTask { try await server.apply(scaledObject(name)) }
      }
      try await group.waitForAll()
    }
    try await process.waitUntil("all are Ready and have an HPA", within: .seconds(120)) {
      try server.objects.list("horizontalpodautoscalers").count == count
        && server.objects.list("scaledobjects").allSatisfy(Self.isReady)
    }
    return (ContinuousClock.now - start).seconds
  }

  /// - Returns: writes that were carried out, but for the Lease's.
  func writesInSteadyState(seconds: Int) async throws -> Int {
    var seen = -1
    try await process.waitUntil("nothing is written any more", within: .seconds(120)) {
      let count = server.requests.writes().values.reduce(0, +)
      defer { seen = count }
      if count != seen { try await Task.sleep(for: .seconds(5)) }
      return count == seen
    }
    let settled = server.requests.count
    try await Task.sleep(for: .seconds(seconds))
    return server.requests.writes(from: settled).values.reduce(0, +)
  }

  func stop() async {
    await process.stop()
    await server.stop()
    await redis.stop()
  }

  private static func replicas(_ index: Int) -> Int { index % 3 == 0 ? 0 : index % 5 + 1 }

  private static func isReady(_ object: JSONValue) -> Bool {
    object["status", "conditions"]?.items?.contains { $0["type"] == "Ready" && $0["status"] == "True" } ?? false
  }

  private static func deployment(_ name: String, _ replicas: Int) -> JSONValue {
    [
      "apiVersion": "apps/v1", "kind": "Deployment",
      "metadata": ["name": .string(name), "namespace": .string(namespace)],
      "spec": [
        "replicas": .integer(Int64(replicas)), "selector": ["matchLabels": ["app": .string(name)]],
        "template": [
          "metadata": ["labels": ["app": .string(name)]],
          "spec": ["containers": [["name": "main", "image": "example"]]],
        ],
      ],
    ]
  }

  private func scaledObject(_ name: String) -> JSONValue {
    [
      "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
      "metadata": ["name": .string(name), "namespace": .string(Self.namespace)],
      "spec": [
        "scaleTargetRef": ["name": .string(name)], "pollingInterval": 30, "cooldownPeriod": 300,
        "triggers": [
          [
            "type": "redis-streams",
            "metadata": ["address": .string(redis.address), "stream": .string(name), "streamLength": "10"],
          ]
        ],
      ],
    ]
  }
}
