/// Which labels an object must carry: `matchLabels` and `matchExpressions` of an object, or the `labelSelector` of a
/// query.
///
/// All requirements must hold; without any, everything matches.
public struct LabelSelector: Codable, Hashable, Sendable {
  public var matchLabels: [String: String]?
  public var matchExpressions: [LabelSelectorRequirement]?

  public init(matchLabels: [String: String]? = nil, matchExpressions: [LabelSelectorRequirement]? = nil) {
    self.matchLabels = matchLabels
    self.matchExpressions = matchExpressions
  }

  /// True when nothing is required.
  public var isEmpty: Bool { (matchLabels ?? [:]).isEmpty && (matchExpressions ?? []).isEmpty }

  /// Whether an object with these labels is selected. An expression with an unknown operator selects nothing.
  public func matches(_ labels: [String: String]) -> Bool {
    for (key, value) in matchLabels ?? [:] where labels[key] != value { return false }
    for expression in matchExpressions ?? [] {
      guard let requirement = expression.requirement, requirement.matches(labels) else { return false }
    }
    return true
  }

  /// The same selector in query form, sorted by key: `app=web,tier in (a,b)`.
  public func query() throws(LabelSelectorError) -> LabelQuery {
    var requirements: [LabelRequirement] = []
    for (key, value) in matchLabels ?? [:] {
      requirements.append(try LabelRequirement(validating: key, .equals, [value]))
    }
    for expression in matchExpressions ?? [] {
      guard let requirement = expression.requirement else {
        throw LabelSelectorError(
          "the operator \"\(shortened(expression.operator))\" of the label "
            + "\"\(shortened(expression.key))\" is unknown: use In, NotIn, Exists or DoesNotExist"
        )
      }
      requirements.append(try LabelRequirement(validating: requirement.key, requirement.operator, requirement.values))
    }
    return LabelQuery(requirements)
  }
}

/// One entry of `matchExpressions`.
public struct LabelSelectorRequirement: Codable, Hashable, Sendable {
  public var key: String
  /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
  public var `operator`: String
  public var values: [String]?

  public init(key: String, operator: String, values: [String]? = nil) {
    self.key = key
    self.operator = `operator`
    self.values = values
  }

  /// The rule it stands for; nil when the operator is unknown.
  var requirement: LabelRequirement? {
    let kind: LabelRequirement.Operator
    switch `operator` {
    case "In": kind = .in
    case "NotIn": kind = .notIn
    case "Exists": kind = .exists
    case "DoesNotExist": kind = .doesNotExist
    default: return nil
    }
    return LabelRequirement(key: key, operator: kind, values: values ?? [])
  }
}
