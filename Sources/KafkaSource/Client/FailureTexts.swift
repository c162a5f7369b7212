internal import CRdkafka
internal import Questions

/// Turns the library's error codes and texts into `SourceError`s that name the endpoint, never hold a secret, and stay the
/// same while the cause stays the same.
struct FailureTexts: Sendable {
  let endpoint: String
  private let secrets: [String]

  init(endpoint: KafkaEndpoint, secrets: [String]) {
    self.endpoint = endpoint.description
    // Longer ones first, so that none is cut in two by a shorter one inside it.
    self.secrets = secrets.filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
  }

  /// An error of this endpoint; `text` is cleaned.
  func failure(_ code: SourceError.Code, _ text: String) -> SourceError {
    SourceError(code, "\(endpoint): \(cleaned(text))")
  }

  /// The message of one of this endpoint's errors without the endpoint.
  func cause(of error: SourceError) -> String {
    let prefix = "\(endpoint): "
    return error.message.hasPrefix(prefix) ? String(error.message.dropFirst(prefix.count)) : error.message
  }

  /// What the broker (or the library) says about one request.
  func requestFailure(code: Int32, subject: String, detail: String? = nil) -> SourceError {
    let text = detail ?? Self.name(of: code)
    return failure(Self.sourceCode(of: code), "\(subject): \(text)")
  }

  /// An error of a connection. nil for the notice that all brokers are down, which carries no cause.
  func clientFailure(code: Int32, reason: String) -> SourceError? {
    let error = rd_kafka_resp_err_t(rawValue: code)
    if error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN { return nil }
    let text = reason.isEmpty ? Self.name(of: code) : reason
    return failure(Self.connectionCode(of: error, text: text.lowercased()), text)
  }

  func isOutage(code: Int32) -> Bool {
    let error = rd_kafka_resp_err_t(rawValue: code)
    return error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || error == RD_KAFKA_RESP_ERR__AUTHENTICATION
  }

  /// Without secrets, control characters and the parts that differ from one failure to the next.
  func cleaned(_ text: String) -> String {
    var text = text
    for secret in secrets { text = Self.replacing(secret, in: text) }
    for varying in [" (after ", ", 1 identical error", " identical error(s)", ": increase receive.message"] {
      if let range = Self.firstRange(of: varying, in: text) { text = String(text[..<range.lowerBound]) }
    }
    text = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    return text.utf8.count > 500 ? String(text.prefix(500)) + "…" : text
  }

  static func name(of code: Int32) -> String {
    guard let text = rd_kafka_err2str(rd_kafka_resp_err_t(rawValue: code)) else { return "error \(code)" }
    return String(cString: text)
  }
}

extension FailureTexts {
  private static func connectionCode(of error: rd_kafka_resp_err_t, text: String) -> SourceError.Code {
    switch error {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED: return .authenticationFailed
    case RD_KAFKA_RESP_ERR__SSL: return .tlsFailed
    case RD_KAFKA_RESP_ERR__RESOLVE: return .unreachable
    case RD_KAFKA_RESP_ERR__BAD_MSG: return .malformedAnswer
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE: return .unusableConfiguration
    default: break
    }
    if text.contains("connection refused") { return .connectionRefused }
    if text.contains("failed to resolve") || text.contains("no route to host") { return .unreachable }
    if text.contains("network is unreachable") { return .unreachable }
    if text.contains("ssl handshake") || text.contains("certificate verify") { return .tlsFailed }
    if text.contains("invalid response size") || text.contains("protocol parse") { return .malformedAnswer }
    if text.contains("timed out") || error == RD_KAFKA_RESP_ERR__TIMED_OUT { return .timedOut }
    if text.contains("authentication") { return .authenticationFailed }
    return .connectionLost
  }

  private static func sourceCode(of code: Int32) -> SourceError.Code {
    switch rd_kafka_resp_err_t(rawValue: code) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__WAIT_COORD: .timedOut
    case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__DESTROY: .connectionLost
    case RD_KAFKA_RESP_ERR__SSL: .tlsFailed
    case RD_KAFKA_RESP_ERR__RESOLVE: .unreachable
    case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED: .authenticationFailed
    case RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR__UNDERFLOW: .malformedAnswer
    default: .refusedByServer
    }
  }

  private static func replacing(_ secret: String, in text: String) -> String {
    var rest = text[...]
    var result = ""
    while let range = firstRange(of: secret, in: rest) {
      result += rest[..<range.lowerBound]
      result += "<redacted>"
      rest = rest[range.upperBound...]
    }
    return result + rest
  }

  private static func firstRange<Text: StringProtocol>(of part: String, in text: Text) -> Range<String.Index>? {
    text.unicodeScalars.firstRange(of: part.unicodeScalars)
  }
}
