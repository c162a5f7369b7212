internal import KubernetesAPI

/// Events of events.k8s.io/v1, which are checked more strictly than those of the core group
/// (`pkg/apis/core/validation/events.go`).
extension Validation {
  static func event(_ new: JSONValue, _ old: JSONValue?) -> [Finding] {
    var findings = reporting(new)
    if let old {
      findings += changes(new, old)
      if new["series"] ?? .null != old["series"] ?? .null { findings += series(new) }
      return findings
    }
    findings += series(new)
    if Timestamp(rfc3339: new["eventTime"]?.text ?? "") == nil { findings.append(.required("eventTime")) }
    if !["Normal", "Warning"].contains(new["type"]?.text ?? "") {
      findings.append(.invalid("type", "", "has invalid value: \(new["type"]?.text ?? "")"))
    }
    for (key, name) in [
      ("deprecatedFirstTimestamp", "firstTimestamp"), ("deprecatedLastTimestamp", "lastTimestamp"),
      ("deprecatedCount", "count"), ("deprecatedSource", "source"),
    ] where isSet(new[key]) {
      findings.append(.invalid(name, "", "needs to be unset"))
    }
    return findings
  }

  private static func isSet(_ value: JSONValue?) -> Bool {
    switch value {
    case nil, .null, .integer(0), .string(""): false
    case .object(let fields): fields.values.contains { isSet($0) }
    default: true
    }
  }

  /// What every event must say about who reports what.
  private static func reporting(_ new: JSONValue) -> [Finding] {
    guard new["eventTime"]?.text != nil else { return [] }
    var findings: [Finding] = []
    for key in ["reportingController", "reportingInstance", "action", "reason"] where (new[key]?.text ?? "").isEmpty {
      findings.append(.required(key))
    }
    let controller = new["reportingController"]?.text ?? ""
    if !controller.isEmpty, LabelSyntax.problem(ofKey: controller) != nil {
      findings.append(.invalid("reportingController", .string(controller), Metadata.qualifiedName))
    }
    for (key, name, limit) in [
      ("note", "message", 1_024), ("action", "action", 128), ("reason", "reason", 128),
      ("reportingInstance", "reportingInstance", 128),
    ] where (new[key]?.text ?? "").utf8.count > limit {
      findings.append(.invalid(name, "", "can have at most \(limit) characters"))
    }
    let given = new["regarding", "namespace"]?.text ?? ""
    let fits = given.isEmpty ? ["default", "kube-system"].contains(new.namespace ?? "") : given == new.namespace
    if !fits { findings.append(.invalid("involvedObject.namespace", .string(given), "does not match event.namespace")) }
    return findings
  }

  private static func series(_ new: JSONValue) -> [Finding] {
    guard let series = new["series"], series.fields != nil else { return [] }
    var findings: [Finding] = []
    if series["count"]?.int ?? 0 < 2 { findings.append(.invalid("series.count", "", "should be at least 2")) }
    if series["lastObservedTime"]?.text == nil { findings.append(.required("series.lastObservedTime")) }
    return findings
  }

  /// Everything but the series and the metadata stays as it was reported.
  private static func changes(_ new: JSONValue, _ old: JSONValue) -> [Finding] {
    let fields = [
      ("regarding", "involvedObject"), ("reason", "reason"), ("note", "message"), ("deprecatedSource", "source"),
      ("deprecatedFirstTimestamp", "firstTimestamp"), ("deprecatedLastTimestamp", "lastTimestamp"),
      ("deprecatedCount", "count"), ("type", "type"), ("eventTime", "eventTime"), ("action", "action"),
      ("related", "related"), ("reportingController", "reportingController"),
      ("reportingInstance", "reportingInstance"),
    ]
    return fields.filter { new[$0.0] ?? .null != old[$0.0] ?? .null }.map {
      .invalid($0.1, new[$0.0] ?? .null, "field is immutable")
    }
  }
}
