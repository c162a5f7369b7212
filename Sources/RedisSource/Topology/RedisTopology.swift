internal import NIOCore
internal import Questions

/// Knows which server answers which command.
protocol RedisTopology: Sendable {
  /// One result per command, in order.
  func replies(to commands: [RedisCommand], before deadline: AskDeadline) async -> [Result<RedisReply, SourceError>]

  /// Closes all connections; later commands fail.
  func shutdown() async
}

/// Makes the nodes of one endpoint.
struct NodeFactory: Sendable {
  let endpoint: RedisEndpoint
  let tls: TLSContext?
  let limits: RedisSource.Configuration
  let group: any EventLoopGroup
  let counter: ConnectionCounter

  /// - Parameter role: what the node is to the endpoint ("node", "sentinel", "master"), for messages; nil for the
  ///   endpoint itself.
  func node(_ address: HostPort, role: String?, opening: Opening) -> RedisNode {
    RedisNode(
      address: address, label: role.map { "\(endpoint): \($0) \(address)" } ?? endpoint.description, opening: opening,
      tls: tls, limits: limits, eventLoop: group.next(), counter: counter)
  }

  /// How questions of this endpoint introduce themselves.
  var opening: Opening {
    Opening(username: endpoint.username, password: endpoint.password, database: endpoint.database)
  }
}

extension [RedisCommand] {
  /// The same failure for every command.
  func failing(_ error: SourceError) -> [Result<RedisReply, SourceError>] { map { _ in .failure(error) } }
}
