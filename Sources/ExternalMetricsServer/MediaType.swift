/// What a client says it takes (RFC 9110 section 12.5.1), as far as this API goes: it has JSON and nothing else.
enum MediaType {
  /// Whether plain JSON is among what an `accept` header takes.
  ///
  /// `application/json;as=…` and `;g=…` ask for another form of an object (a table, aggregated discovery); clients that
  /// send them take plain JSON too, as a further choice or because they must.
  static func acceptsJSON(_ header: String?) -> Bool {
    guard let header, !header.isEmpty else { return true }
    return header.utf8.split(separator: UInt8(ascii: ",")).contains { choice in
      let parts = choice.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      guard let type = parts.first.map(trimmed), isJSON(type) else { return false }
      return !parts.dropFirst().contains { isRefusal(trimmed($0)) }
    }
  }

  private static func isJSON(_ type: Substring.UTF8View) -> Bool {
    let name = String(Substring(type)).lowercased()
    return name == "application/json" || name == "*/*" || name == "application/*"
  }

  /// `q=0`, `q=0.0`: not acceptable.
  private static func isRefusal(_ parameter: Substring.UTF8View) -> Bool {
    let text = String(Substring(parameter)).lowercased()
    guard text.hasPrefix("q=") else { return false }
    let weight = text.dropFirst(2)
    return weight == "0" || (weight.hasPrefix("0.") && weight.dropFirst(2).allSatisfy { $0 == "0" })
  }

  private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
    let isBlank = { (byte: UInt8) in byte == 32 || byte == 9 }
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text = text.dropLast() }
    return text
  }
}
