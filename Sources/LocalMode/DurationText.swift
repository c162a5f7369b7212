extension Duration {
  /// Reads `90s`, `5m`, `1h30m`, `1.5s`, `500ms`, or a plain number of seconds. Nil for anything else, and for negatives.
  public init?(humanText text: String) {
    if let seconds = Double(text), seconds.isFinite, (0...1e9).contains(seconds) {
      self = .seconds(seconds)
      return
    }
    let units: [(String, Double)] = [("ms", 0.001), ("h", 3600), ("m", 60), ("s", 1)]
    var rest = Substring(text)
    var total = 0.0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      guard let number = Double(digits), let unit = units.first(where: { rest.hasPrefix($0.0) }) else { return nil }
      rest = rest.dropFirst(unit.0.count)
      total += number * unit.1
    }
    guard total.isFinite, (0...1e9).contains(total) else { return nil }
    self = .seconds(total)
  }
}
