internal import Dispatch
public import Questions
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Asks one Kafka cluster where consumer groups stand, with one librdkafka client for everybody.
///
/// One batch costs one metadata request (none while the last answer is fresh), one request per consumer group, all in flight
/// together, and a few requests per leader broker for the end offsets. The client connects only to brokers that have
/// something to answer, once each.
///
/// Each batch blocks a thread of its own, never one of Swift's cooperative pool.
public final class KafkaSource: EventSource {
  /// Gets a token for SASL OAUTHBEARER: a POST of the request's `body`; `OAuthToken(answer:from:)` reads the reply. Must end
  /// by itself (use a timeout of a few seconds) and should end early when its task is cancelled.
  public typealias TokenFetch = @Sendable (OAuthTokenRequest) async -> Result<OAuthToken, SourceError>

  /// The bounds of one source.
  public struct Limits: Hashable, Sendable {
    /// How many consumer groups are asked about at the same time.
    public var groupsInFlight = 256
    /// How many partitions one end-offsets request carries. The library's work grows with the square of it: 12,000 at once
    /// cost half a second, 24 times 500 cost 70 ms.
    public var partitionsPerRequest = 500
    /// How long the partitions and leaders of a topic are taken as known.
    public var metadataAge = Duration.seconds(5)
    /// After this long without progress a connection is given up and made anew; at least one second.
    public var connectionTimeout = Duration.seconds(10)

    public init() {}
  }

  public let endpoint: KafkaEndpoint
  private let limits: Limits
  private let fetchToken: TokenFetch?
  private let state = Mutex(State())

  private struct State {
    var client: KafkaClient?
    /// Outlives the client, to count its connections until the last is closed.
    var events: ClientEvents?
    var isShutDown = false
    /// Who waits for the batches that are under way.
    var waiting: [ObjectIdentifier: BatchInWaiting] = [:]
  }

  /// Opens nothing yet: the client is made when the first question comes.
  /// - Parameter fetchToken: needed for SASL OAUTHBEARER only.
  public init(endpoint: KafkaEndpoint, limits: Limits = Limits(), fetchToken: TokenFetch? = nil) {
    self.endpoint = endpoint
    self.limits = limits
    self.fetchToken = fetchToken
  }

  public func answers(to questions: [Question], timeout: Duration) async -> [Result<Answer, SourceError>] {
    if questions.isEmpty { return [] }
    let end = ContinuousClock.now + min(max(timeout, .zero), .seconds(86_400))
    let waiting = BatchInWaiting(count: questions.count)
    state.withLock { $0.waiting[ObjectIdentifier(waiting)] = waiting }
    defer { _ = state.withLock { $0.waiting.removeValue(forKey: ObjectIdentifier(waiting)) } }
    return await withTaskCancellationHandler {
      await waiting.wait {
        // A serial queue made for this batch: libdispatch gives it a thread beside those of the cooperative pool.
        DispatchQueue(label: "swell.kafka.batch").async {
          waiting.end(self.results(for: questions, timeout: timeout, end: end))
        }
      }
    } onCancel: {
      waiting.giveUp(SourceError(.connectionLost, "\(endpoint): the questions were cancelled"))
    }
  }

  /// Exactly the sockets that are open or being opened.
  public var openConnections: Int { state.withLock { $0.events }?.openSockets ?? 0 }

  /// Questions that are under way fail at once. The threads that ask them end within their timeout, and the connections
  /// close after the last of them, in the background.
  public func shutdown() async {
    let (client, waiting) = state.withLock { state in
      state.isShutDown = true
      defer { state.client = nil }
      return (state.client, Array(state.waiting.values))
    }
    for batch in waiting { batch.giveUp(shutDownError) }
    // Released outside of the lock.
    _ = consume client
  }

  private var shutDownError: SourceError { SourceError(.unreachable, "\(endpoint): the source has been shut down") }
}

extension KafkaSource {
  /// Blocks until all results are there.
  private func results(
    for questions: [Question], timeout: Duration, end: ContinuousClock.Instant
  ) -> [Result<Answer, SourceError>] {
    let asked: [KafkaQuestion?] = questions.map { question in
      if case .kafka(let question) = question { return question }
      return nil
    }
    let wrong = SourceError(.wrongSource, "\(endpoint): this question belongs to another kind of source")
    let client: KafkaClient
    do throws(SourceError) {
      client = try self.client()
    } catch {
      return asked.map { .failure($0 == nil ? wrong : error) }
    }
    // A little is kept back, so that what did come is not late because of what did not.
    let reserve = min(timeout / 10, .milliseconds(100))
    let batch = KafkaBatch(
      client: client, limits: limits, deadline: BatchDeadline(end: end - reserve, timeout: timeout))
    var answers = batch.answers(to: asked.compactMap { $0 }).makeIterator()
    return asked.map { question in
      guard question != nil, let answer = answers.next() else { return .failure(wrong) }
      return answer.map { .kafka($0) }
    }
  }

  private func client() throws(SourceError) -> KafkaClient {
    if let client = state.withLock({ $0.client }) { return client }
    let made = try makeClient()
    let kept = state.withLock { state -> KafkaClient? in
      if state.isShutDown { return nil }
      let kept = state.client ?? made
      state.client = kept
      state.events = kept.events
      return kept
    }
    guard let kept else { throw shutDownError }
    return kept
  }

  private func makeClient() throws(SourceError) -> KafkaClient {
    if state.withLock({ $0.isShutDown }) { throw shutDownError }
    if case .oauthBearer = endpoint.sasl, fetchToken == nil {
      throw SourceError(
        .unusableConfiguration,
        "\(endpoint): SASL OAUTHBEARER needs a way to fetch tokens, and this program was put together without one")
    }
    let configuration = try KafkaConfiguration(
      endpoint: endpoint, features: KafkaClient.features, systemAuthorities: Self.systemAuthorities(),
      connectionTimeout: limits.connectionTimeout)
    return try KafkaClient(
      endpoint: endpoint, configuration: configuration, metadataAge: limits.metadataAge, fetchToken: fetchToken)
  }

  /// Where distributions keep the authorities that the machine trusts.
  private static func systemAuthorities() -> String? {
    [
      "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
    ].first { access($0, R_OK) == 0 }
  }
}
