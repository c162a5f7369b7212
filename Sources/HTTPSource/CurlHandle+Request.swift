internal import CCurl
internal import Questions

extension CurlHandle {
  /// Sets everything up for one request to `url`: a POST of `body`, a GET without one.
  func prepare(
    url: String, headers: [HTTPQuestion.Header], body: HTTPRequest.Body?, limits: HTTPTransport.Limits
  ) {
    set(CURLOPT_URL, url)
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_PATH_AS_IS, 1)
    set(CURLOPT_HTTPGET, 1)
    set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    set(CURLOPT_MAXFILESIZE, limits.answerBytes)
    set(CURLOPT_USERAGENT, "swell")
    // Timeouts without signals; the thread that runs curl blocks SIGPIPE.
    set(CURLOPT_NOSIGNAL, 1)
    // Giving up on a name that does not resolve must not wait for the resolver: every other request would wait too.
    set(CURLOPT_QUICK_EXIT, 1)
    var lines = headers.map { Self.line($0) }
    if let body {
      lines.append("Content-Type: \(body.contentType)")
      set(body: body.text.reveal())
    }
    set(headerLines: lines)
  }

  /// - Parameter carriesCredentials: False after a redirect to another host, which gets no client certificate.
  func prepareTLS(_ options: TLSOptions, carriesCredentials: Bool, settings: ProcessSettings) {
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    set(CURLOPT_SSL_VERIFYPEER, options.verifiesCertificate ? 1 : 0)
    set(CURLOPT_SSL_VERIFYHOST, options.verifiesCertificate ? 2 : 0)
    if let directory = settings.authoritiesDirectory { set(CURLOPT_CAPATH, directory) }
    if let own = options.authorities {
      set(CURLOPT_CAINFO_BLOB, pem: settings.authorities(with: own))
    } else if let file = settings.authoritiesFile {
      set(CURLOPT_CAINFO, file)
    }
    guard carriesCredentials, let certificate = options.certificate else { return }
    let key = options.privateKey?.reveal() ?? certificate
    let password = options.privateKeyPassword
    // curl shares a connection between requests whose certificate blobs are equal, and does not look at key and password.
    // With both in the blob (where OpenSSL passes over them), only those who hold the same key share one.
    set(CURLOPT_SSLCERT_BLOB, pem: "\(certificate)\n\(key)\nidentity \(password.hashValue)\n")
    set(CURLOPT_SSLKEY_BLOB, pem: key)
    // Always: for an encrypted key without a password OpenSSL would ask at the terminal.
    set(CURLOPT_KEYPASSWD, password?.reveal() ?? "")
  }

  /// A header as curl wants it: `Name: value`, and `Name;` for one without a value.
  private static func line(_ header: HTTPQuestion.Header) -> String {
    let value = header.value.reveal()
    let isBlank = value.allSatisfy { $0 == " " || $0 == "\t" }
    return isBlank ? "\(header.name);" : "\(header.name): \(value)"
  }
}

extension HTTPRequest {
  var url: String {
    "\(endpoint.description)\(target.hasPrefix("/") ? "" : "/")\(target)"
  }

  /// What cannot be sent, and what to write instead; nil where everything can.
  var problem: SourceError? {
    func unusable(_ text: String) -> SourceError { SourceError(.unusableConfiguration, "\(endpoint): \(text)") }
    guard endpoint.scheme == "http" || endpoint.scheme == "https" else {
      return unusable("the scheme \"\(endpoint.scheme)\" is not supported: write http:// or https://")
    }
    let separators: [Unicode.Scalar] = ["/", "?", "#", "@", "\\", " "]
    guard !endpoint.host.isEmpty,
      endpoint.host.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 && !separators.contains($0) }),
      (1...65535).contains(endpoint.port)
    else { return unusable("this is not a host and a port between 1 and 65535") }
    guard target.utf8.allSatisfy({ $0 > 32 && $0 != 127 && $0 != UInt8(ascii: "#") }) else {
      return unusable("the path or query has a space, a control character or a #: percent-encode it")
    }
    for header in headers {
      guard !header.name.isEmpty, header.name.utf8.allSatisfy(Self.isTokenByte) else {
        return unusable("\"\(Self.printable(header.name))\" is not the name of a header")
      }
      guard header.value.reveal().utf8.allSatisfy({ ($0 >= 32 || $0 == 9) && $0 != 127 }) else {
        return unusable("the value of the header \(header.name) has a line break or another control character")
      }
    }
    if let body, body.contentType.isEmpty || !body.contentType.utf8.allSatisfy({ $0 >= 32 && $0 < 127 }) {
      return unusable("\"\(Self.printable(body.contentType))\" is not the type of a body")
    }
    for (pem, name) in [(endpoint.tls.authorities, "CA certificate"), (endpoint.tls.certificate, "client certificate")]
    {
      if let pem, !pem.contains("-----BEGIN ") { return unusable("the \(name) is not in PEM format") }
    }
    if let key = endpoint.tls.privateKey, !key.reveal().contains("-----BEGIN ") {
      return unusable("the client key is not in PEM format")
    }
    return nil
  }

  /// RFC 9110, section 5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  private static func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(60).map { $0.value < 32 || $0.value == 127 ? "?" : $0 }))
  }
}
