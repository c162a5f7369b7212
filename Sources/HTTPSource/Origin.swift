internal import CCurl

/// Scheme, host and port of a URL, as curl itself takes it apart.
struct Origin: Hashable {
  var scheme: String
  var host: String
  var port: String

  init?(url: String) {
    guard let parsed = curl_url() else { return nil }
    defer { curl_url_cleanup(parsed) }
    func part(_ part: CURLUPart) -> String? {
      var text: UnsafeMutablePointer<CChar>?
      guard curl_url_get(parsed, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
      defer { curl_free(text) }
      return String(cString: text)
    }
    guard curl_url_set(parsed, CURLUPART_URL, url, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK,
      let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST)
    else { return nil }
    self.scheme = scheme.lowercased()
    self.host = host.lowercased()
    port = part(CURLUPART_PORT) ?? ""
  }

  /// Whether headers and client certificate may go along with a redirect from here to `target`: to the same server, or to
  /// the same host's TLS port. Never from TLS to plain text. Go's client looks at the host name alone.
  func allowsCredentials(at target: Origin) -> Bool {
    target == self || (host == target.host && scheme == "http" && target.scheme == "https")
  }
}
