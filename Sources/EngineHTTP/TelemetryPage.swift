public import Engine
internal import KubernetesAPI
internal import Polling
internal import Questions
public import Telemetry

/// Renders `/metrics` from what the engine knows at the moment of the scrape. Nothing is kept for it but counters.
public struct TelemetryPage: Sendable {
  private let engine: ScaleEngine
  private let apiRequests: LabelledHistogram
  private let build: BuildFacts
  private let inventory: @Sendable () -> ResourceInventory?
  private let more: @Sendable (inout ExpositionWriter) -> Void

  /// - Parameters:
  ///   - apiRequests: durations of requests to the metrics API, seconds, by resource and status.
  ///   - inventory: what there is besides the engine's objects; nil where the engine has everything.
  ///   - more: writes what else there is to tell where the engine runs.
  public init(
    engine: ScaleEngine, apiRequests: LabelledHistogram,
    inventory: @escaping @Sendable () -> ResourceInventory? = { nil },
    more: @escaping @Sendable (inout ExpositionWriter) -> Void = { _ in }
  ) {
    self.inventory = inventory
    self.more = more
    self.engine = engine
    self.apiRequests = apiRequests
    build = BuildFacts()
  }

  public func render() -> String {
    // A replica that does not decide knows only what it was asked for: its series would contradict those of the one that
    // does.
    let objects = engine.isDeciding ? engine.objects.map(\.snapshot) : []
    var writer = ExpositionWriter(reservingCapacity: 16_384 + objects.count * 4_096)
    build.write(to: &writer)
    writeTriggers(objects.flatMap(TriggerSeries.all), to: &writer)
    let inventory = engine.isDeciding ? inventory() ?? ResourceInventory(of: objects) : ResourceInventory()
    writeObjects(objects, inventory, to: &writer)
    writeSources(to: &writer)
    writer.write(.apiRequestDuration) { series in
      for (labels, snapshot) in apiRequests.snapshots { series.add(labels, snapshot) }
    }
    more(&writer)
    ProcessMetrics.current.write(to: &writer)
    return writer.text
  }

  private func writeTriggers(_ triggers: [TriggerSeries], to writer: inout ExpositionWriter) {
    let external = triggers.filter(\.trigger.isExternal)
    for family in [MetricFamily.kedaScalerMetricsValue, .olderMetricValue] {
      writer.write(family) { series in
        for entry in external {
          if let value = entry.trigger.value { series.add(entry.labels(of: family), value) }
        }
      }
    }
    writer.write(.olderMetricValueTimestamp) { series in
      for entry in external {
        guard let readAt = entry.trigger.lastValueAt else { continue }
        series.add(entry.labels(of: .olderMetricValueTimestamp), readAt.secondsSinceEpoch)
      }
    }
    writer.write(.kedaScalerMetricsLatency) { series in
      for entry in external { if let latency = entry.trigger.latencySeconds { series.add(entry.labels, latency) } }
    }
    writer.write(.kedaScalerActive) { series in
      for entry in triggers { series.add(entry.labels, entry.trigger.isActive ? 1 : 0) }
    }
    for family in [MetricFamily.kedaScalerDetailErrors, .olderScalerErrors] {
      writer.write(family) { series in
        for entry in external { series.add(entry.labels, Double(entry.trigger.errors)) }
      }
    }
    writer.write(.kedaEmptyUpstreamResponses) { series in
      for entry in external where entry.trigger.emptyAnswers > 0 {
        series.add(entry.emptyAnswerLabels, Double(entry.trigger.emptyAnswers))
      }
    }
    writer.write(.kedaHTTPRequests) { series in
      for entry in external {
        for (status, count) in entry.trigger.httpOutcomes {
          series.add(entry.httpLabels(status: status), Double(count))
        }
      }
    }
    writer.write(.kedaHTTPRequestDuration) { series in
      for (key, durations) in engine.statistics.counts.httpDurations {
        let bounds = EngineStatistics.HTTPDurations.bounds
        series.add(
          [key.triggerType, key.status], HistogramSnapshot(bounds: bounds, counts: durations.counts, sum: durations.sum)
        )
      }
    }
    let now = engine.now
    writer.write(.readingAge) { series in
      for entry in external {
        if let valueAt = entry.trigger.lastValueAt { series.add(entry.readingLabels, (now - valueAt).inSeconds) }
      }
    }
    writer.write(.readingKnown) { series in
      for entry in external { series.add(entry.readingLabels, entry.trigger.isKnown ? 1 : 0) }
    }
  }

  private func writeObjects(
    _ objects: [ObjectSnapshot], _ inventory: ResourceInventory, to writer: inout ExpositionWriter
  ) {
    let known = Set(objects.map(\.key))
    /// Those that the engine does not have: nothing can be read for them.
    let others = inventory.objects.filter { !known.contains($0.key) }
    let failures = Dictionary(
      inventory.objects.lazy.filter { $0.failures > 0 }.map { ($0.key, $0.failures) }, uniquingKeysWith: max)
    func each(
      _ family: MetricFamily, _ value: (ObjectSnapshot) -> Double?,
      other: (ResourceInventory.Object) -> Double? = { _ in nil }
    ) {
      writer.write(family) { series in
        for object in objects {
          if let value = value(object) { series.add([object.key.namespace, object.key.name], value) }
        }
        for object in others {
          if let value = other(object) { series.add([object.key.namespace, object.key.name], value) }
        }
      }
    }
    each(.kedaScaledObjectPaused, { $0.hasPause ? 1 : 0 }, other: { $0.isPaused ? 1 : 0 })
    for family in [MetricFamily.kedaScaledObjectErrors, .olderScaledObjectErrors] {
      each(family, { Double($0.errors) + Double(failures[$0.key] ?? 0) }, other: { Double($0.failures) })
    }
    each(.objectReady, { $0.isReady ? 1 : 0 }, other: { $0.isPaused ? nil : 0 })
    each(.currentReplicas) { $0.replicas.map { Double($0.specReplicas) } }
    each(.desiredReplicas) { $0.desiredReplicas.map(Double.init) }
    each(.minReplicas) { Double($0.minReplicas) }
    each(.maxReplicas) { Double($0.maxReplicas) }
    each(.fallbackActive) { $0.isFallbackActive ? 1 : 0 }
    each(.pollingInterval) { $0.pollingInterval.inSeconds }
    for (family, unit) in [(MetricFamily.kedaScaleLoopLatency, 1.0), (.olderScaleLoopLatency, 1000.0)] {
      writer.write(family) { series in
        for object in objects {
          series.add([object.key.namespace, "scaledobject", object.key.name], object.lateness.inSeconds * unit)
        }
      }
    }
    write(.kedaTriggerRegistered, counts: inventory.objects.flatMap { $0.triggerTypes.map { [$0] } }, to: &writer)
    write(
      .kedaResourceRegistered,
      counts: inventory.objects.map { ["scaled_object", $0.key.namespace] }
        + inventory.authenticationNamespaces.map { ["trigger_authentication", $0] }
        // As KEDA has it for what is in no namespace.
        + (0..<max(0, inventory.clusterAuthentications)).map { _ in ["cluster_trigger_authentication", "default"] },
      to: &writer)
    let states =
      objects.map { $0.isPaused ? "paused" : $0.isActive ? "active" : "inactive" }
      + others.map { $0.isPaused ? "paused" : "invalid" }
    write(.objectCount, counts: states.map { [$0] }, to: &writer)
    let counts = engine.statistics.counts
    writer.write(.decisions) { series in
      for (reason, count) in counts.decisions { series.add([reason], Double(count)) }
    }
    writer.write(.scaleWrites, Double(counts.scaleWrites))
  }

  /// One series for each different set of labels, with how often it occurs.
  private func write(_ family: MetricFamily, counts: [[String]], to writer: inout ExpositionWriter) {
    let counted = Dictionary(counts.map { ($0, 1.0) }, uniquingKeysWith: +)
    writer.write(family) { series in
      for (labels, count) in counted { series.add(labels, count) }
    }
  }

  private func writeSources(to writer: inout ExpositionWriter) {
    let lanes = engine.sources.open.map { (name: "\($0.endpoint)", lane: $0, statistics: $0.statistics) }
    // Endpoints that differ only in their credentials share a name.
    let byName = Dictionary(grouping: lanes, by: \.name)
    writer.write(.sourceConnections) { series in
      for (name, lanes) in byName { series.add([name], lanes.reduce(0) { $0 + Double($1.lane.openConnections) }) }
    }
    writer.write(.sourceErrors) { series in
      for (name, lanes) in byName {
        let errors = lanes.reduce(into: [:]) { $0.merge($1.statistics.errors, uniquingKeysWith: &+) }
        for (code, count) in errors { series.add([name, code.rawValue], Double(count)) }
      }
    }
    writer.write(.questionsPerRoundTrip) { series in
      for (name, lanes) in byName {
        guard let first = lanes.first?.statistics else { continue }
        let bounds = SourceStatistics.questionBuckets.map(Double.init)
        let counts = lanes.dropFirst().reduce(first.questionsPerRoundTrip) {
          zip($0, $1.statistics.questionsPerRoundTrip).map(&+)
        }
        let sum = lanes.reduce(0.0) { $0 + Double($1.statistics.questions) }
        series.add([name], HistogramSnapshot(bounds: bounds, counts: counts, sum: sum))
      }
    }
    writer.write(.sourceRoundTrip) { series in
      for (name, lanes) in byName { series.add([name], lanes.map(\.statistics.lastRoundTripSeconds).max() ?? 0) }
    }
  }
}
