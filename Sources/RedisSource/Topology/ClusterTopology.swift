internal import NIOCore
internal import Questions

/// Every command goes to the master that serves its key's slot, to all masters at the same time. What is redirected, or
/// was sent to a node that fails, is sent once more after the map was read anew.
actor ClusterTopology: RedisTopology {
  private let seeds: [HostPort]
  private let factory: NodeFactory
  private let loading: SharedWork<Result<SlotMap, SourceError>>
  private var map: SlotMap?
  /// The map is to be read again before it is used.
  private var isStale = false
  private var nodes: [HostPort: RedisNode] = [:]
  /// Where the next search for a map begins, so that one dead seed does not cost every batch its share of time.
  private var firstCandidate = 0
  private var isShutDown = false

  init(seeds: [HostPort], factory: NodeFactory) {
    self.seeds = seeds
    self.factory = factory
    loading = SharedWork(eventLoop: factory.group.next())
  }

  func replies(to commands: [RedisCommand], before deadline: AskDeadline) async -> [Result<RedisReply, SourceError>] {
    let map: SlotMap
    switch await currentMap(before: deadline) {
    case .success(let found): map = found
    case .failure(let error): return commands.failing(error)
    }
    var round = ClusterRound(commands, map: map, label: factory.endpoint.description)
    await run(&round, before: deadline)
    guard round.needsNewMap || round.hasRedirects else { return round.results }
    var newest = map
    if round.needsNewMap {
      isStale = true
      if !deadline.hasPassed, case .success(let found) = await currentMap(before: deadline) { newest = found }
    }
    guard !deadline.hasPassed, round.prepareSecondAttempt(map: newest) else { return round.results }
    await run(&round, before: deadline)
    return round.results
  }

  /// Sends what the round has assigned, to all nodes at the same time.
  private func run(_ round: inout ClusterRound, before deadline: AskDeadline) async {
    let errands = round.takeErrands()
    await withTaskGroup(of: (ClusterRound.Errand, [Result<RedisReply, SourceError>]).self) { group in
      for errand in errands {
        let node = node(errand.address)
        group.addTask { (errand, await node.replies(to: errand.wireCommands, before: deadline)) }
      }
      for await (errand, results) in group { round.receive(results, for: errand) }
    }
  }

  private func node(_ address: HostPort) -> RedisNode {
    if let known = nodes[address] { return known }
    var opening = factory.opening
    // A cluster has one database only.
    opening.database = 0
    let node = factory.node(address, role: "node", opening: opening)
    nodes[address] = node
    return node
  }

  // MARK: - The map

  private func currentMap(before deadline: AskDeadline) async -> Result<SlotMap, SourceError> {
    if let map, !isStale { return .success(map) }
    let loaded = await loading.result(before: deadline) { await self.loadMap(before: deadline) }
    if isShutDown {
      return .failure(SourceError(.connectionLost, "\(factory.endpoint): this source has been shut down"))
    }
    switch loaded {
    case .success(let found):
      map = found
      isStale = false
      await closeNodes(outside: found)
      return .success(found)
    // The nodes that still answer do so by the old map.
    case .failure(let error): return map.map { .success($0) } ?? .failure(error)
    case nil:
      let text = "\(factory.endpoint): no node told the slots within \(deadline.timeout.inWords)"
      return .failure(SourceError(.timedOut, text))
    }
  }

  private func loadMap(before deadline: AskDeadline) async -> Result<SlotMap, SourceError> {
    var candidates = map?.masters ?? []
    candidates += seeds.filter { !candidates.contains($0) }
    guard !candidates.isEmpty else {
      return .failure(SourceError(.unusableConfiguration, "\(factory.endpoint): no addresses are given"))
    }
    let start = firstCandidate % candidates.count
    candidates = Array(candidates[start...] + candidates[..<start])
    var errors: [SourceError] = []
    for (position, address) in candidates.enumerated() {
      let node = node(address)
      let share = deadline.share(among: candidates.count - position)
      switch await node.replies(to: [RedisCommand(["CLUSTER", "SLOTS"], key: nil)], before: share).first {
      case .success(let reply):
        if let map = SlotMap(reply, asked: address) { return .success(map) }
        errors.append(SourceError(.refusedByServer, "\(node.label): \(Self.refusal(reply))"))
      case .failure(let error): errors.append(error)
      case nil: continue
      }
      firstCandidate = (firstCandidate + 1) % candidates.count
    }
    let code = errors.first?.code ?? .unreachable
    return .failure(SourceError(code, errors.map(\.message).joined(separator: "; ")))
  }

  private static func refusal(_ reply: RedisReply) -> String {
    switch reply {
    case .error(let text): text
    case .array([]): "the cluster serves no slots yet"
    default: "the answer to CLUSTER SLOTS cannot be read"
    }
  }

  private func closeNodes(outside map: SlotMap) async {
    let masters = Set(map.masters)
    let gone = nodes.filter { !masters.contains($0.key) }
    for address in gone.keys { nodes[address] = nil }
    for node in gone.values { await node.shutdown() }
  }

  func shutdown() async {
    isShutDown = true
    let all = nodes.values
    nodes = [:]
    map = nil
    for node in all { await node.shutdown() }
  }
}
