internal import CCurl

/// A URL as curl itself takes it apart.
final class ParsedURL {
  private let handle: OpaquePointer

  init?(_ url: String) {
    guard let handle = curl_url() else { return nil }
    self.handle = handle
    let flags = UInt32(CURLU_NON_SUPPORT_SCHEME) | UInt32(CURLU_PATH_AS_IS)
    guard curl_url_set(handle, CURLUPART_URL, url, flags) == CURLUE_OK else { return nil }
  }

  deinit { curl_url_cleanup(handle) }

  /// nil where the URL has no such part. Where it names no port, that of its scheme.
  func part(_ part: CURLUPart) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
