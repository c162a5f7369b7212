internal import Foundation
internal import KubernetesAPI
internal import TestSupport

/// The sources of `hpa-golden.json`, as its note describes them.
struct GoldenSources {
  var redis: RedisServer
  var prometheus: PrometheusServer
  var kafka: KafkaBroker

  static func start() async throws -> GoldenSources {
    let redis = try await RedisServer.start()
    try await RedisStream(server: redis, stream: "inference-requests").deliver(500)
    let kafka = try await KafkaBroker.start()
    try await kafka.administrator.createTopic("t1", partitions: 3)
    for (partition, count) in [34, 33, 33].enumerated() {
      try await kafka.administrator.produce(count, to: "t1", partition: Int32(partition))
    }
    try await kafka.administrator.commit([0: 10], of: "t1", for: "g1")
    let port = try FreePort.next()
    let prometheus = try await PrometheusServer.start {
      $0.port = port
      $0.scrapes = ["\(PrometheusServer.host):\(port)"]
      // A single one that fails would be no work for a moment.
      $0.scrapeSeconds = 5
    }
    try await eventually("Prometheus has scraped itself", within: .seconds(30), every: .milliseconds(100)) {
      try await CurlReply.get("http://127.0.0.1:\(port)/api/v1/query?query=sum(up)").body.contains(#""1"]"#)
    }
    return GoldenSources(redis: redis, prometheus: prometheus, kafka: kafka)
  }

  func stop() async {
    await redis.stop()
    await prometheus.stop()
    await kafka.stop()
  }

  /// The object with these servers in place of the recorded ones.
  func rewritten(_ input: JSONValue) throws -> JSONValue {
    var text = String(decoding: try JSONEncoder().encode(input), as: UTF8.self)
    for (recorded, port) in [("6390", redis.port), ("9095", prometheus.port), ("9092", kafka.port)] {
      text = text.replacingOccurrences(of: "127.0.0.1:\(recorded)", with: "127.0.0.1:\(port)")
    }
    return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }
}

/// One case of `hpa-golden.json` on a cluster.
struct GoldenObject {
  private let item: ConformanceCases.Case
  private let sources: GoldenSources
  private let rig: ClusterRig

  init(_ item: ConformanceCases.Case, _ sources: GoldenSources, _ rig: ClusterRig) {
    self.item = item
    self.sources = sources
    self.rig = rig
  }

  var id: String { item.id }
  var recordedReplicas: Int64? { item.expect["targetReplicasAfter100s"]?.int }
  private var name: String { item.input["metadata", "name"]?.text ?? "" }
  private var target: JSONValue { item.input["spec", "scaleTargetRef"] ?? [:] }
  private var targetKind: String { target["kind"]?.text ?? "Deployment" }
  private var targetName: String { target["name"]?.text ?? "" }

  /// Makes the target and the object.
  /// - Returns: why the API refused the object; nil when it did not.
  func apply() async throws -> String? {
    try rig.objects.put([
      "apiVersion": target["apiVersion"] ?? "apps/v1", "kind": .string(targetKind),
      "metadata": ["name": .string(targetName), "namespace": .string(rig.namespace)],
      "spec": WorkloadSpec.of(targetName, replicas: 2, kind: targetKind),
    ])
    do {
      var object = try sources.rewritten(item.input)
      object["metadata", "namespace"] = .string(rig.namespace)
      try await rig.apply(object)
      return nil
    } catch let error as RequestFailed {
      return error.description
    }
  }

  func replicas() throws -> Int64? {
    try rig.objects.get(targetKind.lowercased() + "s", targetName, in: rig.namespace)?["spec", "replicas"]?.int
  }

  /// - Parameter hasPassed: the recorded replicas were there at some time, which is all that is asked for.
  func mismatches(hasPassed: Bool) throws -> [String] {
    let object = try rig.objects.get("scaledobjects", name, in: rig.namespace) ?? [:]
    var found = Mismatches()
    found.check("finalizers", object["metadata", "finalizers"], item.expect["scaledObjectMeta", "finalizers"])
    found.check("labels", object["metadata", "labels"], item.expect["scaledObjectMeta", "labels"])
    if !hasPassed {
      found.check(
        "replicas", try replicas().map { .integer($0) }, item.expect["targetReplicasAfter100s"])
    }
    let (own, recorded) = (object["status"]?.fields ?? [:], item.expect["status"]?.fields ?? [:])
    // What depends on the moment was not recorded.
    for field in Set(own.keys).union(recorded.keys).subtracting(["conditions", "lastActiveTime", "health"]).sorted() {
      found.check("status.\(field)", own[field], recorded[field])
    }
    found.check("conditions", Self.comparable(own["conditions"]), Self.comparable(recorded["conditions"]))
    try checkHPA(&found)
    return found.list
  }

  /// An object that cannot be carried out yet says so, and by what field.
  func refusalMismatches() throws -> [String] {
    let object = try rig.objects.get("scaledobjects", name, in: rig.namespace) ?? [:]
    let ready = object["status", "conditions"]?.items?.first { $0["type"] == "Ready" }
    let field =
      item.input["spec", "advanced", "scalingModifiers"] == nil
      ? "].type" : "spec.advanced.scalingModifiers"
    var found = Mismatches()
    found.check("Ready", ready?["status"], "False")
    found.check("Ready's reason", ready?["reason"], "ScaledObjectCheckFailed")
    if !(ready?["message"]?.text ?? "").contains(field), ready?["message"]?.text?.contains("defined multiple") != true {
      found.list.append("\(field) is not named: \(ready?["message"]?.text ?? "")")
    }
    found.check("replicas", try replicas().map { .integer($0) }, 2)
    return found.list
  }

  private func checkHPA(_ found: inout Mismatches) throws {
    let hpas = try rig.objects.list("horizontalpodautoscalers", in: rig.namespace)
      .filter { $0["metadata", "ownerReferences"]?[0]?["name"]?.text == name }
    guard let recorded = item.expect["hpa"], !recorded.isNull else {
      if !hpas.isEmpty { found.list.append("there is an HPA, recorded none") }
      return
    }
    guard let own = hpas.first, hpas.count == 1 else {
      found.list.append("there are \(hpas.count) HPAs, recorded one")
      return
    }
    func labels(_ hpa: JSONValue) -> JSONValue? {
      var labels = hpa["metadata", "labels"]
      labels?["app.kubernetes.io/version"] = nil
      return labels
    }
    var owner = own["metadata", "ownerReferences"]?[0]
    owner?["uid"] = nil
    found.check("the HPA's owner", owner, recorded["metadata", "ownerReference"])
    found.check("the HPA's labels", labels(own), labels(recorded))
    found.check("the HPA's annotations", own["metadata", "annotations"], recorded["metadata", "annotations"])
    found.check("the HPA's name", own["metadata", "name"], recorded["metadata", "name"])
    found.check("the HPA's specification", own["spec"], recorded["spec"])
  }

  /// Texts of errors are Swell's own and better; everything else is KEDA's word for word.
  private static func comparable(_ conditions: JSONValue?) -> JSONValue {
    .array(
      (conditions?.items ?? []).map { condition in
        var condition = condition
        let isError =
          condition["reason"] == "ScaledObjectCheckFailed"
          || condition["type"] == "HPAActive" && condition["status"] == "False"
        if isError { condition["message"] = nil }
        return condition
      })
  }

  struct Mismatches {
    var list: [String] = []

    mutating func check(_ name: String, _ own: JSONValue?, _ recorded: JSONValue?) {
      func normal(_ value: JSONValue?) -> JSONValue {
        value == .object([:]) || value == .array([]) ? .null : value ?? .null
      }
      if normal(own) == normal(recorded) { return }
      list.append("\(name): \(text(own)), recorded \(text(recorded))")
    }

    private func text(_ value: JSONValue?) -> String {
      value.map { JSONText.text($0) } ?? "nothing"
    }
  }
}
