internal import KubernetesAPI
internal import Questions

/// Where a Redis trigger finds its server: the settings that all Redis triggers share.
extension MetadataReader {
  enum RedisKind {
    case standalone, cluster, sentinel
  }

  /// The endpoint, or nil when some problem was noted.
  mutating func redisEndpoint(_ kind: RedisKind) -> RedisEndpoint? {
    let known = problems.count
    let addresses = redisAddresses(kind)
    let database = redisDatabase(kind)
    let username = text(Parameter("username", from: .metadata, .environment, .authentication))
    let password = secret(Parameter("password", from: .metadata, .environment, .authentication))
    let tls = redisTLS()
    let sentinelUsername = text(Parameter("sentinelUsername", from: .metadata, .authentication, .environment))
    let sentinelPassword = secret(Parameter("sentinelPassword", from: .metadata, .authentication, .environment))
    let master = Parameter("sentinelMaster", from: .metadata, .authentication, .environment)
    let masterName = text(master)
    if kind == .sentinel, masterName == nil { missing(master, "the name of the master that the Sentinels watch") }
    guard problems.count == known, let first = addresses.first else { return nil }

    let topology: RedisEndpoint.Topology =
      switch kind {
      case .standalone: .standalone(first)
      case .cluster: .cluster(addresses)
      case .sentinel:
        .sentinel(addresses, master: masterName ?? "", username: sentinelUsername, password: sentinelPassword)
      }
    return RedisEndpoint(topology: topology, username: username, password: password, database: database, tls: tls)
  }

  /// `address` and the pairs of `host` and `port`, in that order; a standalone server is the first of them.
  private mutating func redisAddresses(_ kind: RedisKind) -> [HostPort] {
    let address = value(Parameter("address", "addresses", from: .metadata, .authentication, .environment))
    let hosts = value(Parameter("host", "hosts", from: .metadata, .environment, .authentication))
    let ports = value(Parameter("port", "ports", from: .metadata, .environment, .authentication))
    var written = (address?.parts ?? []).map {
      (text: $0, field: address?.field ?? "", isSecret: address?.isSecret ?? false)
    }
    if let hosts, let ports {
      guard hosts.parts.count == ports.parts.count else {
        fail(
          hosts.field,
          "there are \(hosts.parts.count) hosts but \(ports.parts.count) ports: write one port for each host")
        return []
      }
      for (host, port) in zip(hosts.parts, ports.parts) {
        let text = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)"
        written.append((text, hosts.field, hosts.isSecret || ports.isSecret))
      }
    }
    guard let first = written.first, !first.text.isEmpty else {
      fail(
        "metadata.address", "is missing: write host:port, or host and port (a comma separated list for several nodes)")
      return []
    }
    if kind == .standalone, written.count > 1 {
      note(
        first.field,
        "has \(written.count) addresses, and only the first is asked: for a cluster write type: redis-cluster-streams"
      )
      written = [first]
    }
    let defaultPort = kind == .sentinel ? 26_379 : 6_379
    var addresses: [HostPort] = []
    for (text, field, isSecret) in written where !text.isEmpty {
      if let address = HostPort(parsing: text, defaultPort: defaultPort) {
        addresses.append(address)
      } else {
        let quoted = isSecret ? "the value" : "\"\(shortened(text.withoutPassword))\""
        fail(field, "\(quoted) is not an address: write host:port, such as redis.default:6379, without redis://")
      }
    }
    return addresses
  }

  /// A negative index means database 0, as in KEDA. A cluster has only that one.
  private mutating func redisDatabase(_ kind: RedisKind) -> Int {
    let parameter = Parameter("databaseIndex", from: .metadata)
    let index = Int(clamping: integer(parameter) ?? 0)
    if kind == .cluster, index != 0 {
      note("metadata.databaseIndex", "has no effect: a Redis Cluster has database 0 only")
      return 0
    }
    if index < 0 { note("metadata.databaseIndex", "\"\(index)\" is negative and means 0: write 0") }
    return max(0, index)
  }

  private mutating func redisTLS() -> TLSOptions? {
    let enable = value(Parameter("enableTLS", from: .metadata))
    let tls = value(Parameter("tls", from: .authentication))
    let isUnsafe = bool(Parameter("unsafeSsl", from: .metadata))
    let material = tlsMaterial(certificateNames: Parameter("Cert", "cert", from: .authentication))
    var isEnabled = false
    switch (enable, tls) {
    case (let enable?, _?):
      fail(enable.field, "is set here and as tls in the TriggerAuthentication: write it in one of these places only")
    case (let enable?, nil):
      if let bool = GoSyntax.bool(enable.text) {
        isEnabled = bool
      } else {
        fail(enable.field, "\(enable.quoted) is neither true nor false: write \"true\" or \"false\"")
      }
    case (nil, let tls?):
      if tls.text != "enable", tls.text != "disable" { fail(tls.field, "is not known: write enable or disable") }
      isEnabled = tls.text == "enable"
    case (nil, nil): break
    }
    return isEnabled ? tlsOptions(material, verifiesCertificate: !isUnsafe) : nil
  }
}

extension String {
  /// A URL's text without the name and password in front of its host.
  var withoutPassword: String {
    guard let at = lastIndex(of: "@") else { return self }
    guard let slashes = firstRange(of: "//"), slashes.upperBound <= at else { return "…" + self[at...] }
    return self[..<slashes.upperBound] + "…" + self[at...]
  }
}
