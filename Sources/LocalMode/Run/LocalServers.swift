internal import Engine
internal import EngineHTTP
internal import ExternalMetricsServer
internal import HTTPServing
internal import KubernetesAPI
internal import NIOCore
internal import Polling
internal import Telemetry

/// The two ports of local mode: the external metrics API and the telemetry.
struct LocalServers: Sendable {
  let api: HTTPServer
  let status: HTTPServer

  /// Starts listening on both.
  /// - Parameters:
  ///   - manifestsRead: fires when the engine knows all objects; before, nothing is ready.
  ///   - eventLoops: carry the metrics API.
  /// - Throws: `HTTPServerError` when a port is taken.
  static func bind(
    engine: ScaleEngine, manifestsRead: Signal, options: LocalRun.Options, eventLoops: any EventLoopGroup
  ) async throws(HTTPServerError) -> LocalServers {
    let requests = LabelledHistogram(bounds: HistogramSnapshot.fineSecondsBounds)
    let responder = ExternalMetricsResponder(
      provider: EngineMetricsProvider(engine: engine), isReady: { manifestsRead.isFired && engine.isReady },
      onResponse: { requests.observe($1.inSeconds, labels: ["metric", String($0)]) })
    let page = TelemetryPage(engine: engine, apiRequests: requests)
    let identity = try TLSIdentity.selfSigned()
    let api = try await listen(
      "--secure-port",
      HTTPServerConfiguration(
        host: options.bindAddress, port: options.securePort, eventLoops: eventLoops, identity: identity),
      responder: responder)
    let status = try await listen(
      "--metrics-port", HTTPServerConfiguration(host: options.bindAddress, port: options.metricsPort),
      responder: StatusResponder(
        engine: engine, notReady: { Self.notReady(engine, manifestsRead) }, metrics: { page.render() }))
    return LocalServers(api: api, status: status)
  }

  /// What is still waited for.
  static func notReady(_ engine: ScaleEngine, _ manifestsRead: Signal) -> String? {
    if !manifestsRead.isFired { return "the manifests are being read" }
    return engine.isReady ? nil : "some objects have not had their first decision"
  }

  /// - Parameter option: where the port comes from, for the error.
  private static func listen(
    _ option: String, _ configuration: HTTPServerConfiguration, responder: any HTTPResponder
  ) async throws(HTTPServerError) -> HTTPServer {
    do {
      return try await HTTPServer.bind(configuration, responder: responder)
    } catch {
      throw HTTPServerError(code: error.code, message: "\(option): \(error.message)")
    }
  }

  /// Says where to look.
  func announce(_ note: (String) -> Void) {
    note(
      "external metrics API: \(api.boundAddress)/apis/external.metrics.k8s.io/v1beta1 (certificate made for this run: curl -k)"
    )
    note("telemetry:            \(status.boundAddress)/metrics, /readyz, /api/v1/scaledobjects")
  }
}
