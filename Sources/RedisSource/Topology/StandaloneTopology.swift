internal import Questions

/// One server answers everything.
struct StandaloneTopology: RedisTopology {
  private let node: RedisNode

  init(_ address: HostPort, factory: NodeFactory) {
    node = factory.node(address, role: nil, opening: factory.opening)
  }

  func replies(to commands: [RedisCommand], before deadline: AskDeadline) async -> [Result<RedisReply, SourceError>] {
    await node.replies(to: commands, before: deadline)
  }

  func shutdown() async { await node.shutdown() }
}
