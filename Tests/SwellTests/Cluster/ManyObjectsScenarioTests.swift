internal import Foundation
internal import KubernetesAPI
internal import Testing

@testable internal import TestSupport

/// Scenario 6: many objects under constant load. SWELL_TEST_OBJECTS says how many: 1000 as in the issue, fewer by default.
@Suite(.serialized) struct ManyObjectsScenarioTests {
  private static let count =
    ProcessInfo.processInfo.environment["SWELL_TEST_OBJECTS"].flatMap { Int($0) } ?? 100
  private static let isLarge = count >= 1_000

  /// Ten seconds is what the release build has to keep.
  private static var limit: Duration {
    #if DEBUG
      .seconds(60)
    #else
      .seconds(10)
    #endif
  }

  @Test func constantLoadWritesNothing() async throws {
    let rig = try await ClusterRig.start(hpaPeriod: .seconds(5))
    let swell = try await rig.swell([])
    try await swell.waitUntilItLeads()
    let names = (0..<Self.count).map { "work-\($0)" }
    try await rig.redis.run(
      names.enumerated().map { index, name in
        // Every third one is empty, the others have work for one to five replicas.
        let count = index % 3 == 0 ? 0 : 10 * (index % 5 + 1)
        return [
          "EVAL", "for i = 1, \(count) do redis.call('XADD', KEYS[1], '*', 'n', i) end return 0", "1", name,
        ]
      })
    for (index, name) in names.enumerated() {
      try rig.deployment(name, replicas: index % 3 == 0 ? 0 : Int32(index % 5 + 1))
    }
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, name) in names.enumerated() {
        if index >= 8 { try await group.next() }
        group.addTask { try await rig.apply(manifest(name, rig)) }
      }
      try await group.waitForAll()
    }
    let applied = start.duration(to: .now)
    try await eventually("all are Ready and have an HPA", within: .seconds(120), every: .milliseconds(50)) {
      try rig.objects.list("horizontalpodautoscalers", in: rig.namespace).count == Self.count
        && rig.objects.list("scaledobjects", in: rig.namespace).allSatisfy { has("Ready", $0) }
    }
    let ready = start.duration(to: .now)
    print("\(Self.count) ScaledObjects: applied in \(applied), all Ready with HPA after \(ready)")
    #expect(ready <= Self.limit * TestCluster.patience, "\(Self.count) ScaledObjects were Ready after \(ready)")
    for (request, count) in requests(rig) { print("  \(count) × \(request)") }

    try await eventually("the HPAs have looked, too", within: .seconds(90), every: .milliseconds(200)) {
      try rig.objects.list("scaledobjects", in: rig.namespace).allSatisfy { has("HPAActive", $0) }
    }
    try await waitUntilQuiet(rig)
    let (settled, before) = (rig.requests?.count ?? 0, try rig.footprint())
    let end = ContinuousClock.now + .seconds(Self.isLarge ? 60 : 20)
    try await eventually("the time is over", within: .seconds(90), every: .milliseconds(200)) {
      ContinuousClock.now >= end
    }
    #expect(try await rig.writes(from: settled).map(\.line) == [])
    #expect(try rig.footprint() == before)
    let requests = (rig.requests?.entries(from: settled) ?? []).filter { $0.user.contains(":swell-system:") }
    let leases = requests.filter { $0.resource.hasPrefix("leases.") }
    print("requests in steady state: \(requests.count), \(leases.count) of them for the Lease")
    #expect(try await rig.scalings() == [], "there was no reason to scale")
    await swell.stop()
    await rig.stop()
  }

  /// Swell's requests by kind, the most frequent first.
  private func requests(_ rig: ClusterRig) -> [(String, Int)] {
    let all = (rig.requests?.entries ?? []).filter { $0.user.contains(":swell-system:") }
    return Dictionary(all.map { ("\($0.verb) \($0.resource)", 1) }, uniquingKeysWith: +)
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
  }

  private func has(_ condition: String, _ object: JSONValue) -> Bool {
    object["status", "conditions"]?.items?.contains { $0["type"]?.text == condition && $0["status"] == "True" } ?? false
  }

  /// With KEDA's default polling interval of 30 s.
  private func manifest(_ name: String, _ rig: ClusterRig) -> JSONValue {
    [
      "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
      "metadata": ["name": .string(name), "namespace": .string(rig.namespace)],
      "spec": [
        "scaleTargetRef": ["name": .string(name)], "minReplicaCount": 0, "maxReplicaCount": 10,
        "triggers": [
          [
            "type": "redis-streams",
            "metadata": [
              "address": .string(rig.redis.address), "stream": .string(name), "streamLength": "10",
            ],
          ]
        ],
      ],
    ]
  }
}
