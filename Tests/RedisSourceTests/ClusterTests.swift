internal import Questions
internal import RedisSource
internal import TestSupport
internal import Testing

@Suite("Cluster")
struct ClusterTests {
  private func source(_ ports: [Int]) -> RedisSource {
    RedisSource(RedisEndpoint(topology: .cluster(ports.map { HostPort(host: "127.0.0.1", port: $0) })))
  }

  @Test(
    "Each command goes to its node, with one connection a node; slots that move are followed; a dead node fails alone")
  func cluster() async throws {
    let cluster = try await RedisCluster.start()
    let keys = (0..<300).map { "stream:\($0)" }
    for key in keys.prefix(30) { try await cluster.run(["XADD", key, "1-1", "k", "v"], key: key) }
    let source = source([try FaultServer.refusingPort()] + cluster.nodes.map(\.port))

    // All nodes at once.
    let lengths = await source.ask(keys.map { ["XLEN", $0] })
    #expect(lengths == keys.indices.map { .success([.integer($0 < 30 ? 1 : 0)]) })
    #expect(source.openConnections == 3)
    for node in cluster.nodes { #expect(try await node.run("INFO", "errorstats").text?.contains("MOVED") == false) }

    // Commands without a key go to any node.
    let info = await source.answers(
      to: [
        .redis(
          RedisQuestion([
            RedisCommand(["INFO", "server"], key: nil), RedisCommand(["XLEN", "stream:1"], key: "stream:1"),
          ]))
      ],
      timeout: .seconds(5))
    let replies = try #require(try info.first?.get().redisReplies)
    guard case .string(let text) = replies[0] else {
      Issue.record("INFO gave \(replies[0])")
      return
    }
    #expect(text.contains("redis_version:"))
    #expect(replies[1] == .integer(1))

    try await followMovingSlot(cluster, source)

    // One node dies: only its keys fail.
    let victim = cluster.nodes[1]
    var owners: [Int] = []
    for key in keys { owners.append(try await cluster.owner(of: key).port) }
    await victim.crash()
    let after = await source.ask(keys.map { ["XLEN", $0] }, timeout: .seconds(3))
    for (index, result) in after.enumerated() {
      if owners[index] == victim.port {
        #expect(result.failure?.message.contains("127.0.0.1:\(victim.port): connection refused") == true)
      } else {
        #expect(result.failure == nil)
      }
    }
    #expect(owners.contains(victim.port))
    #expect(source.openConnections == 2)
    await source.shutdown()
    try await eventually("all connections are closed") { source.openConnections == 0 }
    await cluster.stop()
  }

  private func followMovingSlot(_ cluster: RedisCluster, _ source: RedisSource) async throws {
    guard case .integer(let slot) = try await cluster.nodes[0].run("CLUSTER", "KEYSLOT", "stream:1") else { return }
    let from = try await cluster.owner(ofSlot: slot)
    let target = try #require(cluster.nodes.first { $0.port != from.port })
    try await cluster.move(slot: slot, to: target) { () async throws in
      // The key has moved, the slot has not: ASK.
      #expect(try await source.ask("XLEN", "stream:1") == .integer(1))
      #expect(try await from.run("INFO", "errorstats").text?.contains("errorstat_ASK") == true)
    }
    // The slot has moved: MOVED once, then the new map is used.
    #expect(try await source.ask("XLEN", "stream:1") == .integer(1))
    #expect(try await from.run("INFO", "errorstats").text?.contains("errorstat_MOVED:count=1") == true)
    try await eventually("the nodes agree") { try await cluster.owner(ofSlot: slot).port == target.port }
    _ = try await source.ask("XLEN", "stream:1")
    let before = try await from.run("INFO", "errorstats").text
    #expect(try await source.ask("XLEN", "stream:1") == .integer(1))
    #expect(try await from.run("INFO", "errorstats").text == before)
  }

  @Test("A server that is no cluster, no seeds, dead seeds, garbage")
  func errors() async throws {
    let plain = try await RedisServer.start()
    let source = source([plain.port])
    let error = await source.failure(of: "XLEN", "s")
    #expect(error?.code == .refusedByServer)
    #expect(error?.message.hasSuffix("ERR This instance has cluster support disabled") == true)
    #expect(await self.source([]).failure(of: "XLEN", "s")?.code == .unusableConfiguration)
    let dead = try FaultServer.refusingPort()
    #expect(
      await self.source([dead]).failure(of: "XLEN", "s")
        == SourceError(
          .connectionRefused, "redis-cluster://127.0.0.1:\(dead): node 127.0.0.1:\(dead): connection refused"))
    let garbage = try FaultServer(.answerAlways(Array("*1\r\n:1\r\n".utf8)))
    let unread = await self.source([garbage.port]).failure(of: "XLEN", "s")
    #expect(unread?.message.contains("the answer to CLUSTER SLOTS cannot be read") == true)
    await source.shutdown()
  }

  @Test("A hung seed leaves time for the next one")
  func hungSeed() async throws {
    let hung = try FaultServer(.hang)
    let node = try FaultServer(.hang)
    let port = node.port
    let slots = "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:\(port)\r\n"
    node.behave(
      .script { String(decoding: $0, as: UTF8.self).contains("SLOTS") ? Array(slots.utf8) : Array(":7\r\n".utf8) })
    let source = source([hung.port, port])
    #expect(try await source.ask("XLEN", "s", timeout: .seconds(6)) == .integer(7))
    // The map is known now: no more time is lost.
    #expect(try await source.ask("XLEN", "s", timeout: .seconds(2)) == .integer(7))
    #expect(source.openConnections == 1)
    await source.shutdown()
  }

  @Test("Nodes that send each other's keys round and round: one repeat, then the error")
  func endlessRedirect() async throws {
    let node = try FaultServer(.hang)
    let port = node.port
    let asked = Counter()
    node.behave(
      .script { request in
        if String(decoding: request, as: UTF8.self).contains("SLOTS") {
          return Array("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:\(port)\r\n".utf8)
        }
        return Array("-MOVED 1 127.0.0.1:\(port) \(asked.next())\r\n".utf8)
      })
    let source = source([port])
    #expect(try await source.ask("XLEN", "s") == .error("MOVED 1 127.0.0.1:\(port) 2"))
    await source.shutdown()
  }
}
