internal import Foundation
internal import KubernetesAPI
internal import Testing

@testable internal import TestSupport

/// What goes wrong with the API server during a rehearsal.
struct Disturbance: Sendable, CustomTestStringConvertible {
  var testDescription: String
  /// Starts it. What it starts and does not end by itself, `removeAll()` of the server's faults ends.
  var begin: @Sendable (TestAPIServer) async throws -> Void
  /// Done again and again while it lasts.
  var again: @Sendable (TestAPIServer) async throws -> Void = { _ in }
  var end: @Sendable (TestAPIServer) async throws -> Void = { _ in }

  /// SWELL_TEST_FAULT_SECONDS: how long each lasts.
  static var seconds: Int {
    ProcessInfo.processInfo.environment["SWELL_TEST_FAULT_SECONDS"].flatMap { Int($0) } ?? 7
  }
}

/// One run of the same changes of load and of objects, whatever goes wrong meanwhile, and how it ended.
struct FaultRehearsal {
  struct Outcome: Sendable {
    /// Everything that Swell is responsible for, as text.
    var state: [String]
    var steps: [String: [Int64]]
    var log: String
  }

  private static let before = ["busy", "quiet", "leaving", "held", "edited", "fading"]
  private let rig: ClusterRig
  private let swell: ClusterSwell
  private let history: ReplicaHistory

  /// The rehearsal without a disturbance, once for all.
  static let undisturbed = Task { try await run(nil, expecting: nil) }

  /// - Parameter expecting: the state to wait for at the end; nil takes the one that has been reached when Swell is quiet.
  static func run(_ disturbance: Disturbance?, expecting: [String]?) async throws -> Outcome {
    let rig = try await ClusterRig.start()
    let history = try await ReplicaHistory(rig)
    let server = try #require(rig.server)
    let swell = try await rig.swell([])
    let rehearsal = FaultRehearsal(rig: rig, swell: swell, history: history)
    try await rehearsal.settle()
    try await disturbance?.begin(server)
    try await rehearsal.change()
    if let disturbance {
      let end = ContinuousClock.now + .seconds(Disturbance.seconds)
      try await eventually("the time is over", within: .seconds(120), every: .milliseconds(250)) {
        try await disturbance.again(server)
        return ContinuousClock.now >= end
      }
      server.faults.removeAll()
      try await disturbance.end(server)
    }
    let outcome = try await rehearsal.finish(expecting)
    await swell.stop()
    await rig.stop()
    return outcome
  }

  /// The cluster before anything goes wrong.
  private func settle() async throws {
    for name in Self.before + ["late"] { try await rig.makeStreams(name) }
    for (name, entries) in [("busy", 25), ("leaving", 12), ("held", 12), ("edited", 500), ("fading", 12)] {
      try await rig.stream(name).deliver(entries)
    }
    for (name, replicas) in [("busy", 3), ("quiet", 0), ("leaving", 2), ("held", 2), ("edited", 5), ("fading", 2)] {
      try rig.deployment(name, replicas: Int32(replicas))
    }
    try rig.deployment("late", replicas: 0)
    for name in Self.before where name != "edited" {
      try await rig.apply(rig.manifest(name, spec: ["cooldownPeriod: 2"]))
    }
    try await rig.apply(edited(maximum: "5"))
    try await swell.waitUntil("all is settled") {
      try Self.before.filter { $0 != "quiet" }.allSatisfy { try rig.condition("HPAActive", of: $0) == "True HPAActive" }
        && rig.condition("Active", of: "quiet") == "False ScalerNotActive"
    }
  }

  private func edited(maximum: String) -> String {
    rig.inNamespace(
      Manifest.redis(
        "edited", maximum: maximum, address: rig.redis.address, stream: "edited", target: "\"10\"",
        spec: ["cooldownPeriod: 2"]))
  }

  /// What users and work do meanwhile.
  private func change() async throws {
    try await rig.stream("busy").deliver(30)
    try await rig.stream("quiet").deliver(12)
    try await rig.stream("late").deliver(5)
    try await rig.stream("fading").acknowledgeAll()
    try rig.delete(scaledObject: "leaving")
    try rig.objects.change("scaledobjects", "held", in: rig.namespace) {
      $0["metadata", "annotations"] = ["autoscaling.keda.sh/paused": "true"]
    }
    try await rig.apply(edited(maximum: "7"))
    try await rig.apply(rig.manifest("late", spec: ["cooldownPeriod: 2"]))
  }

  private func finish(_ expected: [String]?) async throws -> Outcome {
    if let expected {
      do {
        try await eventually("the end state", within: .seconds(90), every: .milliseconds(100)) {
          try state() == expected
        }
      } catch {
        let (now, then) = (try state(), expected)
        let wrong = now.filter { !then.contains($0) }.map { "is      \($0)" }
        let missing = then.filter { !now.contains($0) }.map { "must be \($0)" }
        throw Unexpected("\(error)\n\((wrong + missing).joined(separator: "\n"))\n\(swell.log.suffix(6_000))")
      }
    } else {
      try await swell.waitUntil("all has been done") {
        try rig.scaledObject("leaving") == nil && rig.replicas(of: "busy") == 6 && rig.replicas(of: "quiet") == 2
          && rig.replicas(of: "edited") == 7 && rig.replicas(of: "late") == 1 && rig.replicas(of: "fading") == 0
          && rig.hpa("keda-hpa-held") == nil && rig.condition("HPAActive", of: "late") == "True HPAActive"
          && rig.condition("Active", of: "fading") == "False ScalerNotActive"
      }
      try await waitUntilQuiet(rig)
    }
    var steps: [String: [Int64]] = [:]
    for name in Self.before + ["late"] { steps[name] = history.of(name) }
    return Outcome(state: try state(), steps: steps, log: swell.log)
  }

  /// Without times, uids and versions.
  private func state() throws -> [String] {
    var lines: [String] = []
    for object in try rig.objects.list("deployments", in: rig.namespace) {
      lines.append("\(object.name) has \(object["spec", "replicas"]?.int ?? -1) replicas")
    }
    for object in try rig.objects.list("scaledobjects", in: rig.namespace) {
      let name = object.name
      lines.append("\(name) finalizers \(object.finalizers) labels \(object.labels.sorted { $0.key < $1.key })")
      for (field, value) in object["status"]?.fields ?? [:] where field != "lastActiveTime" {
        guard field == "conditions" else {
          lines.append("\(name) \(field) \(JSONText.text(value))")
          continue
        }
        for condition in value.items ?? [] {
          lines.append("\(name) condition \(JSONText.text(condition))")
        }
      }
    }
    for object in try rig.objects.list("horizontalpodautoscalers", in: rig.namespace) {
      let owner = object["metadata", "ownerReferences"]?[0]?["name"]?.text ?? "nobody"
      let labels = object.labels.sorted { $0.key < $1.key }
      lines.append("HPA \(object.name) of \(owner) \(JSONText.text(object["spec"] ?? .null)) \(labels)")
    }
    return lines.sorted()
  }
}
