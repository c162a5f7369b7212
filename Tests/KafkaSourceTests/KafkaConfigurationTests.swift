internal import Questions
internal import Testing

@testable import KafkaSource

struct KafkaConfigurationTests {
  static let everything: Set<String> = ["ssl", "sasl_plain", "sasl_scram", "sasl_oauthbearer", "sasl_gssapi"]

  private func settings(
    _ endpoint: KafkaEndpoint, features: Set<String> = everything, authorities: String? = "/ca"
  ) throws -> [String: String] {
    let configuration = try KafkaConfiguration(
      endpoint: endpoint, features: features, systemAuthorities: authorities, connectionTimeout: .seconds(10))
    return Dictionary(configuration.settings.map { ($0.name, $0.value) }) { _, last in last }
  }

  private func error(_ endpoint: KafkaEndpoint, features: Set<String> = everything) -> SourceError? {
    do {
      _ = try settings(endpoint, features: features)
      return nil
    } catch {
      return error as? SourceError
    }
  }

  @Test func protocolsFollowTLSAndSASL() throws {
    let plain = KafkaEndpoint.SASL.plain(username: "u", password: SecretText("p"))
    let cases: [(TLSOptions?, KafkaEndpoint.SASL?, String)] = [
      (nil, nil, "plaintext"), (TLSOptions(), nil, "ssl"), (nil, plain, "sasl_plaintext"),
      (TLSOptions(), plain, "sasl_ssl"),
    ]
    for (tls, sasl, expected) in cases {
      let settings = try settings(KafkaEndpoint(bootstrapServers: ["a:1", " b:2 "], tls: tls, sasl: sasl))
      #expect(settings["security.protocol"] == expected)
      #expect(settings["bootstrap.servers"] == "a:1,b:2")
      #expect(settings["allow.auto.create.topics"] == "false")
      #expect(settings["sasl.mechanism"] == (sasl == nil ? nil : "PLAIN"))
    }
  }

  @Test func certificatesAreVerifiedUnlessTheUserSaysOtherwise() throws {
    let strict = try settings(KafkaEndpoint(bootstrapServers: ["a"], tls: TLSOptions(authorities: "PEM")))
    #expect(strict["enable.ssl.certificate.verification"] == "true")
    #expect(strict["ssl.endpoint.identification.algorithm"] == "https")
    #expect(strict["ssl.ca.pem"] == "PEM")
    #expect(strict["ssl.ca.location"] == "/ca")
    let lax = try settings(KafkaEndpoint(bootstrapServers: ["a"], tls: TLSOptions(verifiesCertificate: false)))
    #expect(lax["enable.ssl.certificate.verification"] == "false")
    #expect(lax["ssl.endpoint.identification.algorithm"] == "none")
    #expect(lax["ssl.ca.location"] == nil)
  }

  @Test(arguments: [
    [], [""], [" "], ["a:0"], ["a:65536"], ["a:x"], [":9092"], ["a b:9092"], ["a,b"], ["a:9092", ""],
    [String(repeating: "x", count: 2_000)], ["a\0b:1"],
  ])
  func badBootstrapServers(_ servers: [String]) {
    #expect(error(KafkaEndpoint(bootstrapServers: servers))?.code == .unusableConfiguration)
  }

  @Test(arguments: ["a", "a:1", "[::1]:9092", "[::1]", "kafka.example:9092", "SSL://a:9093"])
  func goodBootstrapServers(_ server: String) {
    #expect(error(KafkaEndpoint(bootstrapServers: [server])) == nil)
  }

  @Test func mechanismsThatTheLibraryLacks() {
    let secret = SecretText("horse")
    let cases: [(String, KafkaEndpoint.SASL, String)] = [
      ("sasl_plain", .plain(username: "u", password: secret), "PLAIN"),
      ("sasl_scram", .scramSHA256(username: "u", password: secret), "SCRAM"),
      ("sasl_scram", .scramSHA512(username: "u", password: secret), "SCRAM"),
      (
        "sasl_oauthbearer",
        .oauthBearer(tokenEndpoint: "e", clientID: "c", clientSecret: secret, scopes: [], extensions: [:]),
        "OAUTHBEARER"
      ),
      ("sasl_gssapi", .gssapi(settings: [:]), "GSSAPI"),
    ]
    for (feature, sasl, name) in cases {
      let endpoint = KafkaEndpoint(bootstrapServers: ["a"], sasl: sasl)
      #expect(error(endpoint) == nil)
      let error = error(endpoint, features: Self.everything.subtracting([feature]))
      #expect(error?.code == .unusableConfiguration)
      #expect(error?.message.contains(name) == true)
      #expect(error?.message.contains("built without") == true)
    }
    let tls = KafkaEndpoint(bootstrapServers: ["a"], tls: TLSOptions())
    #expect(error(tls, features: [])?.message.contains("TLS") == true)
  }

  /// The library hands these values to a shell.
  @Test(arguments: [
    ["sasl.kerberos.kinit.cmd": "rm -rf /"], ["sasl.kerberos.principal": "a; rm -rf /"],
    ["sasl.kerberos.keytab": "$(reboot)"], ["sasl.kerberos.principal": "`reboot`"], ["sasl.kerberos.principal": "-x"],
    ["plugin.library.paths": "/evil.so"], ["sasl.kerberos.principal": ""],
  ])
  func kerberosSettingsThatAreRefused(_ settings: [String: String]) {
    let endpoint = KafkaEndpoint(bootstrapServers: ["a"], sasl: .gssapi(settings: settings))
    #expect(error(endpoint)?.code == .unusableConfiguration)
  }

  /// The library refuses Kerberos where its command for tickets lacks a keytab, so that it gets a command without one.
  @Test(.enabled(if: KafkaClient.features.contains("sasl_gssapi"), "librdkafka was built without Kerberos"))
  func theTicketsOfTheProcessAreEnough() throws {
    let settings = ["sasl.kerberos.service.name": "kafka", "sasl.kerberos.principal": "svc@EXAMPLE.COM"]
    let endpoint = KafkaEndpoint(bootstrapServers: ["127.0.0.1:9"], sasl: .gssapi(settings: settings))
    let configuration = try KafkaConfiguration(
      endpoint: endpoint, features: KafkaClient.features, systemAuthorities: nil, connectionTimeout: .seconds(10))
    _ = try KafkaClient(endpoint: endpoint, configuration: configuration, metadataAge: .seconds(5), fetchToken: nil)
  }

  @Test func textsHoldNoSecrets() throws {
    let endpoint = KafkaEndpoint(
      bootstrapServers: ["a"],
      tls: TLSOptions(certificate: "C", privateKey: SecretText("KEY"), privateKeyPassword: SecretText("open sesame")),
      sasl: .plain(username: "u", password: SecretText("sesame")))
    let configuration = try KafkaConfiguration(
      endpoint: endpoint, features: Self.everything, systemAuthorities: nil, connectionTimeout: .seconds(10))
    let texts = FailureTexts(endpoint: endpoint, secrets: configuration.secrets)
    #expect(
      texts.cleaned("a KEY, open sesame and sesame\n\u{7}") == "a <redacted>, <redacted> and <redacted>  ")
    #expect(texts.cleaned("no route (after 12ms in state CONNECT)") == "no route")
    #expect(texts.cleaned(String(repeating: "x", count: 10_000)).utf8.count < 600)
  }

  @Test func aBadValueNamesTheSetting() {
    let endpoint = KafkaEndpoint(
      bootstrapServers: ["a"], sasl: .plain(username: "u", password: SecretText("with\0byte")))
    #expect(error(endpoint)?.message.contains("sasl.password") == true)
    #expect(error(endpoint)?.message.contains("byte;") == true)
  }

  @Test func millisecondsAreSafe() {
    #expect(Duration.zero.wholeMilliseconds == 0)
    #expect(Duration.milliseconds(-5).wholeMilliseconds == 0)
    #expect(Duration.nanoseconds(1).wholeMilliseconds == 1)
    #expect(Duration.milliseconds(1500).wholeMilliseconds == 1500)
    #expect(Duration.seconds(Int64.max).wholeMilliseconds == 2_000_000_000)
  }
}
