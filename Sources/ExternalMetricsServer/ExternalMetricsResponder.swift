public import HTTPServing
internal import KubernetesAPI

/// Answers the requests of `external.metrics.k8s.io`, discovery and health included.
///
/// A metric that memory can tell is answered on the event loop; every error is a `Status` object.
public struct ExternalMetricsResponder: HTTPResponder {
  /// Told of each response: status code, and time from the parsed request to the answer.
  public typealias Observer = @Sendable (Int, Duration) -> Void

  private let provider: any ExternalMetricsProvider
  private let isReady: @Sendable () -> Bool
  private let onResponse: Observer

  /// - Parameters:
  ///   - isReady: whether every object has had its first decision, for `/readyz`.
  ///   - onResponse: called on the event loop; must be quick.
  public init(
    provider: any ExternalMetricsProvider, isReady: @escaping @Sendable () -> Bool,
    onResponse: @escaping Observer = { _, _ in }
  ) {
    self.provider = provider
    self.isReady = isReady
    self.onResponse = onResponse
  }

  public func respond(to request: HTTPRequest) -> HTTPReply {
    let start = ContinuousClock.now
    guard request.method.isRead else {
      return now(
        .methodNotAllowed("the server does not allow this method on the requested resource: use GET"), since: start)
    }
    if let path = MetricPath(request.path) {
      return metric(path, request, start: start)
    }
    return now(resource(request), since: start)
  }

  private func now(_ response: HTTPResponse, since start: ContinuousClock.Instant) -> HTTPReply {
    onResponse(response.status, ContinuousClock.now - start)
    return .now(response)
  }

  // MARK: Metrics

  private func metric(_ path: MetricPath, _ request: HTTPRequest, start: ContinuousClock.Instant) -> HTTPReply {
    guard MediaType.acceptsJSON(request.header("accept")) else { return now(.notAcceptable, since: start) }
    let asked: ExternalMetricsRequest
    if let name = SelectorParameter.scaledObjectName(inQuery: request.rawQuery) {
      asked = ExternalMetricsRequest(namespace: path.namespace, metricName: path.metricName, scaledObjectName: name)
    } else {
      if let refusal = Self.refusal(of: request) { return now(refusal, since: start) }
      do {
        asked = ExternalMetricsRequest(
          namespace: path.namespace, metricName: path.metricName, selector: try SelectorParameter.query(of: request))
      } catch {
        return now(.badRequest("unable to parse labelSelector: \(error.message)"), since: start)
      }
    }
    if let known = provider.metricsInMemory(for: asked) { return now(Self.response(known, to: asked), since: start) }
    let (provider, observer) = (provider, onResponse)
    return .later {
      let response = Self.response(await provider.metrics(for: asked), to: asked)
      observer(response.status, ContinuousClock.now - start)
      return response
    }
  }

  /// What the API cannot do: answering as if it had not been asked would be a wrong answer.
  private static func refusal(of request: HTTPRequest) -> HTTPResponse? {
    if let watch = request.queryValue("watch"), watch != "false", watch != "0" {
      return .methodNotAllowed("watch is not supported on externalmetrics: use GET without watch")
    }
    if let selector = request.queryValue("fieldSelector"), !selector.isEmpty {
      return .badRequest("fieldSelector is not supported on externalmetrics: use labelSelector")
    }
    return nil
  }

  private static func response(
    _ result: Result<[ExternalMetricSample], ExternalMetricsError>, to asked: ExternalMetricsRequest
  ) -> HTTPResponse {
    switch result {
    case .success(let samples): HTTPResponse(body: MetricListWriter.body(samples))
    case .failure(let error): .failure(error, of: asked)
    }
  }

  // MARK: Everything else

  private func resource(_ request: HTTPRequest) -> HTTPResponse {
    var path = request.path
    if path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path = path.dropLast() }
    if let health = health(request, path: path) { return health }
    guard let document = Self.document(at: path) else { return .unknownPath }
    return MediaType.acceptsJSON(request.header("accept")) ? document : .notAcceptable
  }

  private static func document(at path: Substring) -> HTTPResponse? {
    switch path {
    case "/": Discovery.paths
    case "/apis": Discovery.groups
    case "/apis/external.metrics.k8s.io": Discovery.group
    case "/apis/external.metrics.k8s.io/v1beta1": Discovery.resources
    case "/openapi/v2": OpenAPIv2.response
    case "/openapi/v3": OpenAPIv3.index
    case "/openapi/v3/apis/external.metrics.k8s.io/v1beta1": OpenAPIv3.groupVersion
    case "/version": Discovery.kubernetesVersion
    default: nil
    }
  }

  private func health(_ request: HTTPRequest, path: Substring) -> HTTPResponse? {
    let parts = path.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let endpoint = parts.first, let checks = HealthChecks(endpoint: endpoint, isReady: isReady) else {
      return nil
    }
    return checks.response(to: request, only: parts.count == 2 ? parts[1] : nil) ?? .unknownPath
  }
}
