internal import CCurl
public import Questions

extension HTTPRequest {
  /// A request to what a URL names, with the system's authorities where it is `https://`.
  ///
  /// nil for what is no URL, has another scheme than `http` and `https`, or holds a user's name or password: those
  /// belong in a header. A fragment is left out.
  public init?(url: String, headers: [HTTPQuestion.Header] = [], body: Body? = nil) {
    guard let parsed = ParsedURL(url), let scheme = parsed.part(CURLUPART_SCHEME)?.lowercased(),
      scheme == "http" || scheme == "https", let host = parsed.part(CURLUPART_HOST),
      let port = parsed.part(CURLUPART_PORT).flatMap({ Int($0) }), let path = parsed.part(CURLUPART_PATH),
      parsed.part(CURLUPART_USER) == nil, parsed.part(CURLUPART_PASSWORD) == nil
    else { return nil }
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    self.init(
      endpoint: HTTPEndpoint(
        scheme: scheme, host: isBracketed ? String(host.dropFirst().dropLast()) : host, port: port),
      target: path + (parsed.part(CURLUPART_QUERY).map { "?\($0)" } ?? ""), headers: headers, body: body)
  }
}
