/// A parsed `labelSelector` query parameter: requirements that must all hold, sorted by key. Empty selects everything.
public struct LabelQuery: Hashable, Sendable, CustomStringConvertible {
  /// Longer texts are refused unread.
  public static let maximumLength = 16_384

  public var requirements: [LabelRequirement]

  public init(_ requirements: [LabelRequirement] = []) {
    self.requirements = requirements.enumerated()
      .sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }
      .map(\.element)
  }

  /// Parses what the API server accepts: `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x)`, `a`, `!a`, `a>1`, `a<1`,
  /// joined by commas, with blanks anywhere between.
  public init(parsing text: String) throws(LabelSelectorError) {
    guard text.utf8.count <= LabelQuery.maximumLength else {
      throw LabelSelectorError("the label selector is longer than \(LabelQuery.maximumLength) bytes")
    }
    var parser = LabelQueryParser(text)
    self.init(try parser.parse())
  }

  public var isEmpty: Bool { requirements.isEmpty }

  public func matches(_ labels: [String: String]) -> Bool { requirements.allSatisfy { $0.matches(labels) } }

  /// The one value that the label must have, or nil when the selector leaves a choice.
  public func exactValue(of key: String) -> String? {
    guard let requirement = requirements.first(where: { $0.key == key }), requirement.values.count == 1 else {
      return nil
    }
    switch requirement.operator {
    case .equals, .doubleEquals, .in: return requirement.values.first
    default: return nil
    }
  }

  public var description: String { requirements.map(\.description).joined(separator: ",") }
}
