import ExternalMetricsServer
import KubernetesAPI
import Synchronization

/// Objects and values for the API to serve, kept as an engine would: by namespace and ScaledObject.
final class TestMetrics: ExternalMetricsProvider {
  struct Object: Sendable {
    var name: String
    var labels: [String: String] = [:]
    var metrics: [String: Result<Quantity, ExternalMetricsError>]
  }

  static let readAt = Timestamp(seconds: 1_714_566_896)

  /// Namespaces and their objects.
  private let objects: [String: [Object]]
  /// Whether answers have to be waited for.
  private let isStale: Bool
  private let log = Mutex<[ExternalMetricsRequest]>([])

  init(_ objects: [String: [Object]] = TestMetrics.standard, isStale: Bool = false) {
    self.objects = objects
    self.isStale = isStale
  }

  var requests: [ExternalMetricsRequest] { log.withLock { $0 } }

  func metricsInMemory(for request: ExternalMetricsRequest) -> Result<[ExternalMetricSample], ExternalMetricsError>? {
    isStale ? nil : answer(request)
  }

  func metrics(for request: ExternalMetricsRequest) async -> Result<[ExternalMetricSample], ExternalMetricsError> {
    await Task.yield()
    return answer(request)
  }

  private func answer(_ request: ExternalMetricsRequest) -> Result<[ExternalMetricSample], ExternalMetricsError> {
    log.withLock { if $0.count < 1_000 { $0.append(request) } }
    let named = (objects[request.namespace] ?? []).compactMap { object in
      object.metrics.first { $0.key.lowercased() == request.metricName.lowercased() }.map { (object, $0.value) }
    }
    guard !named.isEmpty else { return .failure(.notFound("no matching metrics found for \(request.metricName)")) }
    var samples: [ExternalMetricSample] = []
    for (object, value) in named {
      let labels = [ScaledObject.nameLabel: object.name, "scaledObjectName": object.name]
      guard request.selector.matches(object.labels.merging(labels) { $1 }) else { continue }
      switch value {
      case .failure(let error): return .failure(error)
      case .success(let value):
        samples.append(
          ExternalMetricSample(
            metricName: request.metricName, labels: labels, timestamp: Self.readAt, value: value))
      }
    }
    if samples.isEmpty, request.scaledObjectName != nil {
      return .failure(.notFound("no matching metrics found for \(request.metricName)"))
    }
    return .success(samples)
  }

  static let standard: [String: [Object]] = [
    "ai-inference": [
      Object(
        name: "inference-worker", labels: ["team": "red", "tier": "1"],
        metrics: [
          "s0-redis-streams-orders": .success(Quantity(500)), "redis_stream_length": .success(Quantity(500)),
          "s1-fraction": .success(Quantity(milliValue: 2_500)),
        ]),
      Object(
        name: "batch", labels: ["team": "blue", "tier": "2"],
        metrics: ["s0-redis-streams-jobs": .success(Quantity(7)), "redis_stream_length": .success(Quantity(7))]),
      Object(
        name: "broken",
        metrics: [
          "s0-down": .failure(.unavailable("redis: connection refused")),
          "s0-slow": .failure(.timedOut("no answer in 2 s")),
        ]),
    ],
    "other": [Object(name: "inference-worker", metrics: ["s0-redis-streams-orders": .success(Quantity(1))])],
  ]
}
