extension HPAAlgorithm {
  /// What the metrics ask for, each and together, whatever the bounds, rates and history are.
  public func verdict(on observation: HPAObservation) -> HPAMetricsVerdict {
    let calculator = HPAReplicaCalculator(observation, tolerance: tolerance)
    return HPAMetricsVerdict(observation.metrics.map(calculator.status), specReplicas: observation.specReplicas)
  }

  /// Puts the verdict into `sync`: the metrics, `ScalingActive`, the error, and the reasons where no count may be
  /// computed.
  ///
  /// - Returns: the proposal; `nil` when replicas stay as they are.
  func apply(_ verdict: HPAMetricsVerdict, _ observation: HPAObservation, to sync: inout HPAEvaluation) -> Int32? {
    sync.metrics = verdict.metrics
    sync.error = verdict.error
    if let condition = verdict.scalingActive { sync.memory.conditions.scalingActive = condition }
    switch verdict.outcome {
    case .proposes(let replicas, let metric):
      sync.proposal = replicas
      sync.chosenMetric = metric
      let wanted = max(0, replicas)
      if wanted > sync.currentReplicas {
        sync.rescaleCause = .metricAboveTarget(metric)
      } else if wanted < sync.currentReplicas {
        sync.rescaleCause = .allMetricsBelowTarget
      }
      return replicas
    case .noMetrics:
      sync.path = .failed
      sync.reasons = [.noMetrics]
    case .allFailed:
      sync.path = .failed
      sync.reasons = reasonsOfMetrics(sync, readyPods: observation.readyPods)
      sync.reasons.insert(.allMetricsUnknown(count: verdict.metrics.count), at: 0)
    case .blocksScaleDown(let wanted):
      sync.path = .failed
      sync.reasons = reasonsOfMetrics(sync, readyPods: observation.readyPods)
      let first = verdict.metrics.first { $0.failure != nil }
      if let first, let failure = first.failure {
        let reason = HPAReason.unknownBlocksScaleDown(
          metric: first.name, failure, current: sync.currentReplicas, wanted: max(0, wanted))
        sync.reasons.insert(reason, at: 0)
      }
    }
    return nil
  }

  /// What each metric says: the one that decided first, then the other known ones, then the unknown ones.
  func reasonsOfMetrics(_ sync: HPAEvaluation, readyPods: Int) -> [HPAReason] {
    var chosen: [HPAReason] = []
    var known: [HPAReason] = []
    var unknown: [HPAReason] = []
    for status in sync.metrics {
      switch status.outcome {
      case .failed(let failure): unknown.append(.metricUnknown(metric: status.name, failure))
      case .proposes(let replicas):
        let reason = reason(of: status, proposing: replicas, readyPods: readyPods)
        if chosen.isEmpty, status.name == sync.chosenMetric, replicas == sync.proposal {
          chosen.append(reason)
        } else {
          known.append(reason)
        }
      }
    }
    return chosen + known + unknown
  }

  private func reason(of status: HPAMetricStatus, proposing replicas: Int32, readyPods: Int) -> HPAReason {
    if status.isWithinTolerance, let ratio = status.usageRatio {
      return .withinTolerance(
        metric: status.name, ratio: ratio, lowest: tolerance.lowerBound, highest: tolerance.upperBound,
        replicas: replicas)
    }
    if status.readsAsOverflow { return .negativeReadsAsOverflow(metric: status.name, replicas: replicas) }
    switch status.target {
    case .value(let target):
      return .totalTarget(
        metric: status.name, sum: status.sum ?? 0, target: target, readyPods: readyPods, replicas: replicas)
    case .averageValue(let target):
      return .perReplicaTarget(metric: status.name, sum: status.sum ?? 0, target: target, replicas: replicas)
    case .missing: return .metricUnknown(metric: status.name, .noTarget)
    }
  }
}
