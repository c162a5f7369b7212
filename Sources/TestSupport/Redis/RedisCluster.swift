/// A Redis Cluster of masters without replicas; the slots are shared out evenly.
public final class RedisCluster: Sendable {
  public let nodes: [RedisServer]

  public static func start(nodes count: Int = 3) async throws -> RedisCluster {
    var nodes: [RedisServer] = []
    for _ in 0..<count { nodes.append(try await RedisServer.start { $0.isClusterNode = true }) }
    for (index, node) in nodes.enumerated() {
      let first = 16_384 * index / count
      let last = 16_384 * (index + 1) / count - 1
      try await node.run("CLUSTER", "ADDSLOTSRANGE", "\(first)", "\(last)")
      // Epochs of their own: otherwise the nodes settle conflicts first.
      try await node.run("CLUSTER", "SET-CONFIG-EPOCH", "\(index + 1)")
    }
    for node in nodes.dropFirst() {
      let bus = try await node.run("CONFIG", "GET", "cluster-port")
      guard case .array(let items) = bus, items.count == 2, let port = items[1].text else {
        throw ChildProcess.Failed(description: "no cluster-port in \(bus)")
      }
      try await nodes[0].run("CLUSTER", "MEET", RedisServer.host, "\(node.port)", port)
    }
    let cluster = RedisCluster(nodes)
    try await cluster.waitUntilAgreed()
    return cluster
  }

  private init(_ nodes: [RedisServer]) { self.nodes = nodes }

  /// Waits until every node knows an owner for every slot.
  public func waitUntilAgreed() async throws {
    for node in nodes {
      try await eventually("the cluster agrees on its slots", within: .seconds(30)) {
        let info = try await node.run("CLUSTER", "INFO").text ?? ""
        return info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:16384")
          && info.contains("cluster_known_nodes:\(nodes.count)")
      }
    }
  }

  /// The node that serves `key`.
  public func owner(of key: String) async throws -> RedisServer {
    guard case .integer(let slot) = try await nodes[0].run("CLUSTER", "KEYSLOT", key) else { return nodes[0] }
    return try await owner(ofSlot: slot)
  }

  public func owner(ofSlot slot: Int64) async throws -> RedisServer {
    guard case .array(let ranges) = try await nodes[0].run("CLUSTER", "SLOTS") else { return nodes[0] }
    for case .array(let range) in ranges {
      guard range.count >= 3, case .integer(let first) = range[0], case .integer(let last) = range[1],
        (first...last).contains(slot), case .array(let address) = range[2], address.count >= 2,
        case .integer(let port) = address[1], let node = nodes.first(where: { $0.port == Int(port) })
      else { continue }
      return node
    }
    return nodes[0]
  }

  /// Runs a command on the node that serves `key`.
  @discardableResult
  public func run(_ words: [String], key: String) async throws -> RESPValue {
    try await owner(of: key).run([words]).first ?? .null
  }

  /// The cluster's name of a node.
  public func id(of node: RedisServer) async throws -> String { try await node.run("CLUSTER", "MYID").text ?? "" }

  /// Moves one slot with its keys, step by step as an operator's tool does: marked as migrating, keys moved, assigned.
  /// - Parameter pause: called between the second and the third step, while keys that moved are answered by ASK.
  public func move(
    slot: Int64, to target: RedisServer, whileMigrating pause: () async throws -> Void = {}
  ) async throws {
    let source = try await owner(ofSlot: slot)
    let (sourceID, targetID) = (try await id(of: source), try await id(of: target))
    try await target.run("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", sourceID)
    try await source.run("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", targetID)
    if case .array(let keys) = try await source.run("CLUSTER", "GETKEYSINSLOT", "\(slot)", "1000") {
      for key in keys.compactMap(\.text) {
        try await source.run("MIGRATE", RedisServer.host, "\(target.port)", key, "0", "5000")
      }
    }
    try await pause()
    for node in [target, source] { try await node.run("CLUSTER", "SETSLOT", "\(slot)", "NODE", targetID) }
  }

  public func stop() async { for node in nodes { await node.stop() } }
}
