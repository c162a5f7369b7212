internal import KubernetesAPI
internal import Questions

/// Where a kafka trigger finds its cluster, and how it identifies itself.
extension MetadataReader {
  /// The endpoint, or nil when some problem was noted.
  mutating func kafkaEndpoint() -> KafkaEndpoint? {
    let known = problems.count
    let servers = Parameter("bootstrapServers", from: .metadata, .environment)
    let advice = "the brokers, such as kafka.default:9092 (a comma separated list for several)"
    let written = required(servers, advice)
    let addresses = (written?.parts ?? []).filter { !$0.isEmpty }
    if let written, addresses.isEmpty { fail(written.field, "\(written.quoted) names no broker: write \(advice)") }
    checkKafkaVersion()
    let tls = kafkaTLS()
    let sasl = kafkaSASL()
    return problems.count == known ? KafkaEndpoint(bootstrapServers: addresses, tls: tls, sasl: sasl) : nil
  }

  /// The protocol version is negotiated with the broker; what is written is only checked.
  private mutating func checkKafkaVersion() {
    guard let version = value(Parameter("version", from: .metadata)) else { return }
    let parts = version.text.split(separator: ".", omittingEmptySubsequences: false)
    let isNumeric = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }
    guard isNumeric, parts.count == (version.text.hasPrefix("0") ? 4 : 3) else {
      fail(version.field, "\(version.quoted) is not a version of Kafka: write one such as 2.5.0, or leave it out")
      return
    }
  }

  private mutating func kafkaTLS() -> TLSOptions? {
    let isEnabled = choice(Parameter("tls", from: .metadata, .authentication), of: ["enable", "disable"]) == "enable"
    let isUnsafe = bool(Parameter("unsafeSsl", from: .metadata))
    let material = tlsMaterial()
    guard isEnabled else { return nil }
    if (material.certificate == nil) != (material.key == nil) {
      let (present, absent) = material.key == nil ? ("cert", "key") : ("key", "cert")
      fail("authentication.\(absent)", "is missing while \(present) is given: write both, or none")
    }
    return tlsOptions(material, verifiesCertificate: !isUnsafe)
  }

  private mutating func kafkaSASL() -> KafkaEndpoint.SASL? {
    let kinds = ["none", "plaintext", "scram_sha256", "scram_sha512", "oauthbearer", "gssapi"]
    let kind = choice(Parameter("sasl", from: .metadata, .authentication), of: kinds) ?? "none"
    let provider = choice(
      Parameter("saslTokenProvider", from: .metadata, .authentication), of: ["bearer", "aws_msk_iam"])
    markKnown(["awsRegion", "identityOwner"])
    let fastIsDisabled = bool(Parameter("kerberosDisableFAST", from: .authentication))
    switch kind {
    case "plaintext":
      return kafkaCredentials().map { .plain(username: $0.username, password: $0.password) }
    case "scram_sha256":
      return kafkaCredentials().map { .scramSHA256(username: $0.username, password: $0.password) }
    case "scram_sha512":
      return kafkaCredentials().map { .scramSHA512(username: $0.username, password: $0.password) }
    case "oauthbearer":
      return provider == "aws_msk_iam" ? kafkaAWS() : kafkaOAuth()
    case "gssapi":
      return kafkaKerberos(fastIsDisabled: fastIsDisabled)
    default:
      return nil
    }
  }

  private mutating func kafkaCredentials() -> (username: String, password: SecretText)? {
    let username = required(
      Parameter("username", from: .authentication), "the user's name in the TriggerAuthentication")
    let password = required(
      Parameter("password", from: .authentication), "the user's password in the TriggerAuthentication")
    guard let username, let password else { return nil }
    return (username.text, SecretText(password.text))
  }

  private mutating func kafkaAWS() -> KafkaEndpoint.SASL? {
    fail(
      "metadata.saslTokenProvider",
      "\"aws_msk_iam\" is not supported by this version of Swell: write sasl: scram_sha512 with username and password, "
        + "which Amazon MSK accepts too")
    return nil
  }

  private mutating func kafkaOAuth() -> KafkaEndpoint.SASL? {
    let client = kafkaCredentials()
    let endpoint = required(
      Parameter("oauthTokenEndpointUri", from: .authentication), "the URL that gives tokens for client credentials")
    let scopes = list(Parameter("scopes", from: .authentication)).filter { !$0.isEmpty }
    let extensions = map(Parameter("oauthExtensions", from: .authentication))
    guard let client, let endpoint else { return nil }
    return .oauthBearer(
      tokenEndpoint: endpoint.text, clientID: client.username, clientSecret: client.password, scopes: scopes,
      extensions: extensions)
  }

  private mutating func kafkaKerberos(fastIsDisabled: Bool) -> KafkaEndpoint.SASL? {
    let username = required(Parameter("username", from: .authentication), "the Kerberos principal's name")
    let realm = required(Parameter("realm", from: .authentication), "the Kerberos realm, such as EXAMPLE.COM")
    let configuration = required(Parameter("kerberosConfig", from: .authentication), "the text of krb5.conf")
    let password = value(Parameter("password", from: .authentication))
    let keytab = value(Parameter("keytab", from: .authentication))
    let service = text(Parameter("kerberosServiceName", from: .authentication)) ?? "kafka"
    switch (password, keytab) {
    case (nil, nil): fail("authentication.password", "is missing: write password or keytab")
    case (_?, _?): fail("authentication.password", "is given and keytab too: write one of them")
    default: break
    }
    if fastIsDisabled { note("authentication.kerberosDisableFAST", "has no effect") }
    note(
      "metadata.sasl",
      "\"gssapi\" needs a librdkafka with Kerberos and a ticket in the credential cache of Swell's process (KRB5CCNAME); "
        + "where one is missing, the metric stays unknown")
    let unused = [("kerberosConfig", configuration), ("password", password), ("keytab", keytab)]
    for case (let name, _?) in unused {
      note("authentication.\(name)", "is not handed to librdkafka, which uses the ticket cache of Swell's process")
    }
    guard let username, let realm else { return nil }
    return .gssapi(settings: [
      "sasl.kerberos.service.name": service,
      "sasl.kerberos.principal": "\(username.text)@\(realm.text)",
    ])
  }
}
