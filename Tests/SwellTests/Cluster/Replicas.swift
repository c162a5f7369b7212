internal import Foundation
internal import KubernetesAPI
internal import Synchronization
internal import Testing

@testable internal import TestSupport

extension ClusterRig {
  /// Starts one of several replicas: with a user of its own, so that the request log tells who did what, and the rights
  /// of Swell's ServiceAccount.
  /// - Parameter name: of its pod; the same name again is the same container, restarted.
  func replica(_ name: String, options: [String] = []) async throws -> ClusterSwell {
    let user = TestUser.serviceAccount("swell-system", "swell-\(name)")
    try allow("swell-\(name)")
    return try await ClusterSwell.start(
      kubeconfig: try server.kubeconfigFile(user: user, login: .token), options: options,
      environment: ["POD_NAME": name])
  }

  /// Binds a ServiceAccount to everything that Swell's is bound to.
  private func allow(_ account: String) throws {
    for kind in ["clusterrolebindings", "rolebindings"] {
      for binding in try server.objects.list(kind) {
        let names = (binding["subjects"]?.items ?? []).compactMap { $0["name"]?.text }
        guard names.contains("swell"), !names.contains(account) else { continue }
        try server.objects.change(kind, binding.name, in: binding.namespace ?? "") { object in
          let subject: JSONValue = [
            "kind": "ServiceAccount", "name": .string(account), "namespace": "swell-system",
          ]
          object["subjects"] = .array((object["subjects"]?.items ?? []) + [subject])
        }
      }
    }
  }

  /// Who holds the Lease; nil when nobody does.
  var leader: String? {
    let holder = try? server.objects.get("leases", "swell", in: "swell-system")?["spec", "holderIdentity"]?.text
    return holder.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Requests that changed something, of Swell: of the replica of this name, or of all.
  func writes(
    of replica: String? = nil, from start: Int = 0, withLeases: Bool = false
  ) -> [RequestLog.Entry] {
    let user = "system:serviceaccount:swell-system:swell" + (replica.map { "-\($0)" } ?? "")
    return server.requests.entries(from: start).filter { entry in
      entry.isWrite && (200..<300).contains(entry.status) && entry.user.hasPrefix(user)
        && (withLeases || !entry.resource.hasPrefix("leases."))
    }
  }

  /// What Swell has written to `/scale`, in order: `first: inference 1`.
  func scalings(from start: Int = 0) -> [String] {
    writes(from: start).filter { $0.resource.hasSuffix("/scale") }.map { entry in
      let replicas = (try? JSONText.parse(Array(entry.body.utf8)))?["spec", "replicas"]?.int
      let replica = entry.user.split(separator: ":").last?.split(separator: "-").last ?? ""
      return "\(replica): \(entry.name) \(replicas.map(String.init) ?? entry.body)"
    }
  }

  func delete(scaledObject name: String) throws {
    try server.objects.delete("scaledobjects", name, in: Self.namespace)
  }

  /// Its HPA's.
  func uid(ofHPA name: String) throws -> String? { try hpa(name)?.uid }
}

extension RequestLog.Entry {
  /// For messages of tests.
  var line: String {
    "\(user.split(separator: ":").last ?? "") \(verb) \(resource) \(name) \(status) \(body.prefix(300))"
  }
}

/// Every number of replicas that each Deployment was to have, whoever wrote it.
final class ReplicaHistory: Sendable {
  private final class Values: Sendable {
    let all = Mutex<[String: [Int64]]>([:])

    func add(_ object: JSONValue) {
      guard let replicas = object["spec", "replicas"]?.int else { return }
      all.withLock { all in
        if all[object.name]?.last != replicas { all[object.name, default: []].append(replicas) }
      }
    }
  }

  private let values = Values()

  init(_ server: TestAPIServer) {
    let values = values
    _ = server.api.store.listenFromNow(
      to: "deployments.apps", namespace: nil,
      start: { present, _ in
        for object in present { values.add(object.value) }
      }
    ) { event in
      if let object = event.object { values.add(object.value) }
    }
  }

  /// Each number once until it changes.
  func of(_ name: String) -> [Int64] { values.all.withLock { $0[name] ?? [] } }
}

/// The front proxy of the cluster, calling replicas of Swell directly.
struct FrontProxy {
  static let autoscaler = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
  private let files: TemporaryFolder

  init(_ identity: TestAuthority.Identity) throws {
    files = try TemporaryFolder("swell-front-proxy")
    try files.write(identity.certificatePEM, to: "tls.crt")
    try files.write(identity.keyPEM, to: "tls.key")
  }

  init(of rig: ClusterRig) throws { try self.init(rig.server.frontProxy) }

  /// Of curl: the certificate.
  var certificate: [String] { ["--cert", files.path("tls.crt"), "--key", files.path("tls.key")] }

  func get(_ swell: ClusterSwell, _ path: String, user: String = autoscaler) async throws -> CurlReply {
    try await CurlReply.get(swell.api + path, certificate + ["-H", "X-Remote-User: \(user)"])
  }
}

/// Asks a replica for a metric again and again.
final class MetricReader: Sendable {
  private let answers = Mutex<[String]>([])
  private let task = Mutex<Task<Void, Never>?>(nil)

  init(_ proxy: FrontProxy, _ swell: ClusterSwell, _ path: String) {
    let task = Task { [weak self] in
      while !Task.isCancelled {
        let answer: String
        do {
          let reply = try await proxy.get(swell, path)
          var values: [String] = []
          if reply.status == 200 {
            let items = try JSONText.parse(Array(reply.body.utf8))["items"]?.items ?? []
            values = items.map { $0["value"]?.text ?? "?" }
          }
          answer = (["\(reply.status)"] + values).joined(separator: " ")
        } catch {
          answer = "\(error)"
        }
        if Task.isCancelled { return }
        self?.answers.withLock { $0.append(answer) }
      }
    }
    self.task.withLock { $0 = task }
  }

  /// `200 500`: status and value, each as often as it came.
  var counts: [String: Int] { answers.withLock { Dictionary($0.map { ($0, 1) }, uniquingKeysWith: +) } }

  func stop() { task.withLock { $0 }?.cancel() }
}
