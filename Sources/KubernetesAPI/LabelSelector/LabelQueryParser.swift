/// Turns the text of a label selector into requirements, by the grammar of Kubernetes' `labels.Parse`.
struct LabelQueryParser {
  private enum Token: Equatable {
    case word(String)
    /// One of `= == != > < ! ( ) ,`.
    case symbol(String)
    case end

    var shown: String {
      switch self {
      case .word(let text), .symbol(let text): "\"\(shortened(text))\""
      case .end: "the end"
      }
    }
  }

  private var rest: Substring.UTF8View
  private var ahead: Token = .end

  init(_ text: String) {
    rest = text.utf8[...]
    ahead = nextToken()
  }

  mutating func parse() throws(LabelSelectorError) -> [LabelRequirement] {
    var requirements: [LabelRequirement] = []
    if ahead == .end { return requirements }
    while true {
      requirements.append(try parseRequirement())
      switch take() {
      case .end:
        return requirements
      case .symbol(","):
        continue
      case let other:
        throw LabelSelectorError("found \(other.shown) in the label selector where a comma or the end is expected")
      }
    }
  }

  private mutating func parseRequirement() throws(LabelSelectorError) -> LabelRequirement {
    var token = take()
    let isNegated = token == .symbol("!")
    if isNegated { token = take() }
    guard case .word(let key) = token else {
      throw LabelSelectorError(
        "found \(token.shown) in the label selector where a label key is expected: write key=value")
    }
    if let problem = LabelSyntax.problem(ofKey: key) { throw LabelSelectorError(problem) }
    if isNegated {
      return try LabelRequirement(validating: key, .doesNotExist, [])
    }
    if ahead == .end || ahead == .symbol(",") { return try LabelRequirement(validating: key, .exists, []) }

    let operation = take()
    switch operation {
    case .symbol("="): return try LabelRequirement(validating: key, .equals, [parseExactValue()])
    case .symbol("=="): return try LabelRequirement(validating: key, .doubleEquals, [parseExactValue()])
    case .symbol("!="): return try LabelRequirement(validating: key, .notEquals, [parseExactValue()])
    case .symbol(">"): return try LabelRequirement(validating: key, .greaterThan, [parseExactValue()])
    case .symbol("<"): return try LabelRequirement(validating: key, .lessThan, [parseExactValue()])
    case .word("in"): return try LabelRequirement(validating: key, .in, parseValues())
    case .word("notin"): return try LabelRequirement(validating: key, .notIn, parseValues())
    default:
      throw LabelSelectorError(
        "found \(operation.shown) in the label selector after \"\(shortened(key))\": "
          + "use one of =, ==, !=, in (…), notin (…), >, <")
    }
  }

  private mutating func parseExactValue() throws(LabelSelectorError) -> String {
    if ahead == .end || ahead == .symbol(",") { return "" }
    let token = take()
    guard case .word(let value) = token else {
      throw LabelSelectorError("found \(token.shown) in the label selector where a label value is expected")
    }
    return value
  }

  /// `(x,y)`; a missing word between commas or parentheses is the empty value.
  private mutating func parseValues() throws(LabelSelectorError) -> [String] {
    let opening = take()
    guard opening == .symbol("(") else {
      throw LabelSelectorError("found \(opening.shown) in the label selector where a list is expected: write (a,b)")
    }
    var values: Set<String> = []
    while true {
      var token = take()
      if case .word(let value) = token {
        values.insert(value)
        token = take()
      } else {
        values.insert("")
      }
      switch token {
      case .symbol(","): continue
      case .symbol(")"): return values.sorted()
      default:
        throw LabelSelectorError(
          "found \(token.shown) in the list of the label selector where a comma or ) is expected")
      }
    }
  }

  private mutating func take() -> Token {
    defer { ahead = nextToken() }
    return ahead
  }

  private mutating func nextToken() -> Token {
    rest = rest.drop { isBlank($0) }
    guard let first = rest.first else { return .end }
    if !isSpecial(first) {
      let word = rest.prefix { !isBlank($0) && !isSpecial($0) }
      rest = rest.dropFirst(word.count)
      return .word(String(Substring(word)))
    }
    rest.removeFirst()
    if rest.first == UInt8(ascii: "="), first == UInt8(ascii: "=") || first == UInt8(ascii: "!") {
      rest.removeFirst()
      return .symbol(first == UInt8(ascii: "=") ? "==" : "!=")
    }
    return .symbol(String(UnicodeScalar(first)))
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

  private func isSpecial(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","),
      UInt8(ascii: ">"), UInt8(ascii: "<"):
      true
    default: false
    }
  }
}
