internal import CCurl
internal import Foundation

/// What every request takes from the process's surroundings.
struct ProcessSettings: Sendable {
  /// The proxy for `http://`, where only the upper-case variable names one. curl reads the lower-case one only; Go, and so
  /// every manifest that works with KEDA, reads both. (curl reads both for `https_proxy`, `no_proxy`, `all_proxy`.)
  let plainHTTPProxy: String?
  /// The PEM file of the system's authorities; `SSL_CERT_FILE` names another one, as in Go.
  let authoritiesFile: String?
  /// A folder of authorities by hashed name; `SSL_CERT_DIR` names another one, as in Go.
  let authoritiesDirectory: String?
  private let hasOwnFile: Bool

  init(environment: [String: String]) {
    func value(_ name: String) -> String? {
      guard let text = environment[name], !text.isEmpty else { return nil }
      return text
    }
    // A web server hands a client's `Proxy:` header to a CGI program as HTTP_PROXY.
    let isCGI = environment["REQUEST_METHOD"] != nil
    plainHTTPProxy = value("http_proxy") == nil && !isCGI ? value("HTTP_PROXY") : nil

    hasOwnFile = value("SSL_CERT_FILE") != nil
    let builtIn = swell_curl_version()
    authoritiesFile = value("SSL_CERT_FILE") ?? builtIn?.pointee.cainfo.map { String(cString: $0) }
    authoritiesDirectory = value("SSL_CERT_DIR") ?? builtIn?.pointee.capath.map { String(cString: $0) }
  }

  /// The authorities to trust where an endpoint brings its own: those, and the system's after them. curl takes these in
  /// place of `authoritiesFile`, but beside `authoritiesDirectory`.
  func authorities(with own: String) -> String {
    guard !directoryIsUsable, let file = authoritiesFile,
      let system = try? String(contentsOfFile: file, encoding: .utf8)
    else { return own }
    return own + "\n" + system
  }

  /// Whether OpenSSL finds authorities in the folder, each when it is needed. Better than the file, which costs every
  /// connection the parsing and keeping of some 140 certificates.
  private var directoryIsUsable: Bool {
    // With a file named by the user, the folder is not all that counts.
    guard !hasOwnFile, let directory = authoritiesDirectory,
      let names = try? FileManager.default.contentsOfDirectory(atPath: directory)
    else { return false }
    return names.contains { $0.hasSuffix(".0") }
  }
}
