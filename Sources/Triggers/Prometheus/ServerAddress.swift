internal import Questions

/// A URL of an HTTP server, as users write it: `https://user:password@host:9090/prefix`.
struct ServerAddress {
  /// `http` or `https`.
  var scheme: String
  var host: String
  var port: Int
  /// In front of every request's path: begins with `/` and does not end with one, or is empty.
  var prefix: String
  /// Name and password that stand in the URL.
  var user: (name: String, password: SecretText)?

  /// Nil when the text is not such a URL, or has a query or a fragment.
  init?(_ text: String) {
    guard let separator = text.firstRange(of: "://") else { return nil }
    scheme = text[..<separator.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    let rest = text[separator.upperBound...]
    guard rest.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }), !rest.contains("?"),
      !rest.contains("#")
    else { return nil }
    var authority = rest.prefix { $0 != "/" }
    let path = rest[authority.endIndex...]
    if let at = authority.lastIndex(of: "@") {
      let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let password = parts.count == 2 ? QueryEscaping.unescaped(parts[1]) : ""
      user = (QueryEscaping.unescaped(parts[0]), SecretText(password))
      authority = authority[authority.index(after: at)...]
    }
    guard let address = HostPort(parsing: String(authority), defaultPort: scheme == "https" ? 443 : 80) else {
      return nil
    }
    host = address.host
    port = address.port
    let trimmed = path.prefix(
      path.lastIndex { $0 != "/" }.map { path.distance(from: path.startIndex, to: $0) + 1 } ?? 0)
    prefix = QueryEscaping.legal(String(trimmed))
  }
}
