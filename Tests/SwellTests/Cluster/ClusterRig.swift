internal import Foundation
internal import KubernetesAPI
internal import TestSupport

/// A cluster with Swell's CRDs, a Redis server beside it, and what tests want to know of both.
final class ClusterRig: Sendable {
  let server: TestAPIServer
  let redis: RedisServer
  let kubeconfig: String
  static let namespace = "shop"

  /// - Parameters:
  ///   - hpaPeriod: how often HPAs decide; nil without them.
  ///   - configure: changes further options of the API server.
  static func start(
    hpaPeriod: Duration? = .seconds(1), configure: (inout TestAPIServer.Options) -> Void = { _ in }
  ) async throws -> ClusterRig {
    var options = TestAPIServer.Options()
    options.bookmarkInterval = .seconds(1)
    if let hpaPeriod { options.autoscaling = AutoscalingOptions(period: hpaPeriod, downscaleStabilization: .zero) }
    configure(&options)
    let server = try await TestAPIServer.start(options)
    try await server.loadCRDs(folder: Repository.folder("deploy/base/crds"))
    // Swell has the rights that deploy/base gives it, and no more.
    let base = Repository.folder("deploy/base")
    for file in ["namespace", "service-account"] { try await server.apply(yaml: text("\(base)/\(file).yaml")) }
    for file in try FileManager.default.contentsOfDirectory(atPath: base).sorted()
    where file.hasPrefix("rbac") || ["services.yaml", "api-service.yaml", "admission.yaml"].contains(file) {
      try await server.apply(yaml: text("\(base)/\(file)"))
    }
    try server.objects.put(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]])
    return ClusterRig(
      server, try await RedisServer.start(), administrator: try server.kubeconfigFile(namespace: namespace),
      swell: try server.kubeconfigFile(user: .serviceAccount("swell-system", "swell"), login: .token))
  }

  private static func text(_ file: String) throws -> String { try String(contentsOfFile: file, encoding: .utf8) }

  /// Swell's own, with its rights.
  let swellKubeconfig: String

  private init(_ server: TestAPIServer, _ redis: RedisServer, administrator: String, swell: String) {
    self.server = server
    self.redis = redis
    kubeconfig = administrator
    swellKubeconfig = swell
  }

  /// Starts a replica of Swell, and lets the cluster reach its metrics API.
  func swell(_ options: [String] = ["--leader-elect", "false"]) async throws -> ClusterSwell {
    let swell = try await ClusterSwell.start(kubeconfig: swellKubeconfig, options: options)
    serve(from: swell)
    return swell
  }

  /// Where the cluster's API server finds the metrics API from now on.
  func serve(from swell: ClusterSwell) {
    server.map(service: "swell-metrics-apiserver", in: "swell-system", to: swell.apiPort)
    server.map(service: "swell-webhooks", in: "swell-system", to: swell.webhookPort)
  }

  // MARK: Objects

  func deployment(_ name: String, replicas: Int32, kind: String = "Deployment") throws {
    try server.objects.put([
      "apiVersion": "apps/v1", "kind": .string(kind),
      "metadata": ["name": .string(name), "namespace": .string(Self.namespace)],
      "spec": [
        "replicas": .integer(Int64(replicas)), "selector": ["matchLabels": ["app": .string(name)]],
        "template": [
          "metadata": ["labels": ["app": .string(name)]],
          "spec": ["containers": [["name": "main", "image": "example"]]],
        ],
      ],
    ])
  }

  func replicas(of name: String, kind: String = "deployments") throws -> Int64? {
    try server.objects.get(kind, name, in: Self.namespace)?["spec", "replicas"]?.int
  }

  func scaledObject(_ name: String) throws -> JSONValue? {
    try server.objects.get("scaledobjects", name, in: Self.namespace)
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
    try server.objects.get("horizontalpodautoscalers", name, in: Self.namespace)
  }

  /// Reasons of the events about an object, in no order.
  func eventReasons(of name: String) throws -> [String] {
    try server.objects.list("events.events.k8s.io", in: Self.namespace)
      .filter { $0["regarding", "name"]?.text == name }.compactMap { $0["reason"]?.text }
  }

  func apply(_ yaml: String) async throws { try await server.apply(yaml: yaml) }

  /// A ScaledObject on a stream of this Redis, polled each second.
  func manifest(_ name: String, spec: [String] = [], stream: String? = nil, minimum: String = "0") -> String {
    Manifest.redis(
      name, minimum: minimum, maximum: "100", address: redis.address, stream: stream ?? name, target: "\"10\"",
      spec: spec)
  }

  func stream(_ name: String) -> RedisStream { RedisStream(server: redis, stream: name) }

  func kubectl(_ arguments: String...) async throws -> String {
    let child = try await ChildProcess.start("kubectl", ["--kubeconfig", kubeconfig, "-n", Self.namespace] + arguments)
    _ = try await child.waitUntilExit(within: .seconds(30))
    return child.output
  }

  func stop() async {
    await server.stop()
    await redis.stop()
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
