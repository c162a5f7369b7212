internal import Engine
internal import Telemetry

/// One trigger of one object, with the labels of its series.
struct TriggerSeries {
  var object: ObjectSnapshot
  var trigger: ObjectSnapshot.TriggerSnapshot

  static func all(of object: ObjectSnapshot) -> [TriggerSeries] {
    object.triggers.map { TriggerSeries(object: object, trigger: $0) }
  }

  /// namespace, metric, scaledObject, scaler, triggerIndex, type.
  var labels: [String] {
    [
      object.key.namespace, trigger.metricName, object.key.name, scaler, String(trigger.index), "scaledobject",
    ]
  }

  /// The labels of `family`, which is one that older releases of KEDA had without `type`, or with it.
  func labels(of family: MetricFamily) -> [String] { Array(labels.prefix(family.labels.count)) }

  var readingLabels: [String] {
    [object.key.namespace, object.key.name, trigger.metricName, String(trigger.index)]
  }

  var emptyAnswerLabels: [String] {
    [object.key.namespace, object.key.name, trigger.name ?? "", trigger.metricName, "scaledobject", "true"]
  }

  func httpLabels(status: String) -> [String] {
    // Here KEDA tells the type of the trigger as users write it; its name has a label of its own.
    [object.key.namespace, object.key.name, trigger.type, trigger.name ?? "", trigger.metricName, status]
  }

  /// The trigger's name, else what KEDA calls the type of trigger in its metrics: dashboards select by it.
  private var scaler: String {
    if let name = trigger.name, !name.isEmpty { return name }
    return switch trigger.type {
    case "cpu", "memory": "cpuMemoryScaler"
    case "redis-streams", "redis-cluster-streams", "redis-sentinel-streams": "redisStreamsScaler"
    default: trigger.type + "Scaler"
    }
  }
}
