internal import Foundation
internal import Questions
internal import TestSupport

/// The objects that everything is measured with: `count` workers, each with a Redis stream of its own, all in one server.
struct Workers: Sendable {
  var count: Int

  static func name(_ index: Int) -> String { "worker-" + digits(index) }
  static func stream(_ index: Int) -> String { "stream-" + digits(index) }

  private static func digits(_ index: Int) -> String {
    let text = String(index)
    return String(repeating: "0", count: max(0, 5 - text.count)) + text
  }

  /// Where the metrics API serves a worker's metric, as an HPA asks for it.
  static func path(_ index: Int) -> String {
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/bench/s0-redis-streams-\(stream(index))"
      + "?labelSelector=scaledobject.keda.sh%2Fname%3D\(name(index))"
  }

  static func question(_ index: Int) -> Question {
    .redis(RedisQuestion([RedisCommand(["XPENDING", stream(index), "workers"], key: stream(index))]))
  }

  /// Gives each stream up to 24 entries that are delivered and not acknowledged.
  func fill(_ server: RedisServer) async throws {
    var commands: [[String]] = []
    for index in 0..<count {
      let stream = Self.stream(index)
      commands.append(["XGROUP", "CREATE", stream, "workers", "0", "MKSTREAM"])
      for entry in 0..<(index % 25) { commands.append(["XADD", stream, "*", "request", "\(entry)"]) }
      commands.append(["XREADGROUP", "GROUP", "workers", "bench", "COUNT", "100", "STREAMS", stream, ">"])
    }
    try await server.run(commands)
  }

  /// One file with a ScaledObject and a Deployment for each worker.
  func manifests(redis: String) -> String {
    (0..<count).map { index in
      """
      apiVersion: keda.sh/v1alpha1
      kind: ScaledObject
      metadata:
        name: \(Self.name(index))
        namespace: bench
      spec:
        scaleTargetRef:
          name: \(Self.name(index))
        pollingInterval: 30
        cooldownPeriod: 300
        minReplicaCount: 0
        maxReplicaCount: 50
        triggers:
        - type: redis-streams
          metadata:
            address: \(redis)
            stream: \(Self.stream(index))
            consumerGroup: workers
            pendingEntriesCount: "10"
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: \(Self.name(index))
        namespace: bench
      spec:
        replicas: 1

      """
    }.joined(separator: "---\n")
  }
}
