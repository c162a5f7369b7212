public import HTTPServing
internal import KubernetesAPI

/// Answers the requests of `external.metrics.k8s.io`, discovery and health included.
public struct ExternalMetricsResponder: HTTPResponder {
  /// Told of each response: status and time.
  public typealias Observer = @Sendable (Int, Duration) -> Void

  private let provider: any ExternalMetricsProvider
  private let isReady: @Sendable () -> Bool
  private let onResponse: Observer

  public init(
    provider: any ExternalMetricsProvider, isReady: @escaping @Sendable () -> Bool,
    onResponse: @escaping Observer = { _, _ in }
  ) {
    self.provider = provider
    self.isReady = isReady
    self.onResponse = onResponse
  }

  private static let prefix = "/apis/external.metrics.k8s.io/v1beta1/namespaces/"

  public func respond(to request: HTTPRequest) -> HTTPReply {
    let start = ContinuousClock.now
    if request.method.isRead, request.path.hasPrefix(Self.prefix) {
      return metric(request, start: start)
    }
    let response = Self.other(request, isReady: isReady)
    onResponse(response.status, ContinuousClock.now - start)
    return .now(response)
  }

  private func metric(_ request: HTTPRequest, start: ContinuousClock.Instant) -> HTTPReply {
    let observer = onResponse
    func now(_ response: HTTPResponse) -> HTTPReply {
      observer(response.status, ContinuousClock.now - start)
      return .now(response)
    }
    let parts = request.path.dropFirst(Self.prefix.count).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return now(.status(404, "NotFound", "the server could not find the requested resource")) }
    let query: LabelQuery
    do {
      query = try LabelQuery(parsing: request.queryValue("labelSelector") ?? "")
    } catch {
      return now(.status(400, "BadRequest", "unable to parse labelSelector: \(error.message)"))
    }
    let asked = ExternalMetricsRequest(namespace: String(parts[0]), metricName: String(parts[1]), selector: query)
    if let known = provider.metricsInMemory(for: asked) { return now(Self.response(known)) }
    let provider = provider
    return .later {
      let response = Self.response(await provider.metrics(for: asked))
      observer(response.status, ContinuousClock.now - start)
      return response
    }
  }

  private static func response(_ result: Result<[ExternalMetricSample], ExternalMetricsError>) -> HTTPResponse {
    switch result {
    case .success(let samples): HTTPResponse(body: MetricListWriter.body(samples))
    case .failure(.notFound(let message)): .status(404, "NotFound", message)
    case .failure(.unavailable(let message)): .status(503, "ServiceUnavailable", message)
    }
  }

  private static func other(_ request: HTTPRequest, isReady: () -> Bool) -> HTTPResponse {
    guard request.method.isRead else {
      var response = HTTPResponse.status(405, "MethodNotAllowed", "only GET is served here")
      response.headers = [("allow", "GET, HEAD")]
      return response
    }
    let path = request.path.count > 1 && request.path.hasSuffix("/") ? request.path.dropLast() : request.path
    switch path {
    case "/healthz", "/livez": return .text("ok")
    case "/readyz": return isReady() ? .text("ok") : .text("not every object has had its first decision\n", status: 503)
    case "/version": return .encode(VersionInfo())
    case "/apis": return .encode(APIGroupList(groups: [Discovery.listedGroup]))
    case "/apis/external.metrics.k8s.io": return .encode(Discovery.group)
    case "/apis/external.metrics.k8s.io/v1beta1": return .encode(Discovery.resources)
    default: return .status(404, "NotFound", "the server could not find the requested resource")
    }
  }
}
