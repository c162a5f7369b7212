internal import Autoscaling
internal import KubernetesAPI
internal import Testing

@Suite struct DesiredReplicasTests {
  struct Example: Sendable {
    var spec: ScalingSpec
    /// nil: unknown.
    var values: [Double?]
    var current: Int32 = 1
    var ready: Int32?
    var desired: Int32?
    var reasons: [String]
  }

  static let two = [Samples.metric("s0-redis", target: 5), Samples.metric("s1-kafka", index: 1, target: 100)]
  static let value = [Samples.metric("s0-a", target: 10, isValue: true)]

  static let examples = [
    Example(spec: Samples.spec(), values: [500], desired: 50, reasons: ["metricDecides", "alreadyActive"]),
    Example(spec: Samples.spec(), values: [0.001], desired: 1, reasons: ["metricDecides", "alreadyActive"]),
    Example(
      spec: Samples.spec(metrics: two), values: [100, 1500], desired: 20, reasons: ["metricDecides", "alreadyActive"]),
    Example(
      spec: Samples.spec(max: 20), values: [500], desired: 20,
      reasons: ["maxReplicaCount", "metricDecides", "alreadyActive"]),
    Example(
      spec: Samples.spec(min: 3), values: [5], current: 3, desired: 3,
      reasons: ["minReplicaCount", "metricDecides", "alreadyActive"]),
    // One known, one not: the known one may raise, but not lower.
    Example(
      spec: Samples.spec(metrics: two), values: [100, nil], current: 10, desired: 20,
      reasons: ["metricDecides", "triggerUnknown", "alreadyActive"]),
    Example(
      spec: Samples.spec(metrics: two), values: [100, nil], current: 30, desired: 30,
      reasons: ["unknownHoldsReplicas", "metricDecides", "triggerUnknown", "alreadyActive"]),
    Example(
      spec: Samples.spec(metrics: two), values: [nil, nil], current: 30, desired: 30,
      reasons: ["unknownBlocksScaleToZero", "triggerUnknown", "triggerUnknown"]),
    // cpu and memory are the HPA's.
    Example(
      spec: Samples.spec(min: 2, metrics: [], resources: ["cpu", "memory", "cpu"]), values: [], current: 4, desired: 4,
      reasons: ["decidedByHPA", "onlyResourceTriggers"]),
    Example(
      spec: Samples.spec(min: 2, resources: ["cpu"]), values: [55], current: 2, desired: 6,
      reasons: ["metricDecides", "decidedByHPA", "alreadyActive"]),
    // Value targets: the ratio times the ready pods.
    Example(
      spec: Samples.spec(metrics: value), values: [15], current: 4, ready: 4, desired: 6,
      reasons: ["metricDecides", "alreadyActive"]),
    Example(
      spec: Samples.spec(metrics: value), values: [15], current: 0, desired: 2, reasons: ["activated", "metricDecides"]),
    // Numbers from strangers.
    Example(
      spec: Samples.spec(), values: [1e300], desired: 100,
      reasons: ["maxReplicaCount", "metricDecides", "alreadyActive"]),
    Example(spec: Samples.spec(), values: [-1e300], current: 0, desired: 0, reasons: ["notActive"]),
    Example(
      spec: Samples.spec(metrics: [Samples.metric("s0-a", target: 0)]), values: [5], desired: nil,
      reasons: ["alreadyActive"]),
    Example(
      spec: Samples.spec(min: 9, max: 3), values: [1], current: 9, desired: 9,
      reasons: ["minReplicaCount", "metricDecides", "alreadyActive"]),
  ]

  @Test(arguments: examples)
  func example(_ example: Example) {
    let result = Samples.evaluate(
      example.spec, example.values, current: example.current, ready: example.ready, lastActive: 999)
    #expect(result.desired.count == example.desired)
    #expect(result.decision.reasons.map(\.code) == example.reasons)
  }
}
