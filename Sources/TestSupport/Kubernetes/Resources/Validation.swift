internal import KubernetesAPI

/// The checks of built-in types that a client of Swell's kind can run into.
enum Validation {
  static func secret(_ new: JSONValue, _ old: JSONValue?) -> [Finding] {
    var findings = immutability(new, old, fields: ["data"])
    for (key, value) in new["data"]?.fields ?? [:] where Base64Text.bytes(value.text ?? "") == nil {
      findings.append(.invalid("data[\(key)]", "<secret>", "must be base64"))
    }
    if let old, old["type"] != new["type"] {
      findings.append(.invalid("type", new["type"] ?? .null, "field is immutable"))
    }
    return findings
  }

  static func configMap(_ new: JSONValue, _ old: JSONValue?) -> [Finding] {
    immutability(new, old, fields: ["data", "binaryData"])
  }

  private static func immutability(_ new: JSONValue, _ old: JSONValue?, fields: [String]) -> [Finding] {
    guard let old, old["immutable"] == true else { return [] }
    return (fields + ["immutable"]).filter { old[$0] != new[$0] }.map {
      .forbidden($0, "field is immutable when `immutable` is set")
    }
  }

  static func workload(_ new: JSONValue, _ old: JSONValue?) -> [Finding] {
    var findings: [Finding] = []
    if let replicas = new["spec", "replicas"]?.int, replicas < 0 {
      findings.append(.invalid("spec.replicas", .integer(replicas), "must be greater than or equal to 0"))
    }
    guard let selector = new["spec", "selector"], selector.fields != nil else {
      findings.append(.required("spec.selector"))
      return findings
    }
    let labels = new["spec", "template", "metadata", "labels"] ?? [:]
    for (key, value) in selector["matchLabels"]?.fields ?? [:] where labels[key] != value {
      findings.append(
        .invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"))
      break
    }
    if (new["spec", "template", "spec", "containers"]?.items ?? []).isEmpty {
      findings.append(.required("spec.template.spec.containers"))
    }
    if let old, old["spec", "selector"] != selector {
      findings.append(.invalid("spec.selector", selector, "field is immutable"))
    }
    return findings
  }

  static func lease(_ new: JSONValue) -> [Finding] {
    var findings: [Finding] = []
    if let seconds = new["spec", "leaseDurationSeconds"]?.int, seconds <= 0 {
      findings.append(.invalid("spec.leaseDurationSeconds", .integer(seconds), "must be greater than 0"))
    }
    if let count = new["spec", "leaseTransitions"]?.int, count < 0 {
      findings.append(.invalid("spec.leaseTransitions", .integer(count), "must be greater than or equal to 0"))
    }
    for key in ["renewTime", "acquireTime"] {
      guard let text = new["spec", key]?.text, Timestamp(rfc3339: text) == nil else { continue }
      findings.append(.invalid("spec.\(key)", .string(text), "must be a time"))
    }
    return findings
  }

  static func apiService(_ new: JSONValue) -> [Finding] {
    var findings: [Finding] = []
    let expected = "\(new["spec", "version"]?.text ?? "").\(new["spec", "group"]?.text ?? "")"
    if new.name != expected {
      findings.append(
        .invalid("metadata.name", .string(new.name), "must be `spec.version+\".\"+spec.group`: \"\(expected)\""))
    }
    for (key, limit) in [("groupPriorityMinimum", Int64(20_000)), ("versionPriority", 1_000)] {
      let value = new["spec", key]?.int ?? 0
      if value <= 0 || value > limit {
        findings.append(.invalid("spec.\(key)", .integer(value), "must be positive and less than \(limit)"))
      }
    }
    findings += service(new["spec", "service"], at: "spec.service")
    let bundle = new["spec", "caBundle"]?.text ?? ""
    if Base64Text.bytes(bundle) == nil { findings.append(.invalid("spec.caBundle", .string(bundle), "must be base64")) }
    if new["spec", "insecureSkipTLSVerify"] == true, !bundle.isEmpty {
      findings.append(
        .invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present"))
    }
    return findings
  }

  /// An aggregated API names its Service in full; a local one has neither Service nor bundle.
  private static func service(_ service: JSONValue?, at path: String) -> [Finding] {
    guard let service, service.fields != nil else { return [] }
    return ["namespace", "name"].filter { (service[$0]?.text ?? "").isEmpty }.map { .required("\(path).\($0)") }
  }

  static func webhooks(_ new: JSONValue) -> [Finding] {
    var findings: [Finding] = []
    let names = (new["webhooks"]?.items ?? []).map { $0["name"]?.text ?? "" }
    for (index, name) in names.enumerated() where names.prefix(index).contains(name) {
      findings.append(.duplicate("webhooks[\(index)].name", .string(name)))
    }
    for (index, webhook) in (new["webhooks"]?.items ?? []).enumerated() {
      let path = "webhooks[\(index)]"
      if (webhook["name"]?.text ?? "").split(separator: ".").count < 3 {
        findings.append(
          .invalid("\(path).name", webhook["name"] ?? .null, "should be a domain with at least three segments"))
      }
      if !["None", "NoneOnDryRun"].contains(webhook["sideEffects"]?.text ?? "") {
        findings.append(.notSupported("\(path).sideEffects", webhook["sideEffects"] ?? "", ["None", "NoneOnDryRun"]))
      }
      if (webhook["admissionReviewVersions"]?.items ?? []).isEmpty {
        findings.append(.required("\(path).admissionReviewVersions", "must specify one of v1, v1beta1"))
      }
      let seconds = webhook["timeoutSeconds"]?.int ?? 10
      if !(1...30).contains(seconds) {
        findings.append(
          .invalid("\(path).timeoutSeconds", .integer(seconds), "the timeout value must be between 1 and 30 seconds"))
      }
      findings += rules(webhook, at: path)
      let client = webhook["clientConfig"] ?? [:]
      if Base64Text.bytes(client["caBundle"]?.text ?? "") == nil {
        findings.append(.invalid("\(path).clientConfig.caBundle", client["caBundle"] ?? .null, "must be base64"))
      }
      findings += service(client["service"], at: "\(path).clientConfig.service")
      if (client["url"]?.text == nil) == (client["service"]?.fields == nil) {
        findings.append(.required("\(path).clientConfig", "exactly one of url or service is required"))
      }
    }
    return findings
  }

  private static func rules(_ webhook: JSONValue, at path: String) -> [Finding] {
    var findings: [Finding] = []
    for (index, rule) in (webhook["rules"]?.items ?? []).enumerated() {
      for key in ["operations", "apiGroups", "apiVersions", "resources"] where (rule[key]?.items ?? []).isEmpty {
        findings.append(.required("\(path).rules[\(index)].\(key)"))
      }
      if let scope = rule["scope"]?.text, !["*", "Cluster", "Namespaced"].contains(scope) {
        findings.append(.notSupported("\(path).rules[\(index)].scope", .string(scope), ["*", "Cluster", "Namespaced"]))
      }
    }
    for (key, values) in [("failurePolicy", ["Fail", "Ignore"]), ("matchPolicy", ["Equivalent", "Exact"])] {
      guard let given = webhook[key]?.text, !values.contains(given) else { continue }
      findings.append(.notSupported("\(path).\(key)", .string(given), values))
    }
    return findings
  }
}
