internal import KubernetesAPI
internal import TestSupport
internal import Testing

@testable internal import Triggers

/// `keda/triggers-cpu-memory.json`: the HPA metrics that cpu and memory triggers become.
@Suite("Resource triggers Conformance") struct ResourceTriggerConformanceTests {
  /// Case → heading in docs/differences-from-keda.md.
  static let differences = [
    "cpu-utilization-0": "Targets must be greater than zero",
    "memory-utilization-0": "Targets must be greater than zero",
    "memory-utilization-negative": "Targets must be greater than zero",
    "memory-average-negative": "Targets must be greater than zero",
  ]

  @Test func everyCase() throws {
    let cases = try ConformanceCases.load("keda/triggers-cpu-memory.json")
    if !ConformanceCases.isForeignDirectory {
      #expect(cases.count == 32)
      #expect(Set(Self.differences.keys).isSubset(of: cases.map(\.id)))
    }
    for item in cases {
      let item = TriggerCase(item)
      let isUseless = ConformanceCases.isForeignDirectory && item.hasUselessTarget
      let difference = Self.differences[item.id] ?? (isUseless ? "Targets must be greater than zero" : nil)
      guard case .resource(let trigger)? = item.accepted(difference) else { continue }
      let spec = item.item.expect["metricSpec"]
      #expect(trigger.hpaMetric.type == spec?["sourceType"]?.string, "\(item.id)")
      #expect(trigger.resourceName == spec?["resourceName"]?.string, "\(item.id)")
      #expect(trigger.containerName == spec?["container"]?.string, "\(item.id)")
      let metric = trigger.hpaMetric
      #expect((metric.resource?.name ?? metric.containerResource?.name) == spec?["resourceName"]?.string, "\(item.id)")
      #expect(metric.containerResource?.container == spec?["container"]?.string, "\(item.id)")
      let target = try #require(metric.resource?.target ?? metric.containerResource?.target, "\(item.id)")
      #expect(target.type == spec?["targetType"]?.string, "\(item.id)")
      if spec?["targetField"]?.string == "averageUtilization" {
        #expect(target.averageUtilization.map(String.init) == spec?["targetValue"]?.string, "\(item.id)")
        #expect(target.averageValue == nil, "\(item.id)")
      } else {
        #expect(target.averageValue?.description == spec?["targetValue"]?.string, "\(item.id)")
        #expect(target.averageUtilization == nil, "\(item.id)")
      }
    }
  }
}
