internal import Admission
internal import Foundation
internal import HTTPServing
internal import KubernetesAPI
internal import Polling
internal import TestSupport
internal import Testing

/// Requests as the API server sends them.
enum Reviews {
  static let path = "/validate-keda-sh-v1alpha1-scaledobject"

  static let redisStreams: JSONValue = [
    "type": "redis-streams",
    "metadata": [
      "address": "redis:6379", "stream": "orders", "consumerGroup": "workers", "pendingEntriesCount": "10",
    ],
  ]

  /// A ScaledObject with one valid trigger; `changes` replace fields of the spec.
  static func scaledObject(
    name: String = "orders", metadata: [String: JSONValue] = [:], _ changes: [String: JSONValue] = [:]
  ) -> JSONValue {
    let spec: [String: JSONValue] = ["scaleTargetRef": ["name": "orders-api"], "triggers": [redisStreams]]
    return [
      "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
      "metadata": .object(
        ["name": .string(name), "namespace": "prod"].merging(metadata) { _, new in new }),
      "spec": .object(spec.merging(changes) { _, new in new }),
    ]
  }

  static func trigger(_ type: String, _ metadata: [String: JSONValue], _ more: [String: JSONValue] = [:]) -> JSONValue {
    .object(["type": .string(type), "metadata": .object(metadata)].merging(more) { _, new in new })
  }

  static func send(
    _ request: AdmissionRequest, to responder: AdmissionResponder, path: String = path
  ) async throws -> AdmissionResponse {
    let body = try JSONEncoder().encode(AdmissionReview(request: request))
    let response = try await post(Array(body), to: responder, path: path)
    #expect(response.status == 200, "\(String(decoding: response.body, as: UTF8.self))")
    let answer = try JSONDecoder().decode(AdmissionReview.self, from: Data(response.body)).response
    return try #require(answer)
  }

  static func post(
    _ body: [UInt8], to responder: AdmissionResponder, path: String = path, method: HTTPMethod = .post,
    contentType: String = "application/json"
  ) async throws -> HTTPResponse {
    let request = try #require(
      HTTPRequest(method: method, target: path, headers: [("content-type", contentType)], body: body))
    switch responder.respond(to: request) {
    case .now(let response): return response
    case .later(let respond): return await respond()
    }
  }

  /// Reviews the creation of an object.
  static func create(
    _ object: JSONValue, in cluster: FakeCluster = FakeCluster(), dryRun: Bool? = nil
  ) async throws -> AdmissionResponse {
    try await send(
      AdmissionRequest(uid: "1", operation: .create, namespace: "prod", object: object, dryRun: dryRun),
      to: responder(cluster))
  }

  static func update(
    from old: JSONValue, to new: JSONValue, in cluster: FakeCluster = FakeCluster()
  ) async throws -> AdmissionResponse {
    try await send(
      AdmissionRequest(uid: "1", operation: .update, namespace: "prod", object: new, oldObject: old),
      to: responder(cluster))
  }

  static func responder(
    _ cluster: FakeCluster = FakeCluster(), time: any TimeSource = ManualTime(),
    statistics: AdmissionStatistics = AdmissionStatistics(),
    onOutcome: @escaping AdmissionResponder.Observer = { _ in }
  ) -> AdmissionResponder {
    AdmissionResponder(
      reviewer: AdmissionReviewer(facts: cluster, clusterNamespace: "swell-system", time: time),
      statistics: statistics, onOutcome: onOutcome)
  }
}

extension Status {
  /// The message without the lines that tell the field and what to write instead.
  var words: String {
    (message ?? "").split(separator: "\n").filter { !$0.hasPrefix("  ") }.joined(separator: "\n")
  }
}
