public import Autoscaling
public import KubernetesAPI
internal import Polling

/// One value as the metrics API gives it out.
public struct MetricSample: Sendable, Hashable {
  public var object: ObjectKey
  /// As KEDA names it, whatever alias was asked for.
  public var metricName: String
  public var value: Quantity
  /// When the source was read.
  public var readAt: Timestamp
}

/// Why there is no value to give out.
public struct MetricUnavailable: Error, Sendable, Hashable {
  public var object: ObjectKey
  public var metricName: String
  public var reason: UnknownReason
}

/// What the metrics API serves: readings from memory, read again when they are too old.
extension ScaleEngine {
  /// What is known of a metric without asking anybody; nil when the reading is too old and a new one should be had.
  /// - Parameter name: a metric's name or alias, in any case.
  /// - Returns: one result for each of the object's metrics of that name, usually one; empty when there is none.
  public func samplesInMemory(
    of object: ManagedObject, named name: String
  ) -> [Result<MetricSample, MetricUnavailable>]? {
    let metrics = object.metrics(named: name)
    let now = time.now()
    guard metrics.allSatisfy({ isFresh($0, now: now) }) else { return nil }
    readAhead.noteRead(metrics, of: object.key, at: now)
    return metrics.map { sample($0, of: object) }
  }

  /// The same, after reading again what is too old. Never takes longer than `EngineConfiguration.readDeadline`: what has
  /// not come by then is answered with the reading before.
  public func samples(
    of object: ManagedObject, named name: String
  ) async -> [Result<MetricSample, MetricUnavailable>] {
    let now = time.now()
    let deadline = now + configuration.readDeadline
    let metrics = object.metrics(named: name)
    readAhead.noteRead(metrics, of: object.key, at: now)
    let stale = metrics.filter { !isFresh($0, now: now) }
    // A fallback may depend on the target, which only decisions look at otherwise.
    if !stale.isEmpty, !isDeciding, object.plan.scaling.fallback != nil,
      let state = try? await targets.state(of: object.plan.target)
    {
      object.observe(state)
    }
    if stale.count == 1, let metric = stale.first {
      await readAgain(object, trigger: metric.trigger, deadline: deadline)
    } else if !stale.isEmpty {
      await withDiscardingTaskGroup { group in
        for metric in stale {
          group.addTask { await self.readAgain(object, trigger: metric.trigger, deadline: deadline) }
        }
      }
    }
    return object.metrics(named: name).map { sample($0, of: object) }
  }

  private func isFresh(_ metric: ServedMetric, now: Timestamp) -> Bool {
    guard let reading = metric.reading else { return false }
    // Where nobody polls, a cached metric is as old as polls would let it become.
    let isCached = metric.usesCachedMetrics && (isDeciding || now - reading.observedAt <= metric.pollingInterval)
    return isCached || now - reading.observedAt <= configuration.freshness
  }

  private func sample(_ metric: ServedMetric, of object: ManagedObject) -> Result<MetricSample, MetricUnavailable> {
    if let reading = metric.reading, let quantity = metric.evaluation?.effective.quantity {
      return .success(
        MetricSample(object: object.key, metricName: metric.name, value: quantity, readAt: reading.observedAt))
    }
    let reason = metric.evaluation?.effective.unknownReason
    return .failure(
      MetricUnavailable(
        object: object.key, metricName: metric.name,
        reason: reason ?? UnknownReason(code: "notRead", message: "not read yet")))
  }
}
