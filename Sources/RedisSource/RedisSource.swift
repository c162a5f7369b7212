public import NIOCore
public import Questions

/// Asks one Redis endpoint: a server, the master that Sentinels name, or a Cluster.
///
/// There is at most one connection to each server. All questions of a batch travel over it together, equal commands
/// once; batches of several callers share it. It is opened when the first question comes and again after it broke.
/// An error that a server replies is an answer (`RedisReply.error`); failing to reach it, to log in, or to get a
/// complete reply is a `SourceError`.
public final class RedisSource: EventSource {
  public let endpoint: RedisEndpoint
  private let tls: TLSContext?
  private let counter = ConnectionCounter()
  private let topology: any RedisTopology

  /// Opens nothing yet. The event loops of `group` are shared, and outlive the source.
  public init(endpoint: RedisEndpoint, group: any EventLoopGroup, configuration: Configuration = Configuration()) {
    self.endpoint = endpoint
    let tls = endpoint.tls.map { TLSContext($0) }
    self.tls = tls
    let factory = NodeFactory(endpoint: endpoint, tls: tls, limits: configuration, group: group, counter: counter)
    topology =
      switch endpoint.topology {
      case .standalone(let address): StandaloneTopology(address, factory: factory)
      case .sentinel(let addresses, let master, let username, let password):
        SentinelTopology(
          sentinels: addresses, master: master, opening: Opening(username: username, password: password),
          factory: factory)
      case .cluster(let seeds): ClusterTopology(seeds: seeds, factory: factory)
      }
  }

  public var openConnections: Int { counter.count }

  public func answers(to questions: [Question], timeout: Duration) async -> [Result<Answer, SourceError>] {
    let plan = BatchPlan(questions)
    guard !plan.commands.isEmpty else { return plan.answers(from: [], endpoint: endpoint) }
    let deadline = AskDeadline(after: timeout)
    if let failure = await tls?.prepare() {
      let error = SourceError(failure.code, "\(endpoint): \(failure.cause)")
      return plan.answers(from: plan.commands.map { _ in .failure(error) }, endpoint: endpoint)
    }
    let results = await topology.replies(to: plan.commands, before: deadline)
    return plan.answers(from: results, endpoint: endpoint)
  }

  public func shutdown() async { await topology.shutdown() }
}
