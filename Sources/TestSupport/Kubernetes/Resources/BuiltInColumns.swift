internal import KubernetesAPI

/// What `kubectl get` shows of built-in resources beside name and age.
enum BuiltInColumns {
  typealias Column = ResourceDefinition.Column

  static let workloads: [Column] = [
    Column(name: "Ready") { object, _ in
      .string("\(object["status", "readyReplicas"]?.int ?? 0)/\(object["spec", "replicas"]?.int ?? 0)")
    },
    Column(name: "Up-to-date", type: "integer") { object, _ in object["status", "updatedReplicas"] ?? 0 },
    Column(name: "Available", type: "integer") { object, _ in object["status", "availableReplicas"] ?? 0 },
  ]

  static let pods: [Column] = [
    Column(name: "Ready") { object, _ in
      let isReady = (object["status", "conditions"]?.items ?? []).contains {
        $0["type"] == "Ready" && $0["status"] == "True"
      }
      return isReady ? "1/1" : "0/1"
    },
    .text("Status", "status", "phase"),
    Column(name: "Restarts") { _, _ in "0" },
  ]

  static let secrets: [Column] = [
    .text("Type", "type"),
    Column(name: "Data", type: "integer") { object, _ in .integer(Int64(object["data"]?.fields?.count ?? 0)) },
  ]

  static let configMaps: [Column] = [
    Column(name: "Data", type: "integer") { object, _ in .integer(Int64(object["data"]?.fields?.count ?? 0)) }
  ]

  static let autoscalers: [Column] = [
    Column(name: "Reference") { object, _ in
      let target = object["spec", "scaleTargetRef"]
      return .string("\(target?["kind"]?.text ?? "")/\(target?["name"]?.text ?? "")")
    },
    Column(name: "Targets") { object, _ in .string(targets(of: object)) },
    .text("MinPods", "spec", "minReplicas"), .text("MaxPods", "spec", "maxReplicas"),
    Column(name: "Replicas", type: "integer") { object, _ in object["status", "currentReplicas"] ?? 0 },
  ]

  static let apiServices: [Column] = [
    Column(name: "Service") { object, _ in
      guard let name = object["spec", "service", "name"]?.text else { return "Local" }
      return .string("\(object["spec", "service", "namespace"]?.text ?? "")/\(name)")
    },
    Column(name: "Available") { object, _ in
      let condition = (object["status", "conditions"]?.items ?? []).first { $0["type"] == "Available" }
      let status = condition?["status"]?.text ?? "Unknown"
      return .string(status == "True" ? status : "\(status) (\(condition?["reason"]?.text ?? ""))")
    },
  ]

  /// Of both kinds of events.
  static let events: [Column] = [
    Column(name: "Last Seen") { object, now in
      let time =
        object["series", "lastObservedTime"] ?? object["lastTimestamp"] ?? object["deprecatedLastTimestamp"]
        ?? object["eventTime"]
      return .string(TableText.age(time?.text, at: now))
    },
    .text("Type", "type"), .text("Reason", "reason"),
    Column(name: "Object") { object, _ in
      let about = object["regarding"] ?? object["involvedObject"]
      return .string("\((about?["kind"]?.text ?? "").lowercased())/\(about?["name"]?.text ?? "")")
    },
    Column(name: "Message") { object, _ in object["note"] ?? object["message"] ?? "" },
  ]

  private static func targets(of hpa: JSONValue) -> String {
    let current = hpa["status", "currentMetrics"]?.items ?? []
    var parts: [String] = []
    for (index, metric) in (hpa["spec", "metrics"]?.items ?? []).enumerated() {
      let source = metric["external"] ?? metric["resource"] ?? [:]
      let now = index < current.count ? current[index]["external", "current"] ?? [:] : [:]
      if let target = source["target", "averageValue"]?.text {
        parts.append("\(now["averageValue"]?.text ?? "<unknown>")/\(target) (avg)")
      } else if let target = source["target", "value"]?.text {
        parts.append("\(now["value"]?.text ?? "<unknown>")/\(target)")
      } else {
        parts.append("<unknown>/\(source["target", "averageUtilization"]?.int ?? 0)%")
      }
    }
    return parts.isEmpty ? "<none>" : parts.joined(separator: ", ")
  }
}
