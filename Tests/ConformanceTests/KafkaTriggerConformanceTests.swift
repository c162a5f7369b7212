internal import KubernetesAPI
internal import Questions
internal import TestSupport
internal import Testing

@testable internal import Triggers

/// `keda/triggers-kafka.json`: what kafka triggers accept, and what they make of it.
@Suite("Kafka triggers Conformance") struct KafkaTriggerConformanceTests {
  /// Case → heading in docs/differences-from-keda.md.
  static let differences = [
    "mt-other": "metricType is one of those that Kubernetes knows",
    "msk-static-session": "Identities of cloud providers",
    "msk-static-alt-case": "Identities of cloud providers",
    "msk-role": "Identities of cloud providers",
    "msk-operator-owner": "Identities of cloud providers",
    "msk-env-keys": "Identities of cloud providers",
    "msk-pod-identity-aws": "Identities of cloud providers",
    "msk-token-provider-in-metadata": "Identities of cloud providers",
  ]

  @Test func everyCase() throws {
    let cases = try ConformanceCases.load("keda/triggers-kafka.json")
    if !ConformanceCases.isForeignDirectory {
      #expect(cases.count == 108)
      #expect(Set(Self.differences.keys).isSubset(of: cases.map(\.id)))
    }
    for item in cases {
      let item = TriggerCase(item)
      guard case .external(let trigger)? = item.accepted(Self.difference(item)) else { continue }
      let kafka = try #require(trigger as? KafkaTrigger, "\(item.id)")
      item.check(kafka.metric)
      #expect(kafka.metric.alias == "kafka_lag", "\(item.id)")
      checkRule(item, kafka)
      checkQuestion(item, kafka)
      checkEndpoint(item, kafka)
    }
  }

  /// Named above; for cases recorded elsewhere the same rules decide.
  static func difference(_ item: TriggerCase) -> String? {
    if let named = differences[item.id] { return named }
    guard ConformanceCases.isForeignDirectory, !item.isRefused else { return nil }
    if item.hasUnusableText { return "What no question can be made of is refused at once" }
    if item.hasUnknownMetricType { return "metricType is one of those that Kubernetes knows" }
    if item.settings["saslTokenProvider"]?.string == "aws_msk_iam" { return "Identities of cloud providers" }
    if (item.settings["partitionLimitation"]?.array?.count ?? 0) > PartitionList.maximumCount {
      return "What no question can be made of is refused at once"
    }
    let words = ["tls", "sasl", "offsetResetPolicy", "saslTokenProvider"]
    let texts = words.compactMap { item.declaration.metadata[$0] ?? item.declaration.authentication[$0]?.reveal() }
    if texts.contains(where: { $0.contains(",") }) { return "One word where one word is meant" }
    return nil
  }

  private func checkRule(_ item: TriggerCase, _ trigger: KafkaTrigger) {
    item.check("lagThreshold", trigger.rule.threshold)
    item.check("activationLagThreshold", Int64(trigger.activationThreshold))
    item.check("offsetResetPolicy", trigger.rule.startsAtEnd ? "latest" : "earliest")
    item.check("allowIdleConsumers", trigger.rule.allowsIdleConsumers)
    item.check("excludePersistentLag", trigger.rule.excludesPersistentLag)
    item.check("scaleToZeroOnInvalidOffset", trigger.rule.takesInvalidOffsetAsZero)
    item.check("limitToPartitionsWithLag", trigger.rule.limitsToPartitionsWithLag)
    item.check("ensureEvenDistributionOfPartitions", trigger.rule.distributesEvenly)
  }

  private func checkQuestion(_ item: TriggerCase, _ trigger: KafkaTrigger) {
    guard case .kafka(let question) = trigger.question else {
      Issue.record("\(item.id): not a Kafka question")
      return
    }
    item.check("consumerGroup", question.group)
    switch question.topics {
    case .allCommitted: item.check("topic", "")
    case .one(let topic, let partitions):
      item.check("topic", topic)
      let expected = item.settings["partitionLimitation"]?.array.map { Set($0.compactMap(\.integer)).sorted() }
      #expect(partitions?.map { Int64($0) } == expected, "\(item.id)")
    }
  }

  private func checkEndpoint(_ item: TriggerCase, _ trigger: KafkaTrigger) {
    guard case .kafka(let endpoint) = trigger.endpoint else {
      Issue.record("\(item.id): not a Kafka endpoint")
      return
    }
    #expect(endpoint.bootstrapServers == item.texts("bootstrapServers").filter { !$0.isEmpty }, "\(item.id)")
    item.check("enableTLS", endpoint.tls != nil)
    if let tls = endpoint.tls {
      item.check("unsafeSsl", !tls.verifiesCertificate)
      item.check("hasCa", tls.authorities != nil)
      item.check("hasCert", tls.certificate != nil)
      item.check("hasKey", tls.privateKey != nil)
      item.check("hasKeyPassword", tls.privateKeyPassword != nil)
    }
    switch endpoint.sasl {
    case nil: item.check("saslType", "none")
    case .plain(let username, let password): check(item, "plaintext", username, password)
    case .scramSHA256(let username, let password): check(item, "scram_sha256", username, password)
    case .scramSHA512(let username, let password): check(item, "scram_sha512", username, password)
    case .oauthBearer(let tokenEndpoint, let id, let secret, let scopes, let extensions):
      check(item, "oauthbearer", id, secret)
      item.check("oauthTokenEndpointUri", tokenEndpoint)
      let expected = item.texts("scopes").map(\.trimmedAsInGo).filter { !$0.isEmpty }
      #expect(scopes == expected, "\(item.id)")
      #expect(extensions == TriggerCase.texts(item.settings["oauthExtensions"]), "\(item.id)")
    case .gssapi(let settings):
      item.check("saslType", "gssapi")
      let service = item.item.expect["clientConfig"]?["gssapi"]?["serviceName"]?.string
      #expect(settings["sasl.kerberos.service.name"] == service, "\(item.id)")
      let principal = "\(item.settings["username"]?.string ?? "")@\(item.settings["realm"]?.string ?? "")"
      #expect(settings["sasl.kerberos.principal"] == principal, "\(item.id)")
    }
  }

  private func check(_ item: TriggerCase, _ type: String, _ username: String, _ password: SecretText) {
    item.check("saslType", type)
    item.check("username", username)
    item.check("password", password.reveal())
  }
}
