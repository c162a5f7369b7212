internal import KubernetesAPI

/// Label selectors: what parses prints, and prints so that it parses to the same; matching answers for every set of labels,
/// and a condition and its opposite never agree.
enum SelectorCheck {
  static func run(_ input: [UInt8]) throws(BrokenInvariant) {
    let text = String(decoding: input, as: UTF8.self)
    let query: LabelQuery
    do {
      query = try LabelQuery(parsing: text)
    } catch {
      return try MessageCheck.run(error.description, of: "selector error")
    }
    let printed = query.description
    do {
      let again = try LabelQuery(parsing: printed)
      try requireEqual(again, query, "the selector printed as \(printed)")
      try requireEqual(again.description, printed, "the selector printed twice")
    } catch let error as LabelSelectorError {
      throw BrokenInvariant("the selector printed as \(printed) does not parse: \(error)")
    } catch let error as BrokenInvariant {
      throw error
    } catch {
      throw BrokenInvariant("\(error)")
    }
    for labels in labelSets(for: query) { try check(query, labels) }
  }

  private static func check(_ query: LabelQuery, _ labels: [String: String]) throws(BrokenInvariant) {
    var all = true
    for requirement in query.requirements {
      let matches = requirement.matches(labels)
      all = all && matches
      if let opposite = opposite(of: requirement) {
        try requireEqual(opposite.matches(labels), !matches, "\(requirement) and its opposite, on \(labels)")
      }
    }
    try requireEqual(query.matches(labels), all, "\(query) as a whole, on \(labels)")
    if let selector = selector(of: query) {
      try requireEqual(selector.matches(labels), all, "\(query) written as matchExpressions, on \(labels)")
      try requireEqual(
        (try? selector.query())?.matches(labels), all, "\(query) by way of matchExpressions, on \(labels)")
    }
    for (key, value) in labels {
      if let exact = query.exactValue(of: key) {
        try require(value == exact || !all, "\(query) wants \(key)=\(exact) and matches \(labels)")
      }
    }
  }

  /// Nothing, and for each key of the selector the values it names and some it does not.
  private static func labelSets(for query: LabelQuery) -> [[String: String]] {
    var sets: [[String: String]] = [[:]]
    var fitting: [String: String] = [:]
    for requirement in query.requirements.prefix(16) {
      fitting[requirement.key] = requirement.values.first ?? "x"
      for value in requirement.values.prefix(4) + ["", "other", "-1", "9223372036854775808"] {
        sets.append([requirement.key: value])
      }
    }
    sets.append(fitting)
    return sets
  }

  private static func opposite(of requirement: LabelRequirement) -> LabelRequirement? {
    let `operator`: LabelRequirement.Operator
    switch requirement.operator {
    case .equals, .doubleEquals: `operator` = .notEquals
    case .notEquals: `operator` = .equals
    case .in: `operator` = .notIn
    case .notIn: `operator` = .in
    case .exists: `operator` = .doesNotExist
    case .doesNotExist: `operator` = .exists
    case .greaterThan, .lessThan: return nil
    }
    return LabelRequirement(key: requirement.key, operator: `operator`, values: requirement.values)
  }

  /// The selector as an object has it; nil where it compares numbers, which objects cannot say.
  private static func selector(of query: LabelQuery) -> LabelSelector? {
    var expressions: [LabelSelectorRequirement] = []
    for requirement in query.requirements {
      let name: String
      switch requirement.operator {
      case .equals, .doubleEquals, .in: name = "In"
      case .notEquals, .notIn: name = "NotIn"
      case .exists: name = "Exists"
      case .doesNotExist: name = "DoesNotExist"
      case .greaterThan, .lessThan: return nil
      }
      expressions.append(LabelSelectorRequirement(key: requirement.key, operator: name, values: requirement.values))
    }
    return LabelSelector(matchExpressions: expressions)
  }
}
