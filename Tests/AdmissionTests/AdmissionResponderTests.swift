internal import Admission
internal import Foundation
internal import HTTPServing
internal import KubernetesAPI
internal import Synchronization
internal import Testing

@Suite struct AdmissionResponderTests {
  static let valid = review(#"{"uid":"1","operation":"CREATE"}"#)

  static func review(_ request: String, version: String = "v1") -> String {
    #"{"apiVersion":"admission.k8s.io/\#(version)","kind":"AdmissionReview","request":\#(request)}"#
  }

  @Test(arguments: [
    ("", 400, "no body"), ("{", 400, ""), ("[]", 400, ""), ("null", 400, ""), ("{}", 400, "apiVersion is missing"),
    (review(#"{"uid":"1","operation":"CREATE"}"#, version: "v1beta1"), 400, "v1beta1"),
    (#"{"apiVersion":"v1","kind":"Pod"}"#, 400, "v1 Pod"), (review("null"), 400, "no request"),
    (review(#"{"uid":"","operation":"CREATE"}"#), 400, "no uid"),
    (review(#"{"uid":"1","operation":"EAT"}"#), 400, "request.operation"),
    (review(#"{"uid":1,"operation":"CREATE"}"#), 400, "request.uid"),
    ("\u{0}\u{FF}", 400, ""), (String(repeating: "[", count: 100_000), 400, ""), (valid, 200, "\"allowed\":true"),
  ])
  func malformedBodies(body: String, status: Int, says: String) async throws {
    let response = try await Reviews.post(Array(body.utf8), to: Reviews.responder())
    #expect(response.status == status)
    let text = String(decoding: response.body, as: UTF8.self)
    #expect(says.isEmpty || text.contains(says), "\(text)")
  }

  @Test func otherRequestsAreRefused() async throws {
    let responder = Reviews.responder()
    let body = Array(Self.valid.utf8)
    #expect(try await Reviews.post(body, to: responder, path: "/validate").status == 404)
    #expect(try await Reviews.post(body, to: responder, method: .get).status == 405)
    #expect(try await Reviews.post(body, to: responder, contentType: "application/yaml").status == 415)
    #expect(try await Reviews.post(body, to: responder, contentType: "application/json; charset=utf-8").status == 200)
    #expect(responder.maximumBody == 7 * 1024 * 1024)
  }

  @Test(arguments: AdmissionKind.allCases)
  func deletionsAndStatusUpdatesAreAllowed(kind: AdmissionKind) async throws {
    let statistics = AdmissionStatistics()
    let responder = Reviews.responder(statistics: statistics)
    let delete = AdmissionRequest(
      uid: "7", operation: .delete, name: "x", namespace: "prod", oldObject: ["spec": "nonsense"])
    let deleted = try await Reviews.send(delete, to: responder, path: kind.path)
    #expect(deleted == AdmissionResponse(uid: "7", allowed: true))
    var status = AdmissionRequest(uid: "8", operation: .update, object: ["spec": 1], oldObject: ["spec": 2])
    status.subResource = "status"
    #expect(try await Reviews.send(status, to: responder, path: kind.path).allowed)
    #expect(statistics.validations.isEmpty)
  }

  @Test(arguments: AdmissionKind.allCases)
  func objectsThatCannotBeReadAreRefused(kind: AdmissionKind) async throws {
    for object: JSONValue in [1, [], ["metadata": [:], "spec": 1], ["metadata": 1, "spec": [:]]] {
      let answer = try await Reviews.send(
        AdmissionRequest(uid: "1", operation: .create, object: object), to: Reviews.responder(), path: kind.path)
      #expect(!answer.allowed && answer.status?.message?.isEmpty == false, "\(object)")
    }
  }

  @Test func finalizersCanAlwaysBeRemoved() async throws {
    // Not even readable, but its finalizer goes.
    let old: JSONValue = ["metadata": ["name": "x", "finalizers": ["a", "b"]], "spec": ["triggers": 5]]
    let new: JSONValue = ["metadata": ["name": "x", "finalizers": ["b"]], "spec": ["triggers": 5]]
    #expect(try await Reviews.update(from: old, to: new).allowed)
    #expect(try await !Reviews.update(from: new, to: old).allowed)
    let changed: JSONValue = ["metadata": ["name": "x"], "spec": ["triggers": 6]]
    #expect(try await !Reviews.update(from: old, to: changed).allowed)
  }

  /// Swell's own marks on an object that came in past the webhook: finalizer and label, and nothing else along with them.
  @Test(
    arguments: [
      (["finalizers": ["finalizer.keda.sh"]], true),
      (["labels": ["scaledobject.keda.sh/name": "orders"]], true),
      (["finalizers": ["finalizer.keda.sh"], "labels": ["scaledobject.keda.sh/name": "orders"]], true),
      (["finalizers": ["finalizer.keda.sh"], "resourceVersion": "7", "managedFields": []], true),
      // An empty map is none.
      (["finalizers": ["finalizer.keda.sh"], "annotations": [:]], true),
      ([:], false), (["finalizers": ["somebody.else"]], false), (["labels": ["team": "a"]], false),
      (["deletionTimestamp": "2026-01-01T00:00:00Z"], false),
      (["finalizers": ["finalizer.keda.sh"], "annotations": ["autoscaling.keda.sh/paused": "true"]], false),
    ] as [([String: JSONValue], Bool)])
  func marksAreNotJudged(_ metadata: [String: JSONValue], isLetThrough: Bool) async throws {
    // Nobody would let it in.
    let spec: [String: JSONValue] = ["minReplicaCount": 5, "maxReplicaCount": 1]
    let statistics = AdmissionStatistics()
    let responder = Reviews.responder(statistics: statistics)
    func update(from old: JSONValue, to new: JSONValue) async throws -> Bool {
      let request = AdmissionRequest(
        uid: "1", operation: .update, namespace: "prod", object: new, oldObject: old)
      return try await Reviews.send(request, to: responder).allowed
    }
    let old = Reviews.scaledObject(spec)
    #expect(try await update(from: old, to: Reviews.scaledObject(metadata: metadata, spec)) == isLetThrough)
    #expect(statistics.validations.isEmpty == isLetThrough)
    // Together with a change of the specification, it is judged; so is what a mark is taken off.
    let changed = Reviews.scaledObject(metadata: metadata, spec.merging(["cooldownPeriod": 9]) { $1 })
    #expect(try await !update(from: old, to: changed))
    if metadata["labels"] != nil, metadata["finalizers"] == nil {
      #expect(try await !update(from: Reviews.scaledObject(metadata: metadata, spec), to: old))
    }
  }

  @Test func reviewsAreCountedAsKEDACountsThem() async throws {
    let statistics = AdmissionStatistics()
    let seen = Mutex<[AdmissionOutcome]>([])
    let responder = Reviews.responder(statistics: statistics) { outcome in seen.withLock { $0.append(outcome) } }
    let bad = Reviews.scaledObject([
      "minReplicaCount": 5, "maxReplicaCount": 1, "idleReplicaCount": 9, "triggers": [Reviews.trigger("x", [:])],
    ])
    for _ in 0..<2 {
      _ = try await Reviews.send(
        AdmissionRequest(uid: "1", operation: .create, namespace: "prod", object: bad), to: responder)
    }
    let good = Reviews.scaledObject()
    _ = try await Reviews.send(
      AdmissionRequest(uid: "1", operation: .update, namespace: "prod", object: good, oldObject: bad), to: responder)
    #expect(statistics.validations.map(\.labels) == [["prod", "create"], ["prod", "update"]])
    #expect(statistics.validations.map(\.value) == [2, 1])
    #expect(
      statistics.errors.map(\.labels) == [
        ["prod", "create", "incorrect-replicas"], ["prod", "create", "incorrect-trigger-metadata"],
      ])
    #expect(statistics.errors.map(\.value) == [2, 2])
    #expect(seen.withLock { $0.map(\.isAllowed) } == [false, false, true])
  }

  @Test func strangersCannotFillTheCounters() async throws {
    let statistics = AdmissionStatistics()
    let responder = Reviews.responder(statistics: statistics)
    for number in 0..<5100 {
      _ = try await Reviews.send(
        AdmissionRequest(
          uid: "1", operation: .create, namespace: "n\(number)", object: ["metadata": [:], "spec": [:]]),
        to: responder, path: AdmissionKind.scaledJob.path)
    }
    #expect(statistics.validations.count + statistics.errors.count <= 5002)
    #expect(statistics.validations.reduce(0) { $0 + $1.value } == 5100)
    #expect(statistics.validations.first?.namespace == "")
  }

  @Test func aScaledJobIsToldThatNothingRunsIt() async throws {
    let answer = try await Reviews.send(
      AdmissionRequest(
        uid: "1", operation: .create, namespace: "prod",
        object: ["metadata": ["name": "jobs"], "spec": ["triggers": [Reviews.trigger("cron", [:])]]]),
      to: Reviews.responder(), path: AdmissionKind.scaledJob.path)
    #expect(answer.allowed)
    #expect(answer.warnings == ["Swell does not run ScaledJobs yet: no Job will be made for it"])
  }

  @Test func longRefusalsStayShort() async throws {
    let triggers = (0..<200).map { _ in Reviews.trigger("redis-streams", [:]) }
    let answer = try await Reviews.create(Reviews.scaledObject(["triggers": .array(triggers)]))
    #expect(!answer.allowed)
    let lines = (answer.status?.message ?? "").split(separator: "\n")
    #expect(lines.count <= 201 && lines.last?.hasSuffix(" more") == true, "\(lines.count)")
  }

  @Test func longAnswersStayShort() async throws {
    let triggers = (0..<200).map { _ in Reviews.trigger("rabbitmq", ["queueName": "a"]) }
    let answer = try await Reviews.create(Reviews.scaledObject(["triggers": .array(triggers)]))
    #expect(answer.allowed)
    #expect(answer.warnings?.count == 21 && answer.warnings?.last == "and 180 more")
    #expect(answer.warnings?.allSatisfy { $0.count <= 251 } == true)
  }
}
