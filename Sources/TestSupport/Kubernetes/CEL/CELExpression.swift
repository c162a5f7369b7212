internal import KubernetesAPI

/// An expression of the Common Expression Language, as far as `CELParser` reads it.
indirect enum CELExpression: Sendable {
  case literal(JSONValue)
  case variable(String)
  case field(CELExpression, String)
  case index(CELExpression, CELExpression)
  case has(CELExpression, String)
  case not(CELExpression)
  case negative(CELExpression)
  case binary(String, CELExpression, CELExpression)
  case conditional(CELExpression, CELExpression, CELExpression)
  case list([CELExpression])
  case call(String, [CELExpression])
  case macro(String, CELExpression, String, CELExpression)

  func evaluate(_ scope: CELScope) throws(CELProblem) -> JSONValue {
    switch self {
    case .literal(let value): return value
    case .variable(let name):
      guard let value = scope.values[name] else { throw CELProblem(message: "undeclared reference to '\(name)'") }
      return value
    case .field(let object, let name):
      guard let value = try object.evaluate(scope)[name] else { throw CELProblem(message: "no such key: \(name)") }
      return value
    case .index(let object, let key): return try Self.element(object.evaluate(scope), key.evaluate(scope))
    case .has(let object, let name): return .bool(try object.evaluate(scope)[name] != nil)
    case .not(let inner): return .bool(!(try inner.truth(scope)))
    case .negative(let inner):
      switch try inner.evaluate(scope) {
      case .integer(let value): return .integer(Int64(0).subtractingSaturating(value))
      case .double(let value): return .double(-value)
      default: throw CELProblem(message: "no such overload: -")
      }
    case .binary(let name, let left, let right): return try Self.binary(name, left, right, scope)
    case .conditional(let condition, let yes, let no):
      return try condition.truth(scope) ? yes.evaluate(scope) : no.evaluate(scope)
    case .list(let items):
      var values: [JSONValue] = []
      for item in items { values.append(try item.evaluate(scope)) }
      return .array(values)
    case .call(let name, let arguments):
      var values: [JSONValue] = []
      for argument in arguments { values.append(try argument.evaluate(scope)) }
      return try Self.call(name, values)
    case .macro(let name, let target, let variable, let body):
      return try Self.macro(name, target.evaluate(scope), variable, body, scope)
    }
  }

  private func truth(_ scope: CELScope) throws(CELProblem) -> Bool {
    guard case .bool(let value) = try evaluate(scope) else { throw CELProblem(message: "no such overload: not a bool") }
    return value
  }

  private static func element(_ object: JSONValue, _ key: JSONValue) throws(CELProblem) -> JSONValue {
    if let name = key.text, let value = object[name] { return value }
    if let number = key.int, let value = object[Int(number)] { return value }
    throw CELProblem(message: "no such key: \(JSONText.text(key))")
  }

  /// `&&` and `||` ignore an error on one side when the other decides.
  private static func binary(
    _ name: String, _ left: CELExpression, _ right: CELExpression, _ scope: CELScope
  ) throws(CELProblem) -> JSONValue {
    if name == "&&" || name == "||" {
      let decides = name == "||"
      do {
        if try left.truth(scope) == decides { return .bool(decides) }
        return .bool(try right.truth(scope))
      } catch {
        if try right.truth(scope) == decides { return .bool(decides) }
        throw error
      }
    }
    let (a, b) = (try left.evaluate(scope), try right.evaluate(scope))
    switch name {
    case "==": return .bool(equal(a, b))
    case "!=": return .bool(!equal(a, b))
    case "in": return .bool(try isIn(a, b))
    case "<": return .bool(try compare(a, b) < 0)
    case "<=": return .bool(try compare(a, b) <= 0)
    case ">": return .bool(try compare(a, b) > 0)
    case ">=": return .bool(try compare(a, b) >= 0)
    default: return try arithmetic(name, a, b)
    }
  }

  private static func number(_ value: JSONValue) -> Double? {
    switch value {
    case .integer(let number): Double(number)
    case .double(let number): number
    default: nil
    }
  }

  private static func equal(_ a: JSONValue, _ b: JSONValue) -> Bool {
    if let left = number(a), let right = number(b) { return left == right }
    return a == b
  }

  private static func isIn(_ a: JSONValue, _ b: JSONValue) throws(CELProblem) -> Bool {
    switch b {
    case .array(let items): return items.contains { equal(a, $0) }
    case .object(let fields): return fields[a.text ?? ""] != nil
    default: throw CELProblem(message: "no such overload: in")
    }
  }

  private static func compare(_ a: JSONValue, _ b: JSONValue) throws(CELProblem) -> Int {
    if case .integer(let left) = a, case .integer(let right) = b { return left < right ? -1 : left > right ? 1 : 0 }
    if let left = number(a), let right = number(b) { return left < right ? -1 : left > right ? 1 : 0 }
    if let left = a.text, let right = b.text { return left < right ? -1 : left > right ? 1 : 0 }
    throw CELProblem(message: "no such overload: a comparison of \(JSONText.text(a)) and \(JSONText.text(b))")
  }

  private static func arithmetic(_ name: String, _ a: JSONValue, _ b: JSONValue) throws(CELProblem) -> JSONValue {
    if name == "+", let left = a.text, let right = b.text { return .string(left + right) }
    if case .integer(let left) = a, case .integer(let right) = b {
      switch name {
      case "+": return .integer(left.addingSaturating(right))
      case "-": return .integer(left.subtractingSaturating(right))
      case "*": return .integer(left.multipliedSaturating(by: right))
      default:
        guard right != 0 else { throw CELProblem(message: "division by zero") }
        return .integer(
          name == "/"
            ? left.dividedReportingOverflow(by: right).partialValue
            : left.remainderReportingOverflow(dividingBy: right).partialValue)
      }
    }
    if let left = number(a), let right = number(b) {
      switch name {
      case "+": return .double(left + right)
      case "-": return .double(left - right)
      case "*": return .double(left * right)
      case "/": return .double(left / right)
      default: break
      }
    }
    throw CELProblem(message: "no such overload: \(name)")
  }

  private static func call(_ name: String, _ values: [JSONValue]) throws(CELProblem) -> JSONValue {
    let first = values.first ?? .null
    let argument = values.last?.text ?? ""
    switch (name, first) {
    case ("size", .string(let text)): return .integer(Int64(text.unicodeScalars.count))
    case ("size", .array(let items)): return .integer(Int64(items.count))
    case ("size", .object(let fields)): return .integer(Int64(fields.count))
    case ("int", .integer), ("double", .double), ("string", .string): return first
    case ("int", .string(let text)):
      guard let value = Int64(text) else { throw CELProblem(message: "cannot convert \"\(text)\" to int") }
      return .integer(value)
    case ("double", .string(let text)):
      guard let value = Double(text) else { throw CELProblem(message: "cannot convert \"\(text)\" to double") }
      return .double(value)
    case ("double", .integer(let value)): return .double(Double(value))
    case ("string", .integer(let value)): return .string(String(value))
    case ("startsWith", .string(let text)): return .bool(text.hasPrefix(argument))
    case ("endsWith", .string(let text)): return .bool(text.hasSuffix(argument))
    case ("contains", .string(let text)): return .bool(argument.isEmpty || text.contains(argument))
    case ("lowerAscii", .string(let text)): return .string(text.lowercased())
    case ("matches", .string(let text)):
      guard let pattern = try? Pattern(argument, at: "matches") else {
        throw CELProblem(message: "not a regular expression: \(argument)")
      }
      return .bool(pattern.matches(text))
    default: throw CELProblem(message: "no such overload: \(name)")
    }
  }

  private static func macro(
    _ name: String, _ target: JSONValue, _ variable: String, _ body: CELExpression, _ scope: CELScope
  ) throws(CELProblem) -> JSONValue {
    let elements: [JSONValue]
    switch target {
    case .array(let items): elements = items
    case .object(let fields): elements = fields.keys.sorted().map { .string($0) }
    default: throw CELProblem(message: "no such overload: \(name)")
    }
    if name == "map" {
      var mapped: [JSONValue] = []
      for element in elements { mapped.append(try body.evaluate(scope.with(variable, element))) }
      return .array(mapped)
    }
    var hits: [JSONValue] = []
    for element in elements where try body.truth(scope.with(variable, element)) { hits.append(element) }
    switch name {
    case "all": return .bool(hits.count == elements.count)
    case "exists": return .bool(!hits.isEmpty)
    case "exists_one": return .bool(hits.count == 1)
    default: return .array(hits)
    }
  }
}
