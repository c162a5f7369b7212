internal import HTTPSource
internal import KafkaSource
internal import KubernetesAPI
public import NIOCore
public import Polling
public import Questions
internal import RedisSource

/// Opens the source behind an endpoint: the one place that knows which protocol is spoken by whom.
public struct SourceFactory: Sendable {
  private let group: any EventLoopGroup
  private let http: HTTPTransport
  private let time: any TimeSource

  /// - Parameters:
  ///   - group: carries the Redis connections.
  ///   - environment: for the proxy settings of HTTP (`https_proxy`, `no_proxy`, …).
  /// - Throws: `SourceError` when libcurl cannot be set up.
  public init(
    group: any EventLoopGroup, time: any TimeSource, environment: [String: String]
  ) throws(SourceError) {
    self.group = group
    self.time = time
    http = try HTTPTransport(environment: environment)
  }

  /// A source for an endpoint; it connects when it is first asked.
  public func source(for endpoint: Endpoint) -> any EventSource {
    switch endpoint {
    case .redis(let endpoint): return RedisSource(endpoint: endpoint, group: group)
    case .kafka(let endpoint):
      let http = http
      return KafkaSource(endpoint: endpoint, fetchToken: { await http.token(for: $0) })
    case .http(let endpoint):
      let time = time
      return HTTPSource(endpoint: endpoint, transport: http, now: { time.now().nanoseconds / 1_000_000_000 })
    }
  }

  /// Ends what the sources share. To be called after the sources themselves were shut down.
  public func shutdown() async { await http.shutdown() }
}
