internal import NIOCore
internal import Questions

/// The master that Sentinels name answers everything. They are asked before the first question, and again when the
/// master failed, timed out, or turned out to be a replica.
actor SentinelTopology: RedisTopology {
  private let master: String
  private let opening: Opening
  private let factory: NodeFactory
  private let search: SharedWork<Result<HostPort, SourceError>>
  /// The one that answered last comes first.
  private var sentinels: [HostPort]
  private var current: RedisNode?
  /// The sentinels are to be asked again before `current` is used.
  private var isDoubtful = false
  private var isShutDown = false

  init(sentinels: [HostPort], master: String, opening: Opening, factory: NodeFactory) {
    self.sentinels = sentinels
    self.master = master
    self.opening = opening
    self.factory = factory
    search = SharedWork(eventLoop: factory.group.next())
  }

  func replies(to commands: [RedisCommand], before deadline: AskDeadline) async -> [Result<RedisReply, SourceError>] {
    let node: RedisNode
    switch await masterNode(before: deadline) {
    case .success(let found): node = found
    case .failure(let error): return commands.failing(error)
    }
    var results = await node.replies(to: commands, before: deadline)
    let failed = results.indices.filter { Self.isDoubtful(results[$0]) }
    guard !failed.isEmpty else { return results }
    isDoubtful = true
    guard !deadline.hasPassed, case .success(let other) = await masterNode(before: deadline) else { return results }
    let again = await other.replies(to: failed.map { commands[$0] }, before: deadline)
    for (index, result) in zip(failed, again) { results[index] = result }
    isDoubtful = again.contains { Self.isDoubtful($0) }
    return results
  }

  /// Whether this result lets one doubt that the master is still the master.
  private static func isDoubtful(_ result: Result<RedisReply, SourceError>) -> Bool {
    switch result {
    case .success(.error(let text)): text.hasPrefix("READONLY") || text.hasPrefix("MASTERDOWN")
    case .success: false
    case .failure(let error): error.code != .answerTooLarge && error.code != .unusableConfiguration
    }
  }

  private func masterNode(before deadline: AskDeadline) async -> Result<RedisNode, SourceError> {
    if let current, !isDoubtful { return .success(current) }
    let found = await search.result(before: deadline) { await self.askSentinels(before: deadline) }
    if isShutDown {
      return .failure(SourceError(.connectionLost, "\(factory.endpoint): this source has been shut down"))
    }
    switch found {
    case .success(let address):
      isDoubtful = false
      if let current, current.address == address { return .success(current) }
      let former = current
      var opening = factory.opening
      opening.verifiesMaster = true
      let node = factory.node(address, role: "master", opening: opening)
      current = node
      await former?.shutdown()
      return .success(node)
    case .failure(let error):
      // The last known master may be well while the sentinels are not; that it is a master is verified on opening.
      return current.map { .success($0) } ?? .failure(error)
    case nil:
      let text = "\(factory.endpoint): no sentinel answered within \(deadline.timeout.inWords)"
      return .failure(SourceError(.timedOut, text))
    }
  }

  private func askSentinels(before deadline: AskDeadline) async -> Result<HostPort, SourceError> {
    var errors: [SourceError] = []
    let candidates = sentinels
    for (position, sentinel) in candidates.enumerated() {
      let node = factory.node(sentinel, role: "sentinel", opening: opening)
      let question = RedisCommand(["SENTINEL", "get-master-addr-by-name", master], key: nil)
      let share = deadline.share(among: candidates.count - position)
      let reply = await node.replies(to: [question], before: share).first
      await node.shutdown()
      switch reply {
      case .success(let reply):
        if let address = Self.address(in: reply) {
          sentinels.removeAll { $0 == sentinel }
          sentinels.insert(sentinel, at: 0)
          return .success(address)
        }
        errors.append(SourceError(.refusedByServer, "\(node.label): \(refusal(reply))"))
      case .failure(let error): errors.append(error)
      case nil: continue
      }
    }
    guard let first = errors.first else {
      return .failure(SourceError(.unusableConfiguration, "\(factory.endpoint): no sentinel addresses are given"))
    }
    return .failure(SourceError(first.code, errors.map(\.message).joined(separator: "; ")))
  }

  private func refusal(_ reply: RedisReply) -> String {
    switch reply {
    case .null: "knows no master called \(master)"
    case .error(let text): text
    default: "names no address for the master \(master)"
    }
  }

  private static func address(in reply: RedisReply) -> HostPort? {
    guard case .array(let items) = reply, items.count >= 2, case .string(let host) = items[0], !host.isEmpty,
      case .string(let text) = items[1], let port = Int(text), (1...65_535).contains(port)
    else { return nil }
    return HostPort(host: host, port: port)
  }

  func shutdown() async {
    isShutDown = true
    let last = current
    current = nil
    await last?.shutdown()
  }
}
