import Autoscaling
import Engine
import Foundation
import KubernetesAPI
import TestSupport
import Testing

/// The JSON line of a decision.
@Suite(.timeLimit(.minutes(1))) struct DecisionRecordTests {
  static func json(_ value: some Encodable) throws -> JSONValue {
    try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
  }

  @Test func everyFieldUnderItsName() throws {
    let record = DecisionRecord(
      time: Timestamp(seconds: 1_767_225_600) + .milliseconds(1_250), key: Samples.key(), author: .scaleLoop,
      isActive: true, currentReplicas: 0, desiredReplicas: 50, scaledTo: 1,
      reasons: [.activated(metric: "s0-redis-streams-jobs", others: 0, from: 0, to: 1)],
      triggers: [
        .init(metricName: "s0-redis-streams-jobs", value: 500, unknown: nil, target: "10", isActive: true),
        .init(metricName: "s1-kafka-t", value: nil, unknown: "connection refused", target: "2500m", isActive: false),
      ])
    let expected: JSONValue = .object([
      "time": .string("2026-01-01T00:00:01.250Z"), "namespace": .string("shop"), "name": .string("orders"),
      "author": .string("scaleLoop"), "active": .bool(true), "currentReplicas": .integer(0),
      "desiredReplicas": .integer(50), "scaledTo": .integer(1),
      "reasons": .array([
        .object([
          "code": .string("activated"),
          "message": .string(
            "from 0 to 1 because s0-redis-streams-jobs is above the activation threshold or falling back"),
        ])
      ]),
      "triggers": .array([
        .object([
          "metricName": .string("s0-redis-streams-jobs"), "value": .integer(500), "target": .string("10"),
          "active": .bool(true),
        ]),
        .object([
          "metricName": .string("s1-kafka-t"), "unknown": .string("connection refused"), "target": .string("2500m"),
          "active": .bool(false),
        ]),
      ]),
    ])
    #expect(try Self.json(record) == expected)
  }

  @Test func nothingWrittenIsNullAndNotLeftOut() throws {
    let json = try Self.json(JournalTests.record(at: 0, by: .hpa))
    #expect(json["scaledTo"] == .null)
    #expect(json["author"] == .string("hpa"))
    #expect(
      Set(json.object?.keys ?? [:].keys) == [
        "time", "namespace", "name", "author", "active", "currentReplicas", "desiredReplicas", "scaledTo", "reasons",
        "triggers",
      ])
  }

  @Test func aSnapshotHasItsPlaceForEverything() async throws {
    try await EngineRig.run { rig in
      rig.sources["jobs"] = 25
      try await rig.start(Samples.object([Samples.stream("jobs"), Samples.cpu], max: 20))
      let json = try Self.json(try rig.snapshot())
      #expect(json["scaleTarget"] == .string("apps/v1/Deployment/orders"))
      #expect(json["currentReplicas"] == .integer(1))
      #expect(json["desiredReplicas"] == .integer(3))
      #expect(json["active"] == .bool(true) && json["paused"] == .bool(false) && json["fallback"] == .bool(false))
      #expect(json["minReplicas"] == .integer(0) && json["maxReplicas"] == .integer(20))
      let trigger = json["triggers"]?.array?.first
      #expect(trigger?["metricName"] == .string("s0-redis-streams-jobs"))
      #expect(trigger?["alias"] == .string("redis_stream_length"))
      #expect(trigger?["value"] == .integer(25))
      #expect(trigger?["readAt"] == .string("2026-01-01T00:00:00.000Z"))
      #expect(json["triggers"]?.array?.last?["unknown"] == .string("decided by the HPA"))
    }
  }
}
