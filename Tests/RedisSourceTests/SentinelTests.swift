internal import Questions
internal import RedisSource
internal import TestSupport
internal import Testing

@Suite("Sentinels")
struct SentinelTests {
  private func endpoint(
    _ ports: [Int], master: String = RedisSentinels.masterName, password: String? = nil,
    sentinelPassword: String? = nil,
    database: Int = 0
  ) -> RedisEndpoint {
    RedisEndpoint(
      topology: .sentinel(
        ports.map { HostPort(host: "127.0.0.1", port: $0) }, master: master, username: nil,
        password: sentinelPassword.map { SecretText($0) }),
      password: password.map { SecretText($0) }, database: database)
  }

  @Test("The master is found, also past dead Sentinels and with passwords; after a failover the new one is asked")
  func failover() async throws {
    let all = try await RedisSentinels.start(password: "data", sentinelPassword: "watch")
    let master = try await all.master()
    try await master.run([["SELECT", "2"], ["XADD", "s", "1-1", "k", "v"], ["WAIT", "1", "5000"]])
    let dead = try FaultServer.refusingPort()
    let source = RedisSource(
      endpoint(
        [dead] + all.sentinels.map(\.port), password: "data", sentinelPassword: "watch", database: 2))
    #expect(try await source.ask("XLEN", "s") == .integer(1))
    #expect(try await source.ask("ROLE") != .error("x"))
    try await eventually("the sentinel's connection is closed") { source.openConnections == 1 }

    await master.crash()
    let error = await source.failure(of: "XLEN", "s", timeout: .seconds(2))
    #expect(error != nil)
    try await eventually("the new master is asked", within: .seconds(30)) {
      (try? await source.ask("XLEN", "s", timeout: .seconds(2))) == .integer(1)
    }
    #expect(try await all.master().port != master.port)
    try await eventually("one connection is left") { source.openConnections == 1 }
    await source.shutdown()
    await all.stop()
  }

  @Test("A Sentinel that does not know the master, one that wants a password, and none at all")
  func errors() async throws {
    let all = try await RedisSentinels.start(sentinels: 1, sentinelPassword: "watch")
    let port = all.sentinels[0].port
    let unknown = RedisSource(endpoint([port], master: "other", sentinelPassword: "watch"))
    #expect(
      await unknown.failure(of: "PING")
        == SourceError(
          .refusedByServer,
          "redis-sentinel://127.0.0.1:\(port)/other/0: sentinel 127.0.0.1:\(port): knows no master called other"))
    let locked = RedisSource(endpoint([port]))
    #expect(await locked.failure(of: "PING")?.code == .authenticationFailed)
    let (first, second) = (try FaultServer.refusingPort(), try FaultServer.refusingPort())
    let dead = RedisSource(endpoint([first, second]))
    let error = await dead.failure(of: "PING")
    #expect(error?.code == .connectionRefused)
    #expect(
      error?.message
        == "redis-sentinel://127.0.0.1:\(first),127.0.0.1:\(second)/mymaster/0: sentinel 127.0.0.1:\(first): "
        + "connection refused; redis-sentinel://127.0.0.1:\(first),127.0.0.1:\(second)/mymaster/0: sentinel "
        + "127.0.0.1:\(second): connection refused")
    let none = RedisSource(endpoint([]))
    #expect(await none.failure(of: "PING")?.code == .unusableConfiguration)
    for source in [unknown, locked, dead, none] { await source.shutdown() }
    await all.stop()
  }

  @Test("A hung Sentinel leaves time for the next one")
  func hungSentinel() async throws {
    let redis = try await RedisServer.start()
    let hung = try FaultServer(.hang)
    let good = try FaultServer(
      .answerAlways(Array("*2\r\n$9\r\n127.0.0.1\r\n$\("\(redis.port)".count)\r\n\(redis.port)\r\n".utf8)))
    let source = RedisSource(endpoint([hung.port, good.port]))
    #expect(try await source.ask("PING", timeout: .seconds(6)) == .string("PONG"))
    await source.shutdown()
  }

  @Test("A server that Sentinels name but that is a replica is not asked")
  func replica() async throws {
    let master = try await RedisServer.start()
    let replica = try await RedisServer.start { $0.settings = [["replicaof", "127.0.0.1", "\(master.port)"]] }
    func naming(_ port: Int) -> [UInt8] {
      Array("*2\r\n$9\r\n127.0.0.1\r\n$\("\(port)".count)\r\n\(port)\r\n".utf8)
    }
    let sentinel = try FaultServer(.answerAlways(naming(replica.port)))
    let source = RedisSource(endpoint([sentinel.port]))
    let error = await source.failure(of: "PING")
    #expect(error?.code == .refusedByServer)
    #expect(
      error?.message.hasSuffix("master 127.0.0.1:\(replica.port): this server is not the master any more") == true)
    sentinel.behave(.answerAlways(naming(master.port)))
    #expect(try await source.ask("PING") == .string("PONG"))
    await source.shutdown()
  }

  @Test(
    "Garbage in place of an address",
    arguments: [
      "*-1\r\n", "*1\r\n$1\r\nx\r\n", "*2\r\n$1\r\nh\r\n$5\r\n99999\r\n", ":1\r\n", "$-1\r\n", "-ERR no\r\n", "?\r\n",
    ])
  func garbage(_ answer: String) async throws {
    let sentinel = try FaultServer(.answerAlways(Array(answer.utf8)))
    let source = RedisSource(endpoint([sentinel.port]))
    let error = await source.failure(of: "PING")
    #expect(error?.code == .refusedByServer || error?.code == .malformedAnswer)
    await source.shutdown()
  }
}
