internal import Engine
internal import EngineHTTP
internal import ExternalMetricsServer
internal import HTTPServing
internal import KubernetesAPI
internal import NIOCore
internal import Telemetry

/// The ports of `swell run`: the metrics API, the webhook, telemetry and probes.
struct OperatorServers: Sendable {
  /// What is served and to whom.
  struct Contents: Sendable {
    var engine: ScaleEngine
    var access: DelegatedAccess
    var identity: TLSIdentity
    var webhook: (any HTTPResponder)?
    /// Carries the metrics API, beside the engine.
    var eventLoops: any EventLoopGroup
    /// What is still waited for; nil when every metric can be answered.
    var notReady: @Sendable () -> String?
    var inventory: @Sendable () -> ResourceInventory?
    var replica: ReplicaView
    var moreMetrics: @Sendable (inout ExpositionWriter) -> Void
  }

  /// The external metrics API.
  let api: HTTPServer
  /// Those with a certificate that the cluster checks: the metrics API first.
  let secure: [HTTPServer]
  /// Telemetry and probes, by what their flags call them: `metrics`, `health`.
  let plain: [(name: String, server: HTTPServer)]

  /// Starts listening on all of them.
  /// - Throws: `HTTPServerError` naming the flag, when a port is taken.
  static func bind(_ contents: Contents, options: OperatorOptions) async throws(HTTPServerError) -> OperatorServers {
    let requests = LabelledHistogram(bounds: HistogramSnapshot.fineSecondsBounds)
    let minimum: TLSMinimumVersion = options.requiresTLS13 ? .tls13 : .tls12
    let metrics = ExternalMetricsResponder(
      provider: EngineMetricsProvider(engine: contents.engine), isReady: { contents.notReady() == nil },
      onResponse: { requests.observe($1.inSeconds, labels: ["metric", String($0)]) })
    let guarded = AuthenticatingResponder(contents.access, metrics) {
      requests.observe($1.inSeconds, labels: ["refusal", String($0)])
    }
    let api = try await listen(
      "--secure-port", hostFlag: "--bind-address",
      HTTPServerConfiguration(
        host: options.bindAddress, port: options.securePort, eventLoops: contents.eventLoops,
        identity: contents.identity, tlsMinimumVersion: minimum,
        clientAuthorities: contents.access.clientAuthorities),
      guarded)
    var secure = [api]
    if let webhook = contents.webhook {
      secure.append(
        try await listen(
          "--webhook-port", hostFlag: "--bind-address",
          HTTPServerConfiguration(
            host: options.bindAddress, port: options.webhookPort, identity: contents.identity,
            tlsMinimumVersion: minimum),
          webhook))
    }
    var plain: [(name: String, server: HTTPServer)] = []
    let page = TelemetryPage(
      engine: contents.engine, apiRequests: requests, inventory: contents.inventory, more: contents.moreMetrics)
    let telemetry = StatusResponder(
      engine: contents.engine, notReady: contents.notReady, replica: contents.replica, metrics: { page.render() })
    for (name, flag, address) in [
      ("metrics", "--metrics-bind-address", options.metricsAddress),
      ("health", "--health-probe-bind-address", options.healthAddress),
    ] where !address.isOff {
      let server = try await listen(flag, HTTPServerConfiguration(host: address.host, port: address.port), telemetry)
      plain.append((name, server))
    }
    return OperatorServers(api: api, secure: secure, plain: plain)
  }

  /// Serves on all ports but the metrics API's, which runs where the engine does.
  func run() async {
    await withDiscardingTaskGroup { group in
      for server in secure.dropFirst() + plain.map(\.server) { group.addTask { await server.run() } }
    }
  }

  /// A new certificate, from the next connection on.
  func replaceIdentity(_ identity: TLSIdentity) throws(HTTPServerError) {
    for server in secure { try server.replaceIdentity(identity) }
  }

  /// - Parameters:
  ///   - flag: where the port comes from, for the error.
  ///   - hostFlag: where the host comes from, if it is another flag.
  private static func listen(
    _ flag: String, hostFlag: String? = nil, _ configuration: HTTPServerConfiguration,
    _ responder: any HTTPResponder
  ) async throws(HTTPServerError) -> HTTPServer {
    do {
      return try await HTTPServer.bind(configuration, responder: responder)
    } catch {
      let flag = error.isOfHost ? hostFlag ?? flag : flag
      throw HTTPServerError(code: error.code, message: "\(flag): \(error.message)")
    }
  }
}
