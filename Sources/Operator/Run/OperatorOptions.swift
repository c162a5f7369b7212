/// What `swell run` is told by its flags.
public struct OperatorOptions: Sendable {
  /// Nil: the cluster that the process runs in.
  public var kubeconfig: String?
  public var context: String?
  /// Empty for all namespaces.
  public var watchNamespaces: [String] = []
  /// Swell's own: of its Lease and certificates.
  public var namespace = "swell-system"
  /// Where the Secrets and ConfigMaps of ClusterTriggerAuthentications are; nil for `namespace`.
  public var clusterObjectNamespace: String?
  public var electsLeader = true
  /// Who this replica is in the Lease; the pod's name.
  public var identity: String
  public var bindAddress = "0.0.0.0"
  public var securePort = 6443
  /// 0 serves no webhook.
  public var webhookPort = 9443
  public var metricsAddress = ListenAddress(host: "0.0.0.0", port: 8080)
  public var healthAddress = ListenAddress(host: "0.0.0.0", port: 8081)
  /// `tls.crt`, `tls.key` and perhaps `ca.crt`, instead of certificates that Swell makes.
  public var certificateFolder: String?
  public var requiresTLS13 = false
  public var managesCertificates = true
  public var managesAPIService = true
  public var certificateSecret = "swell-certificates"
  public var serviceName = "swell-metrics-apiserver"
  public var webhookServiceName = "swell-webhooks"
  public var webhookConfiguration = "swell-admission"
  public var logLevel = "info"
  public var logsJSON = false

  public init(identity: String) { self.identity = identity }

  /// Where what ClusterTriggerAuthentications refer to is looked up.
  var clusterNamespace: String { clusterObjectNamespace ?? namespace }
}

/// Where a server listens.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
  public var host: String
  public var port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// `:8080` (every address), `127.0.0.1:8080`, `[::1]:8080`; `0` is off.
  public init?(_ text: String) {
    if text == "0" {
      self.init(host: "", port: 0)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { return nil }
    var host = text[..<colon]
    if host.first == "[" && host.last == "]" { host = host.dropFirst().dropLast() }
    self.init(host: host.isEmpty ? "0.0.0.0" : String(host), port: port)
  }

  public var isOff: Bool { host.isEmpty }

  public var description: String {
    isOff ? "0" : host == "0.0.0.0" ? ":\(port)" : "\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}
