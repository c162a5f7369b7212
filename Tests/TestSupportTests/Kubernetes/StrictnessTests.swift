import KubernetesAPI
import Testing

@testable import TestSupport

/// What a real API server refuses, and this one too, so that nothing gets used to a kinder one.
@Suite struct StrictnessTests {
  // MARK: Events

  static let events = "/apis/events.k8s.io/v1/namespaces/default/events"
  static let event: JSONValue = [
    "metadata": ["name": "e.1"], "eventTime": "2026-01-01T00:00:00.000000Z", "reportingController": "keda-operator",
    "reportingInstance": "i", "action": "a", "reason": "r", "type": "Normal", "note": "hello",
    "regarding": ["kind": "Widget", "name": "w", "namespace": "default", "uid": "u"],
  ]

  @Test func eventsAreCheckedWhenTheyAreMade() async throws {
    let fixture = try await Fixture()
    let cases: [(String, (inout JSONValue) -> Void)] = [
      ("reportingController: Invalid value", { $0["reportingController"] = "not a name" }),
      ("reportingInstance: Required value", { $0["reportingInstance"] = "" }),
      (
        "message: Invalid value: \"\": can have at most 1024",
        { $0["note"] = .string(String(repeating: "é", count: 513)) }
      ),
      (
        "series.count: Invalid value: \"\": should be at least 2",
        { $0["series"] = ["count": 1, "lastObservedTime": Self.later] }
      ),
      ("series.lastObservedTime: Required value", { $0["series"] = ["count": 2] }),
      ("count: Invalid value: \"\": needs to be unset", { $0["deprecatedCount"] = 1 }),
      ("source: Invalid value: \"\": needs to be unset", { $0["deprecatedSource"] = ["component": "x"] }),
      ("involvedObject.namespace: Invalid value", { $0["regarding", "namespace"] = "other" }),
      ("eventTime: Required value", { $0["eventTime"] = nil }),
      ("metadata.name: Invalid value: \"a-.1\"", { $0["metadata", "name"] = "a-.1" }),
    ]
    for (message, change) in cases {
      var event = Self.event
      change(&event)
      let answer = try await fixture.client.post(Self.events, event)
      #expect(answer.status == 422, "\(message)")
      #expect(answer.message.contains(message), "\(answer.message)")
    }
    // Of an object without a namespace.
    var cluster = Self.event
    cluster["regarding", "namespace"] = nil
    #expect(try await fixture.client.post(Self.events, cluster).status == 201)
    await fixture.server.stop()
  }

  private static let later: JSONValue = "2026-01-01T00:01:00.000000Z"

  @Test func ofAnEventOnlyTheSeriesChanges() async throws {
    let fixture = try await Fixture()
    #expect(try await fixture.client.post(Self.events, Self.event).status == 201)
    let path = "\(Self.events)/e.1"
    let counted = try await fixture.client.merge(path, ["series": ["count": 2, "lastObservedTime": Self.later]])
    #expect(counted.status == 200)
    for (field, value) in [("note", "x"), ("action", "x"), ("reason", "x"), ("reportingInstance", "x")] {
      let answer = try await fixture.client.merge(path, .object([field: .string(value)]))
      #expect(answer.status == 422 && answer.message.contains("field is immutable"), "\(field)")
    }
    #expect(try await fixture.client.merge(path, ["series": ["count": 1]]).status == 422)
    #expect(try await fixture.client.merge(path, ["eventTime": "2026-01-01T00:00:00Z"]).status == 400)
    await fixture.server.stop()
  }

  // MARK: Autoscalers

  @Test func whatAnAutoscalerNamesMustBePartOfAURL() async throws {
    let fixture = try await Fixture()
    let metric: (JSONValue) -> JSONValue = { metric in
      [["type": "External", "external": ["metric": metric, "target": ["type": "AverageValue", "averageValue": "1"]]]]
    }
    let cases: [(String, (inout JSONValue) -> Void)] = [
      (
        "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/'",
        { $0["scaleTargetRef", "name"] = "a/b" }
      ),
      ("spec.scaleTargetRef.kind: Required value", { $0["scaleTargetRef", "kind"] = "" }),
      ("spec.scaleTargetRef.apiVersion: Invalid value", { $0["scaleTargetRef", "apiVersion"] = "a/b/c" }),
      ("metric.name: Invalid value: \"s0-a%2F\": may not contain '%'", { $0["metrics"] = metric(["name": "s0-a%2F"]) }),
      (
        "metric.selector.matchLabels: Invalid value",
        {
          $0["metrics"] = metric([
            "name": "s0", "selector": ["matchLabels": ["a": .string(String(repeating: "x", count: 64))]],
          ])
        }
      ),
      (
        "spec.metrics[0].resource: Forbidden: must populate the given metric source only",
        {
          $0["metrics"] = [
            [
              "type": "External",
              "external": ["metric": ["name": "m"], "target": ["type": "Value", "value": "1"]],
              "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 50]],
            ]
          ]
        }
      ),
      (
        "spec.behavior.scaleUp.tolerance: Invalid value: \"-100m\"",
        { $0["behavior"] = ["scaleUp": ["tolerance": "-0.1"]] }
      ),
    ]
    for (index, (message, change)) in cases.enumerated() {
      let hpa = BuiltInTests.hpa("h\(index)") { hpa in
        var spec = hpa["spec"] ?? [:]
        change(&spec)
        hpa["spec"] = spec
      }
      let answer = try await fixture.client.post(BuiltInTests.path, hpa)
      #expect(answer.status == 422, "\(message)")
      #expect(answer.message.contains(message), "\(answer.message)")
    }
    await fixture.server.stop()
  }

  // MARK: Metadata

  @Test func namesInMetadataAreQualifiedOnes() async throws {
    let fixture = try await Fixture()
    let cases: [(String, JSONValue)] = [
      ("metadata.labels: Invalid value: \"a b\"", ["labels": ["a b": "c"]]),
      ("metadata.labels: Invalid value: \"A.com/b\"", ["labels": ["A.com/b": "c"]]),
      ("metadata.annotations: Invalid value: \"a/b/c\"", ["annotations": ["a/b/c": "d"]]),
      (
        "metadata.annotations: Too long: may not be more than 262144 bytes",
        ["annotations": ["a": .string(String(repeating: "x", count: 262_144))]]
      ),
      ("metadata.finalizers[0]: Invalid value: \"a b\"", ["finalizers": ["a b"]]),
      (
        "metadata.ownerReferences[0].apiVersion: Invalid value",
        ["ownerReferences": [["apiVersion": "a/b/c", "kind": "K", "name": "n", "uid": "u"]]]
      ),
    ]
    for (index, (message, metadata)) in cases.enumerated() {
      var widget = Fixture.widget("w\(index)")
      for (key, value) in metadata.fields ?? [:] { widget["metadata", key] = value }
      let answer = try await fixture.client.post(Fixture.path, widget)
      #expect(answer.status == 422, "\(message)")
      #expect(answer.message.contains(message), "\(answer.message.prefix(500))")
    }
    // KEDA's, without a slash, and an annotation in capitals.
    var widget = Fixture.widget("fine")
    widget["metadata", "finalizers"] = ["finalizer.keda.sh"]
    widget["metadata", "annotations"] = ["Example.com/A": "b"]
    #expect(try await fixture.client.post(Fixture.path, widget).status == 201)
    await fixture.server.stop()
  }

  // MARK: Server-side apply, and scale

  @Test func anAppliedUIDMeansThatObjectAndNoOther() async throws {
    let fixture = try await Fixture()
    let path = "\(Fixture.path)/a"
    func applied(_ uid: String) -> JSONValue {
      var widget = Fixture.widget("a")
      widget["metadata", "uid"] = .string(uid)
      return widget
    }
    let missing = try await fixture.client.apply("\(path)?fieldManager=m&force=true", applied("u"))
    #expect(missing.status == 409)
    #expect(missing.message.contains("uid mismatch: the provided object specified uid u, and no existing object was"))
    let created = try await fixture.client.post(Fixture.path, Fixture.widget("a"))
    #expect(created.status == 201)
    let other = try await fixture.client.apply("\(path)?fieldManager=m&force=true", applied("u"))
    #expect(other.status == 422 && other.message.contains("metadata.uid: Invalid value"))
    let same = try await fixture.client.apply("\(path)?fieldManager=m&force=true", applied(created.body.uid))
    #expect(same.status == 200)
    await fixture.server.stop()
  }

  @Test func aCustomObjectWithoutReplicasHasNoScaleToRead() async throws {
    let fixture = try await Fixture()
    #expect(try await fixture.client.post(Fixture.path, Fixture.widget("a")).status == 201)
    let path = "\(Fixture.path)/a/scale"
    let unread = try await fixture.client.get(path)
    #expect(unread.status == 500)
    #expect(unread.message.contains("the spec replicas field \".spec.replicas\" does not exist"))
    #expect(try await fixture.client.merge(path, ["spec": ["replicas": 0]]).status == 200)
    #expect(try await fixture.client.get(path).status == 200)
    await fixture.server.stop()
  }
}
