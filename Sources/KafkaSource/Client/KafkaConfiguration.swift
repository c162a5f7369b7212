internal import Questions

/// What librdkafka is told about a cluster: its own setting names with their values, made from an endpoint without touching
/// the network or the disk.
struct KafkaConfiguration {
  struct Setting: Hashable, Sendable {
    var name: String
    var value: String
    /// The value must not appear in any text.
    var isSecret = false
  }

  private(set) var settings: [Setting] = []

  /// - Parameters:
  ///   - features: what the loaded library was built with (`builtin.features`).
  ///   - systemAuthorities: the bundle of the machine's certificate authorities, trusted beside the endpoint's own.
  ///   - connectionTimeout: after this long without progress a connection is given up.
  init(
    endpoint: KafkaEndpoint, features: Set<String>, systemAuthorities: String?, connectionTimeout: Duration
  ) throws(SourceError) {
    add("bootstrap.servers", try Self.bootstrapServers(of: endpoint))
    addFixedSettings(connectionTimeout: connectionTimeout)
    switch (endpoint.tls != nil, endpoint.sasl != nil) {
    case (false, false): add("security.protocol", "plaintext")
    case (true, false): add("security.protocol", "ssl")
    case (false, true): add("security.protocol", "sasl_plaintext")
    case (true, true): add("security.protocol", "sasl_ssl")
    }
    if let tls = endpoint.tls {
      try require("ssl", "TLS", in: features, endpoint)
      addTLS(tls, systemAuthorities: systemAuthorities)
    }
    if let sasl = endpoint.sasl { try addSASL(sasl, features: features, endpoint: endpoint) }
    for setting in settings where setting.value.utf8.contains(0) {
      throw SourceError(
        .unusableConfiguration,
        "\(endpoint): the value for \(setting.name) contains a NUL byte; write it without control characters")
    }
  }

  /// The values that must not appear in any text.
  var secrets: [String] { settings.filter(\.isSecret).map(\.value) }

  private mutating func add(_ name: String, _ value: String) { settings.append(Setting(name: name, value: value)) }

  private mutating func add(_ name: String, secret: SecretText) {
    settings.append(Setting(name: name, value: secret.reveal(), isSecret: true))
  }

  private mutating func addFixedSettings(connectionTimeout: Duration) {
    let patience = String(min(max(connectionTimeout.wholeMilliseconds, 1000), 300_000))
    add("client.id", "swell")
    // Asking for a topic must never create it.
    add("allow.auto.create.topics", "false")
    add("enable.auto.commit", "false")
    // The source asks for metadata when it needs some; the library need not.
    add("topic.metadata.refresh.interval.ms", "-1")
    // Small requests follow one another closely: Nagle's algorithm would hold each back for 40 ms.
    add("socket.nagle.disable", "true")
    add("socket.keepalive.enable", "true")
    add("socket.timeout.ms", patience)
    add("socket.connection.setup.timeout.ms", patience)
    add("api.version.request.timeout.ms", patience)
    // A broker that is back is noticed within half a second.
    add("reconnect.backoff.ms", "50")
    add("reconnect.backoff.max.ms", "500")
    // Else the error callback does not hear of connections that break.
    add("log.connection.close", "true")
    // The largest answer that is read; the fetch limits only have to be below it.
    add("fetch.max.bytes", "1048576")
    add("receive.message.max.bytes", "33554432")
  }

  private mutating func addTLS(_ tls: TLSOptions, systemAuthorities: String?) {
    if tls.verifiesCertificate {
      add("enable.ssl.certificate.verification", "true")
      add("ssl.endpoint.identification.algorithm", "https")
    } else {
      add("enable.ssl.certificate.verification", "false")
      add("ssl.endpoint.identification.algorithm", "none")
    }
    if let authorities = tls.authorities, !authorities.isEmpty {
      add("ssl.ca.pem", authorities)
      // The library looks for the system's authorities only where none are given.
      if let systemAuthorities { add("ssl.ca.location", systemAuthorities) }
    }
    if let certificate = tls.certificate, !certificate.isEmpty { add("ssl.certificate.pem", certificate) }
    if let key = tls.privateKey, !key.isEmpty { add("ssl.key.pem", secret: key) }
    if let password = tls.privateKeyPassword, !password.isEmpty { add("ssl.key.password", secret: password) }
  }

  private mutating func addSASL(
    _ sasl: KafkaEndpoint.SASL, features: Set<String>, endpoint: KafkaEndpoint
  ) throws(SourceError) {
    switch sasl {
    case .plain(let username, let password):
      try require("sasl_plain", "SASL PLAIN", in: features, endpoint)
      addLogin("PLAIN", username, password)
    case .scramSHA256(let username, let password):
      try require("sasl_scram", "SASL SCRAM", in: features, endpoint)
      addLogin("SCRAM-SHA-256", username, password)
    case .scramSHA512(let username, let password):
      try require("sasl_scram", "SASL SCRAM", in: features, endpoint)
      addLogin("SCRAM-SHA-512", username, password)
    case .oauthBearer(_, _, let clientSecret, _, _):
      try require("sasl_oauthbearer", "SASL OAUTHBEARER", in: features, endpoint)
      add("sasl.mechanism", "OAUTHBEARER")
      settings.append(Setting(name: Self.redactedOnly, value: clientSecret.reveal(), isSecret: true))
    case .gssapi(let kerberos):
      try require("sasl_gssapi", "SASL GSSAPI (Kerberos)", in: features, endpoint)
      add("sasl.mechanism", "GSSAPI")
      // The library's command for tickets needs a keytab; without one it refuses the configuration. Then the tickets in
      // this process's credential cache count, and the command does nothing, once.
      if kerberos["sasl.kerberos.keytab"] == nil {
        add("sasl.kerberos.kinit.cmd", "true")
        add("sasl.kerberos.min.time.before.relogin", "0")
      }
      for (name, value) in kerberos.sorted(by: { $0.key < $1.key }) {
        try Self.checkKerberos(name, value, endpoint)
        add(name, value)
      }
    }
  }

  private mutating func addLogin(_ mechanism: String, _ username: String, _ password: SecretText) {
    add("sasl.mechanism", mechanism)
    add("sasl.username", username)
    add("sasl.password", secret: password)
  }

  /// The name of a setting that the library does not get: its value is only kept out of texts.
  static let redactedOnly = "swell.redacted"

  private func require(
    _ feature: String, _ name: String, in features: Set<String>, _ endpoint: KafkaEndpoint
  ) throws(SourceError) {
    if features.contains(feature) { return }
    throw SourceError(
      .unusableConfiguration,
      "\(endpoint): the librdkafka on this machine was built without \(name) (feature \"\(feature)\"); "
        + "install one that has it or use another mechanism")
  }
}

extension KafkaConfiguration {
  private static func bootstrapServers(of endpoint: KafkaEndpoint) throws(SourceError) -> String {
    var servers: [String] = []
    for server in endpoint.bootstrapServers {
      let trimmed = String(server.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
      if !isUsable(server: trimmed) {
        throw SourceError(
          .unusableConfiguration,
          "bootstrap server \"\(server.prefix(200))\" is no address; write host:port, for example kafka.example:9092")
      }
      servers.append(trimmed)
    }
    if servers.isEmpty {
      throw SourceError(.unusableConfiguration, "no bootstrap servers; write at least one as host:port")
    }
    return servers.joined(separator: ",")
  }

  private static func isUsable(server: String) -> Bool {
    let isPrintable = server.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 != 0x7F }
    guard isPrintable, !server.isEmpty, server.utf8.count <= 1024 else { return false }
    // `[::1]:9092`, `host:9092`, `host`
    guard let colon = server.lastIndex(of: ":"), !server[colon...].contains("]") else { return true }
    guard colon != server.startIndex, let port = Int(server[server.index(after: colon)...]) else { return false }
    return (1...65535).contains(port)
  }

  /// The library passes these values to a shell that runs `kinit`, so only what a principal or a path needs is let through,
  /// and never a command.
  private static func checkKerberos(_ name: String, _ value: String, _ endpoint: KafkaEndpoint) throws(SourceError) {
    let known = [
      "sasl.kerberos.service.name", "sasl.kerberos.principal", "sasl.kerberos.keytab",
      "sasl.kerberos.min.time.before.relogin",
    ]
    guard known.contains(name) else {
      throw SourceError(
        .unusableConfiguration,
        "\(endpoint): \(name.prefix(100)) is not a Kerberos setting that can be used; "
          + "use one of \(known.joined(separator: ", "))")
    }
    let isPlain = value.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-", "/", "@": true
      default: false
      }
    }
    if !isPlain || value.hasPrefix("-") || value.isEmpty {
      throw SourceError(
        .unusableConfiguration,
        "\(endpoint): \(name) \"\(value.prefix(200))\" may hold only letters, digits and . _ - / @")
    }
  }
}
