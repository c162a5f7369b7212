internal import Autoscaling
public import Engine
public import ExternalMetricsServer
internal import KubernetesAPI

/// The engine as the external metrics API sees it.
public struct EngineMetricsProvider: ExternalMetricsProvider {
  private let engine: ScaleEngine

  public init(engine: ScaleEngine) {
    self.engine = engine
  }

  public func metricsInMemory(
    for request: ExternalMetricsRequest
  ) -> Result<[ExternalMetricSample], ExternalMetricsError>? {
    let objects = objects(for: request)
    var samples: [Result<MetricSample, MetricUnavailable>] = []
    for object in objects {
      guard let known = engine.samplesInMemory(of: object, named: request.metricName) else { return nil }
      samples += known
    }
    return Self.answer(samples, to: request)
  }

  public func metrics(
    for request: ExternalMetricsRequest
  ) async -> Result<[ExternalMetricSample], ExternalMetricsError> {
    let objects = objects(for: request)
    if objects.count == 1 {
      return Self.answer(await engine.samples(of: objects[0], named: request.metricName), to: request)
    }
    let samples = await withTaskGroup { group in
      for object in objects { group.addTask { await engine.samples(of: object, named: request.metricName) } }
      return await group.reduce(into: []) { $0 += $1 }
    }
    return Self.answer(samples, to: request)
  }

  /// One object when the selector names it, as HPAs do; otherwise those of the namespace whose labels it matches.
  private func objects(for request: ExternalMetricsRequest) -> [ManagedObject] {
    if let name = request.scaledObjectName {
      guard let object = engine.object(ObjectKey(namespace: request.namespace, name: name)),
        request.selector.requirements.count == 1 || request.selector.matches(object.plan.labels)
      else { return [] }
      return [object]
    }
    return engine.objects(in: request.namespace).filter { object in
      object.hasMetric(named: request.metricName)
        && (request.selector.isEmpty || request.selector.matches(object.plan.labels))
    }
  }

  private static func answer(
    _ results: [Result<MetricSample, MetricUnavailable>], to request: ExternalMetricsRequest
  ) -> Result<[ExternalMetricSample], ExternalMetricsError> {
    guard !results.isEmpty else {
      return .failure(
        .notFound(
          "no matching metrics found for \(shortened(request.metricName)) in namespace \(shortened(request.namespace))")
      )
    }
    var samples: [ExternalMetricSample] = []
    for result in results {
      switch result {
      case .success(let sample):
        samples.append(
          ExternalMetricSample(
            metricName: sample.metricName,
            labels: [ScaledObject.nameLabel: sample.object.name, "scaledObjectName": sample.object.name],
            timestamp: sample.readAt, value: sample.value))
      case .failure(let unavailable):
        // An HPA must not take the known part of a metric for the whole; a list over objects shows what is known.
        guard request.scaledObjectName == nil else {
          return .failure(
            .unavailable("metric:\(unavailable.metricName) encountered error: \(unavailable.reason.message)"))
        }
      }
    }
    guard !samples.isEmpty else {
      let reason = results.lazy.compactMap {
        if case .failure(let failure) = $0 { failure.reason.message } else { nil }
      }.first
      return .failure(.unavailable(reason ?? "no value is known"))
    }
    return .success(samples)
  }
}
