import Foundation
import Telemetry
import TestSupport
import Testing

@Suite struct CatalogueTests {
  @Test func namesAreUniqueAndValid() throws {
    let names = MetricFamily.all.map(\.name)
    #expect(Set(names).count == names.count)
    for family in MetricFamily.all {
      #expect(family.name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil, "\(family.name)")
      #expect(Set(family.labels).count == family.labels.count, "\(family.name)")
      for label in family.labels {
        #expect(label.wholeMatch(of: /[a-zA-Z][a-zA-Z0-9_]*/) != nil, "\(family.name) \(label)")
      }
      #expect(family.help.hasSuffix("."), "\(family.name)")
    }
  }

  /// Names that KEDA chose against Prometheus' conventions; dashboards know them, so they stay.
  static let unconventional: Set<String> = [
    "keda_trigger_registered_total", "keda_resource_registered_total", "keda_scaled_object_errors",
  ]

  @Test func promtoolAcceptsAnExpositionOfEverything() async throws {
    var writer = ExpositionWriter()
    for family in MetricFamily.all {
      writer.write(family) { series in
        for number in [3, 1, 2] {
          let labels = family.labels.map { "\($0) \(number) \"\\\n" }
          if family.kind == .histogram {
            var histogram = HistogramSnapshot(bounds: HistogramSnapshot.fineSecondsBounds)
            histogram.observe(Double(number))
            series.add(labels, histogram)
          } else {
            series.add(labels, Double(number) / 4)
          }
        }
      }
    }
    let (status, output) = try await promtool(["check", "metrics"], input: writer.text)
    // 3: readable, with remarks on style.
    #expect(status == 0 || status == 3, "\(output)")
    // Swell's own series have KEDA's labels, so that the two can be joined.
    for line in output.split(separator: "\n") where !line.contains("label names should be written in 'snake_case'") {
      let name = line.split(separator: " ").first.map(String.init) ?? ""
      #expect(Self.unconventional.contains(name), "\(line)")
    }
  }

  /// Proves that the test above would see a broken text.
  @Test func promtoolRefusesABrokenExposition() async throws {
    let (status, output) = try await promtool(["check", "metrics"], input: "# TYPE a gauge\na{b=\"c} 1\n")
    #expect(status == 1, "\(output)")
  }

  /// The reference is made from the catalogue: `SWELL_WRITE_DOCS=1 swift test --filter referenceIsUpToDate` writes it.
  @Test func referenceIsUpToDate() throws {
    let path = "docs/metrics.md"
    if ProcessInfo.processInfo.environment["SWELL_WRITE_DOCS"] != nil {
      try MetricReference.text.write(to: repository.appendingPathComponent(path), atomically: true, encoding: .utf8)
    }
    #expect(try file(path) == MetricReference.text)
  }

  /// What KEDA 2.20 serves of objects, triggers and its webhook: dashboards and alerts know these names and labels.
  @Test func metricsOfKEDAHaveItsNamesAndLabels() {
    let trigger = ["namespace", "metric", "scaledObject", "scaler", "triggerIndex", "type"]
    let expected: [(String, MetricFamily.Kind, [String])] = [
      ("keda_build_info", .gauge, ["version", "git_commit", "goversion", "goos", "goarch"]),
      ("keda_scaler_metrics_value", .gauge, trigger), ("keda_scaler_metrics_latency_seconds", .gauge, trigger),
      ("keda_scaler_active", .gauge, trigger), ("keda_scaler_detail_errors_total", .counter, trigger),
      ("keda_scaled_object_paused", .gauge, ["namespace", "scaledObject"]),
      ("keda_scaled_object_errors_total", .counter, ["namespace", "scaledObject"]),
      (
        "keda_scaler_empty_upstream_responses_total", .counter,
        ["namespace", "scaledResource", "triggerName", "metricName", "resourceType", "ignoreNullValues"]
      ),
      ("keda_trigger_registered_total", .gauge, ["type"]),
      ("keda_resource_registered_total", .gauge, ["type", "namespace"]),
      ("keda_internal_scale_loop_latency_seconds", .gauge, ["namespace", "type", "resource"]),
      (
        "keda_scaler_http_requests_total", .counter,
        ["namespace", "scaled_resource", "scaler", "trigger_name", "metric_name", "status_code"]
      ),
      ("keda_scaler_http_request_duration_seconds", .histogram, ["scaler", "status_code"]),
      ("keda_webhook_scaled_object_validations_total", .counter, ["namespace", "action"]),
      ("keda_webhook_scaled_object_validation_errors_total", .counter, ["namespace", "action", "reason"]),
    ]
    for (name, kind, labels) in expected {
      let family = MetricFamily.all.first { $0.name == name }
      #expect(family?.kind == kind && family?.labels == labels, "\(name)")
    }
  }

  @Test func tenThousandObjectsAreWrittenQuickly() {
    let clock = ContinuousClock()
    var writer = ExpositionWriter(reservingCapacity: 20_000_000)
    let labels = (0..<10_000).map { index in
      let name = String(format: "orders-%05d", index)
      return ["production", "s0-redis-streams-\(name)", name, "redisStreamsScaler", "0", "scaledobject"]
    }
    let duration = clock.measure {
      for family in MetricFamily.all where family.labels == MetricFamily.triggerLabels {
        writer.write(family) { series in
          for (index, labels) in labels.enumerated() { series.add(labels, Double(index)) }
        }
      }
    }
    #expect(writer.bytes.count > 7_000_000)
    // A debug build on a busy machine; an optimized one takes a hundredth of this.
    #expect(duration < .seconds(30))
  }
}
