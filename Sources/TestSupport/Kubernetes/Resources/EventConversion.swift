internal import KubernetesAPI

/// events.k8s.io/v1 and core/v1 Events are the same objects under different names.
enum EventConversion {
  static let newLabels: [String: [String]] = [
    "reason": ["reason"], "type": ["type"], "reportingController": ["reportingController"],
    "regarding.kind": ["regarding", "kind"], "regarding.name": ["regarding", "name"],
    "regarding.namespace": ["regarding", "namespace"], "regarding.uid": ["regarding", "uid"],
  ]
  static let oldLabels: [String: [String]] = [
    "reason": ["reason"], "type": ["type"], "reportingComponent": ["reportingComponent"],
    "involvedObject.kind": ["involvedObject", "kind"], "involvedObject.name": ["involvedObject", "name"],
    "involvedObject.namespace": ["involvedObject", "namespace"], "involvedObject.uid": ["involvedObject", "uid"],
    "involvedObject.apiVersion": ["involvedObject", "apiVersion"],
  ]
  private static let pairs = [
    ("regarding", "involvedObject"), ("note", "message"), ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"), ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"), ("deprecatedCount", "count"),
  ]

  @Sendable static func toNew(_ event: JSONValue) -> JSONValue {
    var event = event
    for (new, old) in pairs {
      guard let value = event[old] else { continue }
      event[old] = nil
      event[new] = value
    }
    event["apiVersion"] = "events.k8s.io/v1"
    return event
  }

  @Sendable static func toOld(_ event: JSONValue) -> JSONValue {
    var event = event
    for (new, old) in pairs {
      guard let value = event[new] else { continue }
      event[new] = nil
      event[old] = value
    }
    if event["source"] == nil { event["source"] = [:] }
    event["apiVersion"] = "v1"
    return event
  }
}
