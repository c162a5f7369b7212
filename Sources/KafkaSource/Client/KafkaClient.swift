internal import CRdkafka
internal import Dispatch
internal import Questions

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Owns one librdkafka client: a consumer without a group, which never joins, fetches or creates anything, and connects only
/// to the brokers that are asked something.
///
/// `@unchecked Sendable`: the handle never changes, librdkafka's functions may be called from any thread, and the handle is
/// destroyed in `deinit`, when nobody is left to use it.
final class KafkaClient: @unchecked Sendable {
  let handle: OpaquePointer
  let events: ClientEvents
  let topics: TopicTable
  private let tokens: TokenRenewal?

  init(
    endpoint: KafkaEndpoint, configuration: KafkaConfiguration, metadataAge: Duration,
    fetchToken: KafkaSource.TokenFetch?
  ) throws(SourceError) {
    let events = ClientEvents(texts: FailureTexts(endpoint: endpoint, secrets: configuration.secrets))
    handle = try Self.makeHandle(configuration, events: events)
    self.events = events
    topics = TopicTable(handle: handle, maximumAge: metadataAge)
    if case .oauthBearer = endpoint.sasl, let fetchToken, let request = OAuthTokenRequest(endpoint: endpoint) {
      tokens = TokenRenewal(request: request, fetch: fetchToken)
    } else {
      tokens = nil
    }
    if tokens != nil { startTokenRenewal() }
  }

  deinit {
    tokens?.stop()
    topics.forgetAll()
    // Joins the library's threads, which may take a moment.
    let remains = Remains(handle: handle, events: events)
    DispatchQueue(label: "swell.kafka.destroy").async { remains.destroy() }
  }

  private struct Remains: @unchecked Sendable {
    let handle: OpaquePointer
    let events: ClientEvents

    func destroy() {
      rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
      Unmanaged.passUnretained(events).release()
    }
  }

  /// Runs the callbacks that are due, which is how `events` learns of failures.
  func runCallbacks() { rd_kafka_poll(handle, 0) }

  /// The library's threads ask for a token when the first connection is made and before one expires.
  private func startTokenRenewal() {
    events.onTokenNeeded { [weak self] in
      guard let self, let tokens = self.tokens else { return }
      tokens.renew(for: self)
    }
    if let error = rd_kafka_sasl_background_callbacks_enable(handle) { rd_kafka_error_destroy(error) }
  }

  /// What the loaded library was built with.
  static var features: Set<String> {
    guard let configuration = rd_kafka_conf_new() else { return [] }
    defer { rd_kafka_conf_destroy(configuration) }
    var size = 1024
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
      guard let text = buffer.baseAddress,
        rd_kafka_conf_get(configuration, "builtin.features", text, &size) == RD_KAFKA_CONF_OK
      else { return [] }
      return Set(String(cString: text).split(separator: ",").map(String.init))
    }
  }
}

extension KafkaClient {
  private static func makeHandle(
    _ configuration: KafkaConfiguration, events: ClientEvents
  ) throws(SourceError) -> OpaquePointer {
    guard let settings = rd_kafka_conf_new() else {
      throw events.texts.failure(.unusableConfiguration, "out of memory")
    }
    var message = [CChar](repeating: 0, count: 512)
    for setting in configuration.settings where setting.name != KafkaConfiguration.redactedOnly {
      let outcome = rd_kafka_conf_set(settings, setting.name, setting.value, &message, message.count)
      if outcome == RD_KAFKA_CONF_OK { continue }
      rd_kafka_conf_destroy(settings)
      throw events.texts.failure(.unusableConfiguration, "\(setting.name) cannot be used: \(text(message))")
    }
    let opaque = Unmanaged.passRetained(events)
    setCallbacks(settings, opaque: opaque.toOpaque())
    if let handle = rd_kafka_new(RD_KAFKA_CONSUMER, settings, &message, message.count) { return handle }
    rd_kafka_conf_destroy(settings)
    opaque.release()
    throw events.texts.failure(.unusableConfiguration, text(message))
  }

  private static func text(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func setCallbacks(_ settings: OpaquePointer, opaque: UnsafeMutableRawPointer) {
    rd_kafka_conf_set_opaque(settings, opaque)
    // Failures come through the error callback too, with a code; the log would only repeat them.
    rd_kafka_conf_set_log_cb(settings) { _, _, _, _ in }
    rd_kafka_conf_set_error_cb(settings) { _, code, reason, opaque in
      KafkaClient.events(opaque)?.failed(code: code, reason: reason.map { String(cString: $0) } ?? "")
    }
    rd_kafka_conf_set_socket_cb(settings) { domain, type, proto, opaque in
      let socket = socket(domain, type | KafkaClient.closeOnExec, proto)
      if socket >= 0 { KafkaClient.events(opaque)?.socketOpened() }
      return socket
    }
    rd_kafka_conf_set_closesocket_cb(settings) { socket, opaque in
      KafkaClient.events(opaque)?.socketClosed()
      return close(socket)
    }
    rd_kafka_conf_enable_sasl_queue(settings, 1)
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(settings) { _, _, opaque in
      KafkaClient.events(opaque)?.tokenNeeded()
    }
  }

  private static func events(_ opaque: UnsafeMutableRawPointer?) -> ClientEvents? {
    opaque.map { Unmanaged<ClientEvents>.fromOpaque($0).takeUnretainedValue() }
  }

  #if canImport(Glibc)
    private static let closeOnExec = Int32(SOCK_CLOEXEC.rawValue)
  #elseif canImport(Musl)
    private static let closeOnExec = SOCK_CLOEXEC
  #else
    private static let closeOnExec: Int32 = 0
  #endif
}
