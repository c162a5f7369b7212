internal import CCurl

/// Scheme, host and port of a URL.
struct Origin: Hashable {
  var scheme: String
  var host: String
  var port: String

  init?(url: String) {
    guard let parsed = ParsedURL(url), let scheme = parsed.part(CURLUPART_SCHEME),
      let host = parsed.part(CURLUPART_HOST)
    else { return nil }
    self.scheme = scheme.lowercased()
    self.host = host.lowercased()
    port = parsed.part(CURLUPART_PORT) ?? ""
  }

  /// Whether headers, body and client certificate may go along with a redirect from here to `target`: to the same server, or to
  /// the same host's TLS port. Never from TLS to plain text. Go's client looks at the host name alone.
  func allowsCredentials(at target: Origin) -> Bool {
    target == self || (host == target.host && scheme == "http" && target.scheme == "https")
  }
}
