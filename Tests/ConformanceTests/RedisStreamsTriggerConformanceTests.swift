internal import KubernetesAPI
internal import Questions
internal import TestSupport
internal import Testing

@testable internal import Triggers

/// `keda/triggers-redis-streams.json`: what redis-streams triggers accept, and what they make of it.
@Suite("Redis streams triggers Conformance") struct RedisStreamsTriggerConformanceTests {
  /// Case → heading in docs/differences-from-keda.md.
  static let differences = [
    "length-zero": "Targets must be greater than zero",
    "length-negative": "Targets must be greater than zero",
    "pending-zero": "Targets must be greater than zero",
  ]

  @Test func everyCase() throws {
    let cases = try ConformanceCases.load("keda/triggers-redis-streams.json")
    if !ConformanceCases.isForeignDirectory {
      #expect(cases.count == 90)
      #expect(Set(Self.differences.keys).isSubset(of: cases.map(\.id)))
    }
    for item in cases {
      let item = TriggerCase(item)
      guard case .external(let trigger)? = item.accepted(Self.difference(item)) else { continue }
      let streams = try #require(trigger as? RedisStreamsTrigger, "\(item.id)")
      item.check(streams.metric)
      checkMode(item, streams)
      try checkEndpoint(item, streams)
    }
  }

  /// Named above; for cases recorded elsewhere the same rules decide.
  static func difference(_ item: TriggerCase) -> String? {
    if let named = differences[item.id] { return named }
    guard ConformanceCases.isForeignDirectory, !item.isRefused else { return nil }
    if item.hasUselessTarget { return "Targets must be greater than zero" }
    if item.hasUnusableText { return "What no question can be made of is refused at once" }
    if item.hasUnknownMetricType { return "metricType is one of those that Kubernetes knows" }
    let isSentinel = item.declaration.type == "redis-sentinel-streams"
    let addresses = item.texts("addresses").filter { !$0.isEmpty }
    let hosts = item.declaration.type == "redis-streams" ? addresses.prefix(1) : addresses[...]
    if isSentinel && item.settings["sentinelMaster"]?.string == "" || !hosts.allSatisfy({ hostPort($0) != nil }) {
      return "What no question can be made of is refused at once"
    }
    return nil
  }

  private static func hostPort(_ address: String, defaultPort: Int = 6_379) -> HostPort? {
    // KEDA joins host and port with a colon, also where the host is an IPv6 address.
    let parts = address.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count > 3, !address.hasPrefix("["), let port = parts.last {
      return HostPort(parsing: "[\(parts.dropLast().joined(separator: ":"))]:\(port)", defaultPort: defaultPort)
    }
    return HostPort(parsing: address, defaultPort: defaultPort)
  }

  private func checkMode(_ item: TriggerCase, _ trigger: RedisStreamsTrigger) {
    let mode =
      switch trigger.mode {
      case .length: "streamLength"
      case .pending: "pendingEntries"
      case .lag: "lag"
      }
    item.check("mode", mode)
    item.check("consumerGroup", trigger.group)
    item.check("activationLagCount", Int64(trigger.activationThreshold))
    guard case .redis(let question) = trigger.question else {
      Issue.record("\(item.id): not a Redis question")
      return
    }
    let stream = item.settings["stream"]?.string ?? ""
    let keyed = question.commands.filter { $0.key != nil }
    #expect(!keyed.isEmpty && keyed.allSatisfy { $0.key == stream && $0.words.contains(stream) }, "\(item.id)")
    #expect(trigger.metric.alias == "redis_stream_length", "\(item.id)")
  }

  private func checkEndpoint(_ item: TriggerCase, _ trigger: RedisStreamsTrigger) throws {
    guard case .redis(let endpoint) = trigger.endpoint else {
      Issue.record("\(item.id): not a Redis endpoint")
      return
    }
    item.check("username", endpoint.username)
    item.check("password", endpoint.password?.reveal())
    let addresses = item.texts("addresses").filter { !$0.isEmpty }
    var defaultPort = 6_379
    var isCluster = false
    var own: [HostPort]
    switch endpoint.topology {
    case .standalone(let address):
      own = [address]
    case .cluster(let nodes):
      own = nodes
      isCluster = true
    case .sentinel(let sentinels, let master, let username, let password):
      own = sentinels
      defaultPort = 26_379
      item.check("sentinelMaster", master)
      item.check("sentinelUsername", username)
      item.check("sentinelPassword", password?.reveal())
    }
    let expected = addresses.map { Self.hostPort($0, defaultPort: defaultPort)?.description ?? $0 }
    if case .standalone = endpoint.topology {
      #expect(own.map(\.description) == Array(expected.prefix(1)), "\(item.id)")
    } else {
      #expect(own.map(\.description) == expected, "\(item.id)")
    }
    let database = item.settings["databaseIndex"]?.integer ?? 0
    #expect(Int64(endpoint.database) == (isCluster ? 0 : max(0, database)), "\(item.id)")

    item.check("enableTLS", endpoint.tls != nil)
    guard let tls = endpoint.tls else { return }
    item.check("unsafeSsl", !tls.verifiesCertificate)
    item.check("hasCa", tls.authorities != nil)
    let hasPair = item.settings["hasCert"]?.bool == true && item.settings["hasKey"]?.bool == true
    #expect((tls.certificate != nil) == hasPair, "\(item.id)")
    #expect((tls.privateKey != nil) == hasPair, "\(item.id)")
  }
}
