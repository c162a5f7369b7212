/// A user's text cut to about `limit` characters for a message, control characters made visible.
public func shortened(_ text: some StringProtocol, to limit: Int = 60) -> String {
  var result = ""
  var count = 0
  for scalar in text.unicodeScalars {
    if count == limit { return result + "…" }
    result += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
    count += 1
  }
  return result
}
