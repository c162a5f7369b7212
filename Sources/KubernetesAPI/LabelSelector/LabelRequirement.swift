/// One condition on labels, as in `app=web` or `tier notin (a,b)`.
public struct LabelRequirement: Hashable, Sendable, CustomStringConvertible {
  public enum Operator: String, Hashable, Sendable {
    case equals = "="
    case doubleEquals = "=="
    case notEquals = "!="
    case `in` = "in"
    case notIn = "notin"
    case exists = "exists"
    case doesNotExist = "!"
    /// The label's value, an integer, is greater than the one given.
    case greaterThan = "gt"
    case lessThan = "lt"
  }

  public var key: String
  public var `operator`: Operator
  /// Sorted, without repetitions, when it comes from a parsed text.
  public var values: [String]

  /// Unchecked; see `init(validating:_:_:)`.
  public init(key: String, operator: Operator, values: [String] = []) {
    self.key = key
    self.operator = `operator`
    self.values = values
  }

  /// Checks key, values and their number as the API server does.
  public init(validating key: String, _ operator: Operator, _ values: [String]) throws(LabelSelectorError) {
    self.init(key: key, operator: `operator`, values: values)
    if let problem = LabelSyntax.problem(ofKey: key) { throw LabelSelectorError(problem) }
    switch `operator` {
    case .in, .notIn:
      if values.isEmpty {
        throw LabelSelectorError(
          "\"\(key) \(`operator`.rawValue)\" needs at least one value: write \(key) \(`operator`.rawValue) (a,b)")
      }
    case .equals, .doubleEquals, .notEquals:
      if values.count != 1 { throw LabelSelectorError("\"\(key)\(`operator`.rawValue)\" needs exactly one value") }
    case .exists, .doesNotExist:
      if !values.isEmpty { throw LabelSelectorError("a test for the existence of \"\(key)\" takes no values") }
    case .greaterThan, .lessThan:
      guard values.count == 1, values.allSatisfy({ Int64($0) != nil }) else {
        let shown = shortened(values.joined(separator: ","))
        throw LabelSelectorError(
          "\"\(key)\" is compared with \"\(shown)\", which is not an integer: write a whole number")
      }
    }
    for value in values {
      if let problem = LabelSyntax.problem(ofValue: value) {
        throw LabelSelectorError("the label \"\(key)\": \(problem)")
      }
    }
  }

  public func matches(_ labels: [String: String]) -> Bool {
    let value = labels[key]
    switch `operator` {
    case .equals, .doubleEquals, .in:
      return value.map(values.contains) ?? false
    case .notEquals, .notIn:
      return !(value.map(values.contains) ?? false)
    case .exists:
      return value != nil
    case .doesNotExist:
      return value == nil
    case .greaterThan, .lessThan:
      guard let value, let number = Int64(value), let first = values.first, let bound = Int64(first) else {
        return false
      }
      return `operator` == .greaterThan ? number > bound : number < bound
    }
  }

  /// In the form that the API server prints and parses.
  public var description: String {
    let list = values.sorted().joined(separator: ",")
    return switch `operator` {
    case .equals, .doubleEquals, .notEquals: key + `operator`.rawValue + list
    case .greaterThan: "\(key)>\(list)"
    case .lessThan: "\(key)<\(list)"
    case .in, .notIn: "\(key) \(`operator`.rawValue) (\(list))"
    case .exists: key
    case .doesNotExist: "!\(key)"
    }
  }
}
