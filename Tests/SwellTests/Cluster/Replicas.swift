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
    let account = "swell-\(name)"
    try allow(account)
    return try await ClusterSwell.start(
      kubeconfig: try await cluster.kubeconfig(serviceAccount: account, in: "swell-system"), options: options,
      environment: ["POD_NAME": name])
  }

  /// Binds a ServiceAccount to everything that Swell's is bound to.
  private func allow(_ account: String) throws {
    for kind in ["clusterrolebindings", "rolebindings"] {
      for binding in try objects.list(kind) {
        let names = (binding["subjects"]?.items ?? []).compactMap { $0["name"]?.text }
        guard names.contains("swell"), !names.contains(account) else { continue }
        try objects.change(kind, binding.name, in: binding.namespace ?? "") { object in
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
    let holder = try? objects.get("leases", "swell", in: "swell-system")?["spec", "holderIdentity"]?.text
    return holder.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// When the Lease was taken by its present holder.
  var leadingSince: Timestamp? {
    let lease = try? objects.get("leases", "swell", in: "swell-system")
    return lease?["spec", "acquireTime"]?.text.flatMap { Timestamp(rfc3339: $0) }
  }

  /// All that Swell has to do with in this namespace, to the version. Of HPAs and workloads, whose status is others'
  /// affair, what Swell writes.
  func footprint() throws -> [JSONValue] {
    let scaled = try objects.list("scaledobjects", in: namespace).map { object -> JSONValue in
      [.string(object.name), .string(object.uid), .string(object.resourceVersion ?? "")]
    }
    let hpas = try objects.list("horizontalpodautoscalers", in: namespace).map { hpa -> JSONValue in
      let metadata = hpa["metadata"] ?? [:]
      return [
        .string(hpa.uid), hpa["spec"] ?? .null, metadata["labels"] ?? .null, metadata["annotations"] ?? .null,
        metadata["ownerReferences"] ?? .null,
      ]
    }
    let workloads = try objects.list("deployments", in: namespace).map { object -> JSONValue in
      [.string(object.name), object["spec", "replicas"] ?? .null]
    }
    return scaled + hpas + workloads
  }

  /// Requests of everybody so far; none on an external cluster, which keeps no log that tests could read.
  var requests: RequestLog? { server?.requests }

  /// Requests that changed something, of Swell: of the replica of this name, or of all. None on an external cluster:
  /// what a scenario concludes from them, it sees in objects, too. None that has begun is missing: what can be seen of it
  /// in objects comes before its entry.
  func writes(
    of replica: String? = nil, from start: Int = 0, withLeases: Bool = false
  ) async throws -> [RequestLog.Entry] {
    if let requests {
      let end = requests.count
      try await eventually("requests have been answered") { requests.hasAnswered(to: end) }
    }
    let user = "system:serviceaccount:swell-system:swell" + (replica.map { "-\($0)" } ?? "")
    return (requests?.entries(from: start) ?? []).filter { entry in
      entry.isWrite && (200..<300).contains(entry.status) && entry.user.hasPrefix(user)
        && (withLeases || !entry.resource.hasPrefix("leases."))
    }
  }

  /// What Swell has written to `/scale`, in order: `first: inference 1`.
  func scalings(from start: Int = 0) async throws -> [String] {
    try await writes(from: start).filter { $0.resource.hasSuffix("/scale") }.map { entry in
      let replicas = (try? JSONText.parse(Array(entry.body.utf8)))?["spec", "replicas"]?.int
      let replica = entry.user.split(separator: ":").last?.split(separator: "-").last ?? ""
      return "\(replica): \(entry.name) \(replicas.map(String.init) ?? entry.body)"
    }
  }

  func delete(scaledObject name: String) throws {
    try objects.delete("scaledobjects", name, in: namespace)
  }

  /// Its HPA's.
  func uid(ofHPA name: String) throws -> String? { try hpa(name)?.uid }
}

extension Timestamp {
  /// On the wall clock.
  static var now: Timestamp { TestAPIServer.Options().now() }
}

extension RequestLog.Entry {
  /// For messages of tests.
  var line: String {
    "\(user.split(separator: ":").last ?? "") \(verb) \(resource) \(name) \(status) \(body.prefix(300))"
  }
}

/// Every number of replicas that each Deployment of a rig was to have, whoever wrote it.
final class ReplicaHistory: Sendable {
  private final class Values: Sendable {
    let all = Mutex<[String: [Int64]]>([:])

    func add(_ name: String, _ replicas: Int64?) {
      guard let replicas else { return }
      all.withLock { all in
        if all[name]?.last != replicas { all[name, default: []].append(replicas) }
      }
    }
  }

  private let values = Values()
  /// On an external cluster: kubectl, which writes a line for each event of a watch.
  private let watch: ChildProcess?

  init(_ rig: ClusterRig) async throws {
    guard let server = rig.server else {
      let watch = try await ChildProcess.start(
        TestCluster.kubectl,
        [
          "--kubeconfig", rig.cluster.kubeconfig, "-n", rig.namespace, "get", "deployments", "--watch", "-o",
          "jsonpath={.metadata.name}={.spec.replicas}{\"\\n\"}",
        ])
      // It watches from when it shows this one.
      try rig.deployment("history", replicas: 0)
      try await watch.waitForOutput("history=0")
      try await rig.delete("history", resource: "deployments")
      self.watch = watch
      return
    }
    watch = nil
    let values = values
    _ = server.api.store.listenFromNow(
      to: "deployments.apps", namespace: nil,
      start: { present, _ in
        for object in present { values.add(object.value.name, object.value["spec", "replicas"]?.int) }
      }
    ) { event in
      if let object = event.object?.value { values.add(object.name, object["spec", "replicas"]?.int) }
    }
  }

  /// Each number once until it changes.
  func of(_ name: String) -> [Int64] {
    guard let watch else { return values.all.withLock { $0[name] ?? [] } }
    let values = Values()
    for line in watch.output.split(separator: "\n") where line.hasPrefix("\(name)=") {
      values.add(name, Int64(line.dropFirst(name.count + 1)))
    }
    return values.all.withLock { $0[name] ?? [] }
  }
}

/// Somebody who may read metrics, calling replicas of Swell directly: the front proxy of a test server, and on an external
/// cluster, whose proxy's key nobody gets, the HPA controller's ServiceAccount.
struct MetricsCaller {
  static let autoscaler = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
  private let files: TemporaryFolder?
  private let token: String?

  init(_ identity: TestAuthority.Identity) throws {
    let files = try TemporaryFolder("swell-front-proxy")
    try files.write(identity.certificatePEM, to: "tls.crt")
    try files.write(identity.keyPEM, to: "tls.key")
    self.files = files
    token = nil
  }

  init(of rig: ClusterRig) async throws {
    if let server = rig.server {
      try self.init(server.frontProxy)
    } else {
      self.init(token: try await rig.cluster.token(serviceAccount: "horizontal-pod-autoscaler", in: "kube-system"))
    }
  }

  private init(token: String) {
    files = nil
    self.token = token
  }

  /// Of curl: the login.
  var certificate: [String] {
    if let token { return ["-H", "Authorization: Bearer \(token)"] }
    return files.map { ["--cert", $0.path("tls.crt"), "--key", $0.path("tls.key")] } ?? []
  }

  func get(_ swell: ClusterSwell, _ path: String, user: String = autoscaler) async throws -> CurlReply {
    try await CurlReply.get(swell.api + path, certificate + (token == nil ? ["-H", "X-Remote-User: \(user)"] : []))
  }
}

/// Asks a replica for a metric again and again.
final class MetricReader: Sendable {
  private let answers = Mutex<[String]>([])
  private let task = Mutex<Task<Void, Never>?>(nil)

  init(_ caller: MetricsCaller, _ swell: ClusterSwell, _ path: String) {
    let task = Task { [weak self] in
      while !Task.isCancelled {
        let answer: String
        do {
          let reply = try await caller.get(swell, path)
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
