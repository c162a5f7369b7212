internal import HTTPSource
internal import KafkaSource
internal import KubernetesAPI
public import NIOCore
public import Polling
public import Questions
internal import RedisSource
internal import Synchronization

/// Opens the source behind an endpoint: the one place that knows which protocol is spoken by whom.
public struct SourceFactory: Sendable {
  private let group: any EventLoopGroup
  private let http: SharedTransport
  private let time: any TimeSource

  /// - Parameters:
  ///   - group: carries the Redis connections.
  ///   - environment: for the proxy settings of HTTP (`https_proxy`, `no_proxy`, …).
  public init(group: any EventLoopGroup, time: any TimeSource, environment: [String: String]) {
    self.group = group
    self.time = time
    http = SharedTransport(environment: environment)
  }

  /// A source for an endpoint; it connects when it is first asked.
  public func source(for endpoint: Endpoint) -> any EventSource {
    switch endpoint {
    case .redis(let endpoint): return RedisSource(endpoint: endpoint, group: group)
    case .kafka(let endpoint):
      let http = http
      return KafkaSource(
        endpoint: endpoint,
        fetchToken: { request in
          switch http.transport {
          case .success(let transport): await transport.token(for: request)
          case .failure(let error): .failure(error)
          }
        })
    case .http(let endpoint):
      switch http.transport {
      case .success(let transport):
        let time = time
        return HTTPSource(endpoint: endpoint, transport: transport, now: { time.now().nanoseconds / 1_000_000_000 })
      case .failure(let error): return UnusableSource(error: error)
      }
    }
  }

  /// Ends what the sources share. To be called after the sources themselves were shut down.
  public func shutdown() async { await http.shutdown() }

  /// The HTTP client of all sources, made when the first one wants it: who asks no HTTP server needs neither its thread nor
  /// the megabytes that libcurl's TLS library takes to set itself up.
  private final class SharedTransport: Sendable {
    private let environment: [String: String]
    private let made = Mutex<Result<HTTPTransport, SourceError>?>(nil)

    init(environment: [String: String]) { self.environment = environment }

    var transport: Result<HTTPTransport, SourceError> {
      made.withLock { made in
        if let made { return made }
        let result = Result { () throws(SourceError) in try HTTPTransport(environment: environment) }
        made = result
        return result
      }
    }

    func shutdown() async {
      if case .success(let transport)? = made.withLock({ $0 }) { await transport.shutdown() }
    }
  }

  /// Stands for a source that cannot be opened: says why, each time it is asked.
  private struct UnusableSource: EventSource {
    let error: SourceError

    var openConnections: Int { 0 }
    func answers(to questions: [Question], timeout: Duration) async -> [Result<Answer, SourceError>] {
      questions.map { _ in .failure(error) }
    }
    func shutdown() async {}
  }
}
