internal import KubernetesAPI

/// Defaults and validation of autoscaling/v2 HorizontalPodAutoscalers, as Kubernetes 1.36 has them with its alpha gates
/// off.
enum HPAStrategy {
  static func prepared(_ new: JSONValue, _ old: JSONValue?) -> JSONValue {
    var new = new
    if new["spec", "minReplicas"] ?? .null == .null { new["spec", "minReplicas"] = 1 }
    if (new["spec", "metrics"]?.items ?? []).isEmpty {
      new["spec", "metrics"] = [
        [
          "type": "Resource",
          "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 80]],
        ]
      ]
    }
    new["spec", "metrics"] = new["spec", "metrics"].map { canonical($0) }
    if new["spec", "behavior"]?.fields != nil {
      new["spec", "behavior", "scaleUp"] = filled(
        new["spec", "behavior", "scaleUp"], window: 0,
        policies: [
          ["type": "Pods", "value": 4, "periodSeconds": 15], ["type": "Percent", "value": 100, "periodSeconds": 15],
        ])
      new["spec", "behavior", "scaleDown"] = filled(
        new["spec", "behavior", "scaleDown"], window: nil,
        policies: [["type": "Percent", "value": 100, "periodSeconds": 15]])
    } else {
      new["spec", "behavior"] = nil
    }
    if new["status"]?.fields == nil { new["status"] = [:] }
    if new["status", "currentMetrics"] == nil { new["status", "currentMetrics"] = .null }
    if new["status", "desiredReplicas"] == nil { new["status", "desiredReplicas"] = 0 }
    return new
  }

  private static func filled(_ rules: JSONValue?, window: Int64?, policies: JSONValue) -> JSONValue {
    var rules = rules?.fields == nil ? [:] : rules ?? [:]
    if let window, rules["stabilizationWindowSeconds"] ?? .null == .null {
      rules["stabilizationWindowSeconds"] = .integer(window)
    }
    if rules["selectPolicy"] ?? .null == .null { rules["selectPolicy"] = "Max" }
    if rules["policies"] ?? .null == .null { rules["policies"] = policies }
    if let tolerance = rules["tolerance"], !tolerance.isNull { rules["tolerance"] = quantity(tolerance) }
    return rules
  }

  private static let quantityKeys: Set<String> = ["value", "averageValue"]

  /// Every quantity of a metric in the form in which the API server gives it back: `0.5` as `500m`.
  private static func canonical(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let items): return .array(items.map(canonical))
    case .object(let fields):
      return .object(
        fields.reduce(into: [:]) { result, field in
          let isQuantity = quantityKeys.contains(field.key) && field.value.fields == nil
          result[field.key] = isQuantity ? quantity(field.value) : canonical(field.value)
        })
    default: return value
    }
  }

  private static func quantity(_ value: JSONValue) -> JSONValue {
    let text: String
    switch value {
    case .string(let given): text = given
    case .integer(let number): text = String(number)
    case .double(let number): text = JSONText.plain(number)
    default: return value
    }
    return (try? Quantity(parsing: text)).map { .string($0.description) } ?? value
  }

  static func findings(in new: JSONValue) -> [Finding] {
    var findings: [Finding] = []
    let spec = new["spec"] ?? [:]
    findings += references(in: spec)
    let minimum = spec["minReplicas"]?.int ?? 1
    let maximum = spec["maxReplicas"]?.int ?? 0
    if minimum < 1 {
      findings.append(.invalid("spec.minReplicas", .integer(minimum), "must be greater than or equal to 1"))
    }
    if maximum < 1 {
      findings.append(.invalid("spec.maxReplicas", .integer(maximum), "must be greater than 0"))
    }
    if maximum < minimum {
      findings.append(
        .invalid("spec.maxReplicas", .integer(maximum), "must be greater than or equal to `minReplicas`"))
    }
    for (index, metric) in (spec["metrics"]?.items ?? []).enumerated() {
      check(metric, at: "spec.metrics[\(index)]", &findings)
    }
    for direction in ["scaleUp", "scaleDown"] {
      guard let rules = spec["behavior", direction] else { continue }
      check(rules: rules, at: "spec.behavior.\(direction)", &findings)
    }
    return findings
  }

  private static let sources: [String: String] = [
    "External": "external", "Resource": "resource", "ContainerResource": "containerResource", "Pods": "pods",
    "Object": "object",
  ]

  private static func check(_ metric: JSONValue, at path: String, _ findings: inout [Finding]) {
    let type = metric["type"]?.text ?? ""
    guard !type.isEmpty else { return findings.append(.required("\(path).type", "must specify a metric source type")) }
    guard let field = sources[type] else {
      return findings.append(.notSupported("\(path).type", .string(type), sources.keys.sorted()))
    }
    guard let source = metric[field], source.fields != nil else {
      return findings.append(
        .required("\(path).\(field)", "must populate information for the given metric source"))
    }
    findings += otherSources(of: metric, than: field, at: path)
    if ["External", "Pods", "Object"].contains(type) {
      findings += identifier(source["metric"] ?? [:], at: "\(path).\(field).metric")
    }
    if type == "ContainerResource", (source["container"]?.text ?? "").isEmpty {
      findings.append(.required("\(path).\(field).container", "must specify a container"))
    }
    if ["Resource", "ContainerResource"].contains(type), (source["name"]?.text ?? "").isEmpty {
      findings.append(.required("\(path).\(field).name", "must specify a resource name"))
    }
    check(target: source["target"] ?? [:], type: type, at: "\(path).\(field).target", &findings)
  }

  private static func check(target: JSONValue, type: String, at path: String, _ findings: inout [Finding]) {
    let kind = target["type"]?.text ?? ""
    if kind.isEmpty {
      findings.append(.required("\(path).type", "must specify a metric target type"))
    } else if !["Utilization", "Value", "AverageValue"].contains(kind) {
      findings.append(
        .invalid("\(path).type", .string(kind), "must be either Utilization, Value, or AverageValue"))
    }
    for key in ["value", "averageValue"] {
      guard let given = target[key], !given.isNull else { continue }
      guard let number = try? Quantity(parsing: given.text ?? "") else {
        findings.append(.invalid("\(path).\(key)", given, "must be a quantity"))
        continue
      }
      if number.sign <= 0 { findings.append(.invalid("\(path).\(key)", given, "must be positive")) }
    }
    if let utilization = target["averageUtilization"]?.int, utilization < 1 {
      findings.append(.invalid("\(path).averageUtilization", .integer(utilization), "must be greater than 0"))
    }
    if type == "External" {
      let given = ["value", "averageValue"].filter { target[$0]?.text != nil }
      if given.count == 2 {
        findings.append(
          .forbidden("\(path).value", "may not set both a target value for metric and a per-pod target"))
      }
      if given.isEmpty {
        findings.append(
          .required("\(path).averageValue", "must set either a target value for metric or a per-pod target"))
      }
    }
  }

  private static func check(rules: JSONValue, at path: String, _ findings: inout [Finding]) {
    func range(_ key: String, _ value: Int64, _ bounds: ClosedRange<Int64>, at place: String) {
      if value < bounds.lowerBound {
        let words = bounds.lowerBound == 0 ? "greater than or equal to zero" : "greater than zero"
        findings.append(.invalid("\(place).\(key)", .integer(value), "must be \(words)"))
      } else if value > bounds.upperBound {
        findings.append(
          .invalid("\(place).\(key)", .integer(value), "must be less than or equal to \(bounds.upperBound)"))
      }
    }
    if let window = rules["stabilizationWindowSeconds"]?.int {
      range("stabilizationWindowSeconds", window, 0...3_600, at: path)
    }
    if let selection = rules["selectPolicy"]?.text, !["Max", "Min", "Disabled"].contains(selection) {
      findings.append(.notSupported("\(path).selectPolicy", .string(selection), ["Disabled", "Max", "Min"]))
    }
    if let tolerance = rules["tolerance"]?.text, let number = try? Quantity(parsing: tolerance), number.sign < 0 {
      findings.append(.invalid("\(path).tolerance", .string(tolerance), "must be greater than or equal to zero"))
    }
    let policies = rules["policies"]?.items ?? []
    if policies.isEmpty { findings.append(.required("\(path).policies", "must specify at least one Policy")) }
    for (index, policy) in policies.enumerated() {
      let place = "\(path).policies[\(index)]"
      let type = policy["type"]?.text ?? ""
      if !["Pods", "Percent"].contains(type) {
        findings.append(.notSupported("\(place).type", .string(type), ["Percent", "Pods"]))
      }
      range("value", policy["value"]?.int ?? 0, 1...2_147_483_647, at: place)
      range("periodSeconds", policy["periodSeconds"]?.int ?? 0, 1...1_800, at: place)
    }
  }
}
