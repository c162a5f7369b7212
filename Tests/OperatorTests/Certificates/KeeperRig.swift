internal import Certificates
internal import Foundation
internal import HTTPServing
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization
internal import TestSupport
internal import Testing

@testable import Operator

/// Replicas of Swell, as far as their certificates go, on one test API server.
final class KeeperRig: Sendable {
  static let namespace = "swell-system"
  static let names = CertificateKeeper.Configuration.serviceNames(["swell"], namespace: namespace)
  static let apiService = "v1beta1.external.metrics.k8s.io"
  static let webhooks = "swell-admission"

  let server: TestAPIServer
  let time = ShiftedTime()
  let logs = LogLines()

  private init(_ server: TestAPIServer) { self.server = server }

  /// With an APIService and a webhook configuration that have no bundle yet.
  static func start(withTargets: Bool = true) async throws -> KeeperRig {
    var options = TestAPIServer.Options()
    options.workloads = nil
    options.collectsGarbage = false
    let rig = KeeperRig(try await TestAPIServer.start(options))
    try rig.server.objects.put(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]])
    if withTargets { try await rig.makeTargets() }
    return rig
  }

  func makeTargets() async throws {
    try await server.request(
      "POST", "/apis/apiregistration.k8s.io/v1/apiservices",
      [
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": ["name": .string(Self.apiService)],
        "spec": [
          "group": "external.metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
          "insecureSkipTLSVerify": true,
          "service": ["name": "swell", "namespace": .string(Self.namespace)],
        ],
      ])
    func webhook(_ name: String) -> JSONValue {
      [
        "name": .string("\(name).swell.sh"), "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "failurePolicy": "Ignore",
        "clientConfig": ["service": ["name": "swell", "namespace": .string(Self.namespace), "path": "/x"]],
      ]
    }
    try await server.request(
      "POST", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
      [
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": ["name": .string(Self.webhooks)], "webhooks": [webhook("a"), webhook("b")],
      ])
  }

  func replica(isLeader: Bool, user: TestUser = .admin) throws -> Replica {
    let access = try ClusterAccess.kubeconfig(
      text: server.kubeconfig(user: user, namespace: Self.namespace), folder: "/")
    let client = try KubernetesClient(access, time: SystemTime(), userAgent: "test")
    return Replica(self, client, isLeader: isLeader)
  }

  // MARK: What the cluster shows

  struct NoSecret: Error {}

  var secret: Secret? {
    get throws {
      try server.objects.get("secrets", "swell-certificates", in: Self.namespace).map { json in
        try JSONDecoder().decode(Secret.self, from: JSONEncoder().encode(json))
      }
    }
  }

  func certificates() throws -> CertificateSet {
    guard let secret = try secret else { throw NoSecret() }
    return try CertificateSecret.certificates(in: secret)
  }

  /// The bundles of the APIService and of both webhooks.
  func bundles() throws -> [PEMBundle?] {
    let service = try server.objects.get("apiservices", Self.apiService)
    let webhooks = try server.objects.get("validatingwebhookconfigurations", Self.webhooks)
    let texts =
      [service?["spec"]?["caBundle"]] + (webhooks?["webhooks"]?.array ?? []).map { $0["clientConfig"]?["caBundle"] }
    return texts.map { $0?.string.flatMap(PEMBundle.init(base64:)) }
  }

  /// Whether everything trusts exactly what the Secret holds.
  func isPublished() throws -> Bool {
    let bundle = try PEMBundle(certificates().bundlePEM)
    let found = try bundles()
    return found.count == 3 && found.allSatisfy { $0 != nil && $0 == bundle }
  }
}

/// One replica.
final class Replica: Sendable {
  let keeper: CertificateKeeper
  private let client: KubernetesClient
  private let leadership: Flag
  private let list: Served
  private let task: Task<Void, Never>

  init(_ rig: KeeperRig, _ client: KubernetesClient, isLeader: Bool) {
    self.client = client
    var configuration = CertificateKeeper.Configuration(namespace: KeeperRig.namespace, names: KeeperRig.names)
    configuration.webhookConfiguration = KeeperRig.webhooks
    let flag = Flag(isLeader)
    leadership = flag
    let list = Served()
    self.list = list
    keeper = CertificateKeeper(
      client, configuration, time: rig.time, logger: rig.logs.logger, isLeader: { flag.value },
      onIdentity: { list.add($0.certificatePEM) })
    let keeper = keeper
    task = Task { await keeper.run() }
  }

  /// Every certificate that was loaded, in order.
  var loaded: [String] { list.all }

  func lead(_ leads: Bool) {
    leadership.value = leads
    keeper.leadershipChanged()
  }

  func stop() async {
    task.cancel()
    await task.value
    await client.shutdown()
  }
}

final class Flag: Sendable {
  private let state: Mutex<Bool>
  init(_ value: Bool) { state = Mutex(value) }
  var value: Bool {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

final class Served: Sendable {
  private let state = Mutex<[String]>([])
  var all: [String] { state.withLock { $0 } }
  func add(_ pem: String) { state.withLock { $0.append(pem) } }
}

/// The machine's clock, moved ahead at will: waits that began before take as long as they said.
final class ShiftedTime: TimeSource {
  private let system = SystemTime()
  private let shift = Mutex(Duration.zero)

  func now() -> Timestamp { system.now() + shift.withLock { $0 } }

  func sleep(until deadline: Timestamp) async throws {
    try await system.sleep(until: deadline - shift.withLock { $0 })
  }

  func jump(days: Int64) { shift.withLock { $0 += .seconds(days * 86_400) } }
  func jump(seconds: Int64) { shift.withLock { $0 += .seconds(seconds) } }
}

/// Everything that was logged, as text.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  var logger: Logger { Logger(label: "certificates") { _ in Handler(lines: self) } }

  private struct Handler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      lines.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }
  }
}
