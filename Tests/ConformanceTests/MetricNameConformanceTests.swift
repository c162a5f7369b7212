internal import KubernetesAPI
internal import TestSupport
internal import Testing
internal import Triggers

/// `keda/metric-names.json`: how metrics are called. The names of cron triggers wait for cron triggers.
@Suite("Metric names Conformance") struct MetricNameConformanceTests {
  @Test func everyCase() throws {
    let cases = try ConformanceCases.load("keda/metric-names.json")
    if !ConformanceCases.isForeignDirectory { #expect(cases.count == 54) }
    for item in cases {
      let raw = try #require(item.input["raw"]?.string, "\(item.id)")
      let index = Int(clamping: item.input["index"]?.integer ?? 0)
      switch item.input["fn"]?.string {
      case "NormalizeString":
        #expect(MetricName.normalized(raw).isExactly(item.expect["normalized"]?.string), "\(item.id)")
      case "GenerateMetricNameWithIndex":
        #expect(MetricName.indexed(raw, by: index).isExactly(item.expect["metricName"]?.string), "\(item.id)")
      case "NormalizeThenIndex":
        let name = MetricName.indexed(MetricName.normalized(raw), by: index)
        #expect(name.isExactly(item.expect["metricName"]?.string), "\(item.id)")
      case "RemoveIndexFromMetricName":
        #expect(MetricName.withoutIndex(raw, index) == item.expect["metricName"]?.string, "\(item.id)")
      case "parseCronTimeFormat":
        #expect(!TriggerTypes.names.contains("cron"), "\(item.id): cron triggers exist, so test their names")
      case let function:
        Issue.record("\(item.id): unknown function \(function ?? "")")
      }
    }
  }
}

extension String {
  /// Equal byte for byte.
  fileprivate func isExactly(_ other: String?) -> Bool { other.map { Array(utf8) == Array($0.utf8) } ?? false }
}
