internal import CCurl
internal import Foundation
internal import Questions

/// What a transfer that curl gave up means to the one who asked.
struct CurlFailure {
  var code: CURLcode
  /// curl's own words. They may hold host names and certificate subjects; only where they cannot hold more (a proxy's
  /// password, say) are they passed on.
  var text: String
  /// `errno` of the last failed connection attempt.
  var systemError: Int32
  /// Whether a status had come.
  var answerHadBegun: Bool
  var endpoint: HTTPEndpoint
  var limits: HTTPTransport.Limits

  var error: SourceError {
    let (kind, cause) = meaning
    return SourceError(kind, "\(endpoint): \(cause)")
  }

  private var meaning: (SourceError.Code, String) {
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST:
      (.unreachable, "the host name does not resolve (\(detail))")
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY:
      (.unreachable, "the proxy that the environment names (http_proxy, https_proxy, all_proxy) cannot be used")
    case CURLE_COULDNT_CONNECT:
      connectFailure
    case CURLE_OPERATION_TIMEDOUT:
      (.timedOut, "no complete answer in time")
    case CURLE_URL_MALFORMAT:
      (.unusableConfiguration, "this is not a usable URL")
    case CURLE_SSL_CERTPROBLEM:
      (.unusableConfiguration, "the client certificate or its key cannot be used, or keyPassword is wrong (\(detail))")
    case CURLE_SSL_CACERT_BADFILE:
      (.unusableConfiguration, "the CA certificate cannot be read (\(detail))")
    case CURLE_FILESIZE_EXCEEDED, CURLE_WRITE_ERROR:
      (.answerTooLarge, "the answer is larger than the limit of \(limits.answerBytes) bytes")
    case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
      brokenConnection
    // The first is what curl says of an answer that does not begin with HTTP/: other protocols are never asked for.
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
      (.malformedAnswer, "the answer is not HTTP (\(detail))")
    case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR:
      (.authenticationFailed, "the server wants other credentials")
    default:
      Self.isTLS(code)
        ? (.tlsFailed, "TLS failed: \(detail)")
        : (.connectionLost, String(cString: curl_easy_strerror(code)))
    }
  }

  private var connectFailure: (SourceError.Code, String) {
    switch systemError {
    case ECONNREFUSED: (.connectionRefused, "connection refused")
    case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EADDRNOTAVAIL, EACCES, EPERM:
      (.unreachable, "no route leads there (\(detail))")
    default: (.unreachable, "cannot connect (\(detail))")
    }
  }

  private var brokenConnection: (SourceError.Code, String) {
    // TLS 1.3: the server judges the client's certificate only after the client thinks that the handshake is done. Its
    // verdict may be lost in the reset that follows it.
    if text.contains("SSL routines") { return (.tlsFailed, "TLS failed: \(detail)") }
    if text.contains("from proxy") { return (.unreachable, "the proxy does not let the request through (\(detail))") }
    let hint =
      endpoint.scheme == "https" && !answerHadBegun ? "; perhaps the server wants another client certificate" : ""
    return (.connectionLost, "the connection broke before the answer was complete (\(detail))\(hint)")
  }

  private static func isTLS(_ code: CURLcode) -> Bool {
    [
      CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
      CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED, CURLE_SSL_SHUTDOWN_FAILED,
      CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS,
      CURLE_SSL_CLIENTCERT,
    ].contains(code)
  }

  /// curl's words on one line of bounded length.
  private var detail: String {
    let words = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    return String(String.UnicodeScalarView(words.unicodeScalars.prefix(300).map { $0.value < 32 ? " " : $0 }))
  }
}
