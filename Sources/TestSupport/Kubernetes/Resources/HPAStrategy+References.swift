internal import KubernetesAPI

/// What an HPA names: its target, its metrics, and the labels that choose them. Each becomes part of a URL.
extension HPAStrategy {
  /// Why a name cannot be a part of a URL; nil when it can.
  private static func problem(ofSegment name: String) -> String? {
    if name == "." || name == ".." { return "may not be '\(name)'" }
    for mark in ["/", "%"] where name.contains(mark) { return "may not contain '\(mark)'" }
    return nil
  }

  static func references(in spec: JSONValue) -> [Finding] {
    var findings: [Finding] = []
    for key in ["kind", "name"] {
      let name = spec["scaleTargetRef", key]?.text ?? ""
      if name.isEmpty {
        findings.append(.required("spec.scaleTargetRef.\(key)"))
      } else if let problem = problem(ofSegment: name) {
        findings.append(.invalid("spec.scaleTargetRef.\(key)", .string(name), problem))
      }
    }
    let apiVersion = spec["scaleTargetRef", "apiVersion"]?.text ?? ""
    if apiVersion.filter({ $0 == "/" }).count > 1 {
      findings.append(
        .invalid(
          "spec.scaleTargetRef.apiVersion", .string(apiVersion), "unexpected GroupVersion string: \(apiVersion)"))
    }
    return findings
  }

  /// `metric` of an external, pods or object source.
  static func identifier(_ metric: JSONValue, at path: String) -> [Finding] {
    var findings: [Finding] = []
    let name = metric["name"]?.text ?? ""
    if name.isEmpty {
      findings.append(.required("\(path).name", "must specify a metric name"))
    } else if let problem = problem(ofSegment: name) {
      findings.append(.invalid("\(path).name", .string(name), problem))
    }
    return findings + selector(metric["selector"] ?? .null, at: "\(path).selector")
  }

  private static func selector(_ selector: JSONValue, at path: String) -> [Finding] {
    var findings: [Finding] = []
    for (key, value) in selector["matchLabels"]?.strings.sorted(by: { $0.key < $1.key }) ?? [] {
      if LabelSyntax.problem(ofKey: key) != nil {
        findings.append(.invalid("\(path).matchLabels", .string(key), Metadata.qualifiedName))
      }
      if LabelSyntax.problem(ofValue: value) != nil {
        findings.append(.invalid("\(path).matchLabels", .string(value), "must be a valid label value"))
      }
    }
    for (index, requirement) in (selector["matchExpressions"]?.items ?? []).enumerated() {
      let operation = requirement["operator"]?.text ?? ""
      if !["In", "NotIn", "Exists", "DoesNotExist"].contains(operation) {
        findings.append(
          .invalid("\(path).matchExpressions[\(index)].operator", .string(operation), "not a valid selector operator"))
      }
    }
    return findings
  }

  /// A metric has one source only: that of its type.
  static func otherSources(of metric: JSONValue, than field: String, at path: String) -> [Finding] {
    ["external", "resource", "containerResource", "pods", "object"]
      .filter { $0 != field && metric[$0]?.fields != nil }
      .map { .forbidden("\(path).\($0)", "must populate the given metric source only") }
  }
}
