internal import KubernetesAPI

/// What the API server fills in for built-in types.
enum Defaults {
  static func secret(_ new: JSONValue) -> JSONValue {
    var new = new
    if (new["type"]?.text ?? "").isEmpty { new["type"] = "Opaque" }
    for (key, value) in new["stringData"]?.fields ?? [:] {
      new["data", key] = .string(Base64Text.text(Array((value.text ?? "").utf8)))
    }
    new["stringData"] = nil
    return new
  }

  static func workload(_ new: JSONValue, _ old: JSONValue?, kind: String) -> JSONValue {
    var new = new
    func fill(_ key: String, _ value: JSONValue) {
      if new["spec", key] ?? .null == .null { new["spec", key] = value }
    }
    fill("replicas", 1)
    switch kind {
    case "Deployment":
      fill("revisionHistoryLimit", 10)
      fill("progressDeadlineSeconds", 600)
      fill(
        "strategy",
        ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"]])
    case "StatefulSet":
      fill("revisionHistoryLimit", 10)
      fill("podManagementPolicy", "OrderedReady")
      fill("updateStrategy", ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]])
    default: break
    }
    if old == nil { new["status"] = kind == "Deployment" ? [:] : ["replicas": 0] }
    return new
  }

  static func webhooks(_ new: JSONValue) -> JSONValue {
    guard let webhooks = new["webhooks"]?.items else { return new }
    var new = new
    new["webhooks"] = .array(
      webhooks.map { webhook in
        var webhook = webhook
        let fillers: [String: JSONValue] = [
          "failurePolicy": "Fail", "matchPolicy": "Equivalent", "timeoutSeconds": 10, "namespaceSelector": [:],
          "objectSelector": [:],
        ]
        for (key, value) in fillers where webhook[key] ?? .null == .null { webhook[key] = value }
        if webhook["clientConfig", "service"]?.fields != nil, webhook["clientConfig", "service", "port"] == nil {
          webhook["clientConfig", "service", "port"] = 443
        }
        webhook["rules"] = webhook["rules"]?.items.map { rules in
          .array(
            rules.map { rule in
              var rule = rule
              if rule["scope"] ?? .null == .null { rule["scope"] = "*" }
              return rule
            })
        }
        return webhook
      })
    return new
  }
}
