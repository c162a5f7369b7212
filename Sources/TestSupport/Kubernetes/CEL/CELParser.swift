internal import KubernetesAPI

/// Reads the part of CEL that CRD rules of this project use. Whatever it does not know is an error.
struct CELParser {
  private enum Token: Equatable {
    case name(String)
    case string(String)
    case integer(Int64)
    case double(Double)
    case symbol(String)
  }

  private var tokens: [Token] = []
  private var position = 0

  static func parse(_ text: String) throws(CELProblem) -> CELExpression {
    var parser = CELParser()
    parser.tokens = try tokenize(text)
    let result = try parser.conditional()
    guard parser.position == parser.tokens.count else { throw CELProblem(message: "unexpected text after the end") }
    return result
  }

  private static func tokenize(_ text: String) throws(CELProblem) -> [Token] {
    var tokens: [Token] = []
    var rest = Substring(text)
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if first.isLetter || first == "_" {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        tokens.append(.name(String(word)))
        rest = rest.dropFirst(word.count)
      } else if first.isNumber {
        let word = rest.prefix { $0.isNumber || $0 == "." }
        if let value = Int64(word) {
          tokens.append(.integer(value))
        } else if let value = Double(word) {
          tokens.append(.double(value))
        } else {
          throw CELProblem(message: "not a number: \(word)")
        }
        rest = rest.dropFirst(word.count)
      } else if first == "'" || first == "\"" {
        tokens.append(.string(try string(&rest, quote: first)))
      } else {
        let two = String(rest.prefix(2))
        let known = ["&&", "||", "==", "!=", "<=", ">="].contains(two) ? two : String(first)
        guard known.count == 2 || "<>!?:()[].,+-*/%".contains(first) else {
          throw CELProblem(message: "unexpected character \(first)")
        }
        tokens.append(.symbol(known))
        rest = rest.dropFirst(known.count)
      }
    }
    return tokens
  }

  private static func string(_ rest: inout Substring, quote: Character) throws(CELProblem) -> String {
    rest.removeFirst()
    var value = ""
    while let next = rest.first, next != quote {
      rest.removeFirst()
      guard next == "\\" else {
        value.append(next)
        continue
      }
      guard let escaped = rest.popFirst() else { break }
      switch escaped {
      case "n": value.append("\n")
      case "t": value.append("\t")
      case "\\", "'", "\"": value.append(escaped)
      default: throw CELProblem(message: "unknown escape \\\(escaped)")
      }
    }
    guard rest.popFirst() == quote else { throw CELProblem(message: "a string does not end") }
    return value
  }

  private mutating func take(_ symbol: String) -> Bool {
    guard position < tokens.count, tokens[position] == .symbol(symbol) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ symbol: String) throws(CELProblem) {
    guard take(symbol) else { throw CELProblem(message: "\(symbol) is missing") }
  }

  private mutating func conditional() throws(CELProblem) -> CELExpression {
    let condition = try binary(level: 0)
    guard take("?") else { return condition }
    let yes = try conditional()
    try expect(":")
    return .conditional(condition, yes, try conditional())
  }

  private static let levels: [[String]] = [
    ["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"],
  ]

  private mutating func binary(level: Int) throws(CELProblem) -> CELExpression {
    guard level < Self.levels.count else { return try unary() }
    var left = try binary(level: level + 1)
    while position < tokens.count {
      let name: String
      switch tokens[position] {
      case .symbol(let text) where Self.levels[level].contains(text): name = text
      case .name("in") where Self.levels[level].contains("in"): name = "in"
      default: return left
      }
      position += 1
      left = .binary(name, left, try binary(level: level + 1))
    }
    return left
  }

  private mutating func unary() throws(CELProblem) -> CELExpression {
    if take("!") { return .not(try unary()) }
    if take("-") { return .negative(try unary()) }
    return try member(primary())
  }

  private mutating func member(_ start: CELExpression) throws(CELProblem) -> CELExpression {
    var result = start
    while true {
      if take(".") {
        guard position < tokens.count, case .name(let name) = tokens[position] else {
          throw CELProblem(message: "a field name is missing")
        }
        position += 1
        result = take("(") ? try call(name, on: result) : .field(result, Self.unescaped(name))
      } else if take("[") {
        result = .index(result, try conditional())
        try expect("]")
      } else {
        return result
      }
    }
  }

  /// `__namespace__` names the field `namespace`, which is a reserved word.
  private static func unescaped(_ name: String) -> String {
    name.hasPrefix("__") && name.hasSuffix("__") && name.count > 4 ? String(name.dropFirst(2).dropLast(2)) : name
  }

  private mutating func primary() throws(CELProblem) -> CELExpression {
    guard position < tokens.count else { throw CELProblem(message: "unexpected end") }
    let token = tokens[position]
    position += 1
    switch token {
    case .integer(let value): return .literal(.integer(value))
    case .double(let value): return .literal(.double(value))
    case .string(let value): return .literal(.string(value))
    case .symbol("("):
      let inner = try conditional()
      try expect(")")
      return inner
    case .symbol("["): return .list(try arguments(until: "]"))
    case .name("true"): return .literal(.bool(true))
    case .name("false"): return .literal(.bool(false))
    case .name("null"): return .literal(.null)
    case .name(let name): return take("(") ? try call(name, on: nil) : .variable(name)
    case .symbol(let text): throw CELProblem(message: "unexpected \(text)")
    }
  }

  private mutating func arguments(until end: String) throws(CELProblem) -> [CELExpression] {
    var list: [CELExpression] = []
    if take(end) { return list }
    repeat { list.append(try conditional()) } while take(",")
    try expect(end)
    return list
  }

  private static let functions: [String: Int] = ["size": 1, "int": 1, "double": 1, "string": 1]
  private static let methods: [String: Int] = [
    "matches": 1, "startsWith": 1, "endsWith": 1, "contains": 1, "size": 0, "lowerAscii": 0,
  ]
  private static let macros: Set<String> = ["all", "exists", "exists_one", "filter", "map"]

  private mutating func call(_ name: String, on target: CELExpression?) throws(CELProblem) -> CELExpression {
    let list = try arguments(until: ")")
    guard let target else {
      if name == "has", list.count == 1, case .field(let object, let field) = list[0] { return .has(object, field) }
      guard Self.functions[name] == list.count else { throw unknown(name) }
      return .call(name, list)
    }
    if Self.macros.contains(name), list.count == 2, case .variable(let variable) = list[0] {
      return .macro(name, target, variable, list[1])
    }
    guard Self.methods[name] == list.count else { throw unknown(name) }
    return .call(name, [target] + list)
  }

  private func unknown(_ name: String) -> CELProblem {
    CELProblem(message: "undeclared reference to '\(name)' (the test API server knows only a part of CEL)")
  }
}
