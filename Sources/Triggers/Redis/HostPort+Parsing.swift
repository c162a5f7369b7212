internal import Questions

extension HostPort {
  /// `host:port`, `[IPv6]:port`, or a host alone, which gets the default port. Nil for anything else.
  init?(parsing text: String, defaultPort: Int) {
    guard !text.isEmpty, !text.unicodeScalars.contains(where: { $0.properties.isWhitespace }) else { return nil }
    var host = text[...]
    var port: Substring?
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
      port = rest.isEmpty ? nil : rest.dropFirst()
    } else if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
    }
    guard !host.isEmpty, !host.contains(where: { "/@[]".contains($0) }) else { return nil }
    var number = defaultPort
    if let port {
      guard let written = Int(port), (1...65_535).contains(written), port.allSatisfy(\.isASCII), !port.hasPrefix("+")
      else {
        return nil
      }
      number = written
    }
    self.init(host: String(host), port: number)
  }
}
