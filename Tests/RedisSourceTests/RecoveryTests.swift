internal import Questions
internal import RedisSource
internal import TestSupport
internal import Testing

@Suite("After a failure")
struct RecoveryTests {
  @Test("A server that was killed and comes back is asked again, by the same source")
  func restart() async throws {
    let server = try await RedisServer.start()
    let source = RedisSource(port: server.port)
    #expect(try await source.ask("PING") == .string("PONG"))
    await server.crash()
    let error = await source.failure(of: "PING")
    #expect(error?.code == .connectionRefused)
    try await eventually("the connection is noticed to be gone") { source.openConnections == 0 }
    let port = server.port
    let again = try await RedisServer.start { $0.port = port }
    #expect(try await source.ask("PING") == .string("PONG"))
    #expect(source.openConnections == 1)
    await source.shutdown()
    await again.stop()
  }

  @Test("The first batch after the server cut an idle connection succeeds")
  func idleConnectionCut() async throws {
    let server = try await RedisServer.start()
    let source = RedisSource(port: server.port)
    for round in 0..<5 {
      #expect(try await source.ask("ECHO", "\(round)") == .string("\(round)"))
      try await server.run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    }
    await source.shutdown()
  }

  @Test("A batch on an old connection that is reset while it is asked is sent again on a new one")
  func resetWhenReused() async throws {
    let server = try FaultServer(.answerOnceThenReset(Array("+PONG\r\n".utf8)))
    let source = RedisSource(port: server.port)
    for round in 1...4 {
      #expect(try await source.ask("PING") == .string("PONG"))
      #expect(server.acceptedConnections == round)
      #expect(source.openConnections == 1)
    }
    await source.shutdown()
  }

  @Test("Replies that come after their batch timed out are not taken for a later batch's")
  func lateReplies() async throws {
    let server = try await RedisServer.start()
    let source = RedisSource(port: server.port)
    #expect(try await source.ask("PING") == .string("PONG"))
    server.freeze()
    let late = await source.failure(of: "ECHO", "late", timeout: .milliseconds(150))
    #expect(late?.code == .timedOut)
    async let waiting = source.ask("ECHO", "next", timeout: .seconds(10))
    async let alsoWaiting = source.ask((0..<100).map { ["ECHO", "\($0)"] }, timeout: .seconds(10))
    server.thaw()
    #expect(try await waiting == .string("next"))
    #expect(await alsoWaiting == (0..<100).map { .success([.string("\($0)")]) })
    #expect(source.openConnections == 1)
    await source.shutdown()
  }

  @Test("A slow batch is not cut short by the timeouts of others on the same connection")
  func slowBatch() async throws {
    let server = try await RedisServer.start()
    let source = RedisSource(port: server.port)
    #expect(try await source.ask("PING") == .string("PONG"))
    server.freeze()
    async let slow = source.ask("ECHO", "slow", timeout: .seconds(20))
    for _ in 0..<5 {
      #expect(await source.failure(of: "ECHO", "short", timeout: .milliseconds(50))?.code == .timedOut)
    }
    server.thaw()
    #expect(try await slow == .string("slow"))
    #expect(try await server.run("INFO", "stats").text?.contains("total_connections_received:") == true)
    #expect(source.openConnections == 1)
    await source.shutdown()
  }

  @Test("A connection that went silent is replaced; batches that wait on it are asked again on the new one")
  func silence() async throws {
    let isHung = Counter()
    let server = try FaultServer(
      .script { _ in isHung.next() == 1 ? nil : Array("+PONG\r\n".utf8) })
    let source = RedisSource(port: server.port, RedisSource.Configuration(silenceLimit: .milliseconds(100)))
    async let first = source.ask("PING", timeout: .seconds(10))
    try await eventually("the first request came") { !server.received.isEmpty }
    // Short batches come and go, until one finds the connection silent for too long.
    try await eventually("a later batch is answered", every: .milliseconds(30)) {
      await source.failure(of: "PING", timeout: .milliseconds(500)) == nil
    }
    #expect(try await first == .string("PONG"))
    #expect(server.acceptedConnections >= 2)
    #expect(source.openConnections == 1)
    await source.shutdown()
  }

  @Test("An attempt to connect outlives the batch that began it")
  func patientOpening() async throws {
    let server = try await RedisServer.start { $0.password = "p" }
    let source = RedisSource(port: server.port, password: "p")
    server.freeze()
    #expect(await source.failure(of: "PING", timeout: .milliseconds(100))?.code == .timedOut)
    async let second = source.ask("PING", timeout: .seconds(10))
    server.thaw()
    #expect(try await second == .string("PONG"))
    #expect(source.openConnections == 1)
    await source.shutdown()
  }
}
