internal import KubernetesAPI
internal import Questions
internal import TestSupport
internal import Testing

@testable internal import Triggers

/// `keda/triggers-prometheus.json`: what prometheus triggers accept, and what they make of it.
@Suite("Prometheus triggers Conformance") struct PrometheusTriggerConformanceTests {
  /// Case → heading in docs/differences-from-keda.md.
  static let differences = [
    "server-garbage-accepted": "What no question can be made of is refused at once",
    "headers-empty-key": "What no question can be made of is refused at once",
    "threshold-tenth-milli": "Targets must be greater than zero",
    "threshold-negative-zero": "Targets must be greater than zero",
    "mt-unknown": "metricType is one of those that Kubernetes knows",
    "aws-static-keys": "Identities of cloud providers",
    "aws-identity-owner-operator": "Identities of cloud providers",
  ]

  @Test func everyCase() throws {
    let cases = try ConformanceCases.load("keda/triggers-prometheus.json")
    if !ConformanceCases.isForeignDirectory {
      #expect(cases.count == 104)
      #expect(Set(Self.differences.keys).isSubset(of: cases.map(\.id)))
    }
    for item in cases {
      let item = TriggerCase(item)
      guard case .external(let trigger)? = item.accepted(Self.difference(item)) else { continue }
      let prometheus = try #require(trigger as? PrometheusTrigger, "\(item.id)")
      item.check(prometheus.metric)
      item.check("ignoreNullValues", prometheus.ignoresNullValues)
      let activation = Double(item.settings["activationThreshold"]?.string ?? "0")
      #expect(prometheus.activationThreshold == activation, "\(item.id)")
      checkRequest(item, prometheus)
      checkEndpoint(item, prometheus)
    }
  }

  /// Named above; for cases recorded elsewhere the same rules decide.
  static func difference(_ item: TriggerCase) -> String? {
    if let named = differences[item.id] { return named }
    guard ConformanceCases.isForeignDirectory, !item.isRefused else { return nil }
    if item.hasUselessTarget { return "Targets must be greater than zero" }
    if item.hasUnusableText { return "What no question can be made of is refused at once" }
    if item.hasUnknownMetricType { return "metricType is one of those that Kubernetes knows" }
    let headers = TriggerCase.texts(item.settings["customHeaders"])
    let isAskable = ServerAddress(item.settings["serverAddress"]?.string ?? "") != nil
    let modes = item.declaration.metadata["authModes"] ?? item.declaration.metadata["authMode"] ?? ""
    func secrets(_ mode: String, _ keys: String...) -> [String] {
      guard modes.contains(mode) else { return [] }
      return keys.compactMap { item.declaration.authentication[$0]?.reveal().trimmedAsInGo }
    }
    let sent = headers.values + secrets("bearer", "bearerToken", "token") + secrets("custom", "customAuthValue")
    let names = headers.keys + secrets("custom", "customAuthHeader")
    let isSendable =
      names.allSatisfy(HTTPQuestion.Header.isName) && sent.allSatisfy(HTTPQuestion.Header.isValue)
    if !isAskable || !isSendable {
      return "What no question can be made of is refused at once"
    }
    let transport = item.settings["transport"]?.string ?? "default"
    if !["default", "auth-tls"].contains(transport) { return "Identities of cloud providers" }
    return nil
  }

  private func checkRequest(_ item: TriggerCase, _ trigger: PrometheusTrigger) {
    guard case .http(let question) = trigger.question else {
      Issue.record("\(item.id): not an HTTP question")
      return
    }
    #expect(question.appendsTime, "\(item.id)")
    let query = QueryEscaping.escaped(item.settings["query"]?.string ?? "")
    #expect(question.target.contains("/api/v1/query?query=\(query)"), "\(item.id)")
    for (name, value) in TriggerCase.texts(item.settings["queryParameters"]) {
      let pair = "&\(QueryEscaping.escaped(name))=\(QueryEscaping.escaped(value))"
      #expect(question.target.contains(pair), "\(item.id)")
    }
    for (name, value) in TriggerCase.texts(item.settings["customHeaders"]) {
      #expect(question.headers.contains(.init(name, SecretText(value))), "\(item.id)")
    }
    // A timeout that overflowed in KEDA is negative there, and stands for the global one.
    let own = TriggerCase.duration(item.settings["timeout"]?.string ?? "0s")
    guard own >= .zero, let timeout = item.settings["httpClientTimeout"]?.string else { return }
    #expect(question.timeout == TriggerCase.duration(timeout), "\(item.id)")
  }

  private func checkEndpoint(_ item: TriggerCase, _ trigger: PrometheusTrigger) {
    guard case .http(let endpoint) = trigger.endpoint else {
      Issue.record("\(item.id): not an HTTP endpoint")
      return
    }
    let address = item.settings["serverAddress"]?.string ?? ""
    #expect(ServerAddress(address)?.host == endpoint.host, "\(item.id)")
    guard endpoint.scheme == "https" else { return }
    let hasOwnTransport = item.settings["transport"]?.string == "auth-tls"
    #expect((endpoint.tls.authorities != nil) == (hasOwnTransport && item.settings["auth"]?["hasCa"]?.bool == true))
    let isUnsafe = item.settings["unsafeSsl"]?.bool == true && !hasOwnTransport
    #expect(endpoint.tls.verifiesCertificate == !isUnsafe, "\(item.id)")
  }
}
