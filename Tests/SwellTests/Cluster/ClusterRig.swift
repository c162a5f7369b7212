internal import Foundation
internal import KubernetesAPI
internal import Synchronization

@testable internal import TestSupport

/// A cluster with Swell's CRDs, a namespace of its own in it, a Redis server beside it, and what tests want to know of
/// all. The cluster is a `TestAPIServer`, or the one of SWELL_TEST_KUBECONFIG: see docs/testing-on-a-cluster.md.
final class ClusterRig: Sendable {
  let cluster: TestCluster
  let redis: RedisServer
  let namespace: String
  /// Swell's own, with its rights.
  private let swellKubeconfig: String
  private let tasks = Mutex<[Task<Void, Never>]>([])

  /// - Parameters:
  ///   - hpaPeriod: how often HPAs decide on a test server; nil without them.
  ///   - cluster: another one than the environment names.
  ///   - configure: changes further options of the test server.
  static func start(
    hpaPeriod: Duration? = .seconds(1), on cluster: TestCluster? = nil,
    configure: (inout TestAPIServer.Options) -> Void = { _ in }
  ) async throws -> ClusterRig {
    var options = TestAPIServer.Options()
    options.bookmarkInterval = .seconds(1)
    if let hpaPeriod { options.autoscaling = AutoscalingOptions(period: hpaPeriod, downscaleStabilization: .zero) }
    configure(&options)
    let cluster = if let cluster { cluster } else { try await TestCluster.start(options) }
    try await ClusterInstallation(cluster).install()
    return ClusterRig(
      cluster, try await RedisServer.start(), try await cluster.makeNamespace("shop"),
      swellKubeconfig: try await cluster.kubeconfig(serviceAccount: "swell", in: "swell-system"))
  }

  private init(_ cluster: TestCluster, _ redis: RedisServer, _ namespace: String, swellKubeconfig: String) {
    self.cluster = cluster
    self.redis = redis
    self.namespace = namespace
    self.swellKubeconfig = swellKubeconfig
    if cluster.isExternal {
      let task = Task { await cluster.keepPodsReady(in: namespace) }
      tasks.withLock { $0 = [task] }
    }
  }

  /// Nil on an external cluster.
  var server: TestAPIServer? { cluster.server }
  var objects: any ClusterObjects { cluster.objects }

  func stop() async {
    for task in tasks.withLock({ $0 }) { task.cancel() }
    if cluster.isExternal { try? await ClusterInstallation(cluster).leave() }
    await cluster.stop()
    await redis.stop()
  }

  // MARK: Swell

  /// Starts a replica of Swell, and lets the cluster reach its metrics API.
  func swell(_ options: [String] = ["--leader-elect", "false"]) async throws -> ClusterSwell {
    let swell = try await ClusterSwell.start(kubeconfig: swellKubeconfig, options: options)
    try serve(from: swell)
    return swell
  }

  /// Where the cluster's API server finds the metrics API and the webhook from now on.
  func serve(from swell: ClusterSwell) throws {
    if let server {
      server.map(service: "swell-metrics-apiserver", in: "swell-system", to: swell.apiPort)
      server.map(service: "swell-webhooks", in: "swell-system", to: swell.webhookPort)
    } else {
      try ClusterInstallation(cluster).serve(metrics: swell.apiPort, webhooks: swell.webhookPort)
    }
  }

  /// Where the API has an external metric of an object.
  func metricPath(_ metric: String, of object: String) -> String {
    LocalSwell.path(metric, in: namespace, of: object)
  }

  // MARK: Objects

  func deployment(_ name: String, replicas: Int32, kind: String = "Deployment") throws {
    try objects.put([
      "apiVersion": "apps/v1", "kind": .string(kind),
      "metadata": ["name": .string(name), "namespace": .string(namespace)],
      "spec": WorkloadSpec.of(name, replicas: Int64(replicas), kind: kind),
    ])
  }

  func replicas(of name: String, kind: String = "deployments") throws -> Int64? {
    try objects.get(kind, name, in: namespace)?["spec", "replicas"]?.int
  }

  func scaledObject(_ name: String) throws -> JSONValue? {
    try objects.get("scaledobjects", name, in: namespace)
  }

  func status(of name: String) throws -> ScaledObjectStatus? {
    guard let status = try scaledObject(name)?["status"] else { return nil }
    return try JSONDecoder().decode(ScaledObjectStatus.self, from: JSONEncoder().encode(status))
  }

  /// `Ready True ScaledObjectReady`, or nil.
  func condition(_ type: String, of name: String) throws -> String? {
    try status(of: name)?.conditions?.first { $0.type == type }.map { "\($0.status) \($0.reason ?? "")" }
  }

  func hpa(_ name: String) throws -> JSONValue? {
    try objects.get("horizontalpodautoscalers", name, in: namespace)
  }

  /// Reasons of the events about an object, in no order.
  func eventReasons(of name: String) throws -> [String] {
    try objects.list("events.events.k8s.io", in: namespace)
      .filter { $0["regarding", "name"]?.text == name }.compactMap { $0["reason"]?.text }
  }

  func apply(_ yaml: String) async throws { try await cluster.apply(yaml) }

  @discardableResult
  func apply(_ object: JSONValue) async throws -> JSONValue { try await cluster.apply(object) }

  /// A ScaledObject on a stream of this Redis, polled each second.
  func manifest(_ name: String, spec: [String] = [], stream: String? = nil, minimum: String = "0") -> String {
    inNamespace(
      Manifest.redis(
        name, minimum: minimum, maximum: "100", address: redis.address, stream: stream ?? name, target: "\"10\"",
        spec: spec))
  }

  /// A text of `Manifest`, for this rig's namespace.
  func inNamespace(_ manifest: String) -> String {
    manifest.replacing("namespace: shop", with: "namespace: \(namespace)")
  }

  func stream(_ name: String) -> RedisStream { RedisStream(server: redis, stream: name) }

  func kubectl(_ arguments: String...) async throws -> String {
    try await cluster.attempt(["-n", namespace] + arguments).output
  }
}

/// Specifications of workloads that do nothing.
enum WorkloadSpec {
  static let container: JSONValue = ["name": "main", "image": "registry.k8s.io/pause:3.10"]

  static func of(_ name: String, replicas: Int64, kind: String = "Deployment") -> JSONValue {
    var spec: JSONValue = [
      "replicas": .integer(replicas), "selector": ["matchLabels": ["app": .string(name)]],
      "template": ["metadata": ["labels": ["app": .string(name)]], "spec": ["containers": [container]]],
    ]
    // Or each pod waits for the one before.
    if kind == "StatefulSet" { spec["podManagementPolicy"] = "Parallel" }
    return spec
  }
}

/// Files of this repository.
enum Repository {
  static func folder(_ path: String, file: String = #filePath) -> String {
    var url = URL(fileURLWithPath: file)
    while url.path != "/", !FileManager.default.fileExists(atPath: url.appendingPathComponent("Package.swift").path) {
      url.deleteLastPathComponent()
    }
    return url.appendingPathComponent(path).path
  }
}
