extension Quantity: Codable {
  /// A text, or a JSON number; blanks around the text are ignored, as Kubernetes does.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text: String
    if let string = try? container.decode(String.self) {
      text = string
    } else if let integer = try? container.decode(Int64.self) {
      text = String(integer)
    } else {
      text = "\(try container.decode(Double.self))"
    }
    do {
      try self.init(parsing: Quantity.trimmed(text))
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  static func trimmed(_ text: String) -> String {
    func isBlank(_ character: Character) -> Bool { character.isWhitespace }
    guard text.first.map(isBlank) == true || text.last.map(isBlank) == true else { return text }
    var rest = text.drop(while: isBlank)
    while rest.last.map(isBlank) == true { rest.removeLast() }
    return String(rest)
  }
}
