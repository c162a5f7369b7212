internal import NIOCore
internal import Questions
internal import RedisSource
internal import TestSupport
internal import Testing

@Suite("Servers that fail")
struct FaultTests {
  static func text(_ string: String) -> [UInt8] { Array(string.utf8) }

  @Test("Nobody listens: refused, at once, naming the endpoint")
  func refused() async throws {
    let port = try FaultServer.refusingPort()
    let source = RedisSource(.local(port, password: "hunter2"))
    let error = await source.failure(of: "PING")
    #expect(error == SourceError(.connectionRefused, "redis://127.0.0.1:\(port)/0: connection refused"))
    #expect(source.openConnections == 0)
    await source.shutdown()
  }

  @Test("A host name that does not resolve")
  func unknownHost() async throws {
    let source = RedisSource(.local(6379, host: "no-such-host.invalid"))
    let error = await source.failure(of: "PING", timeout: .seconds(20))
    #expect(error?.code == .unreachable)
    #expect(
      error?.message
        == "redis://no-such-host.invalid:6379/0: the host name no-such-host.invalid does not resolve")
    await source.shutdown()
  }

  @Test("A server that accepts and never answers: every batch ends in time")
  func hang() async throws {
    let server = try FaultServer(.hang)
    let source = RedisSource(port: server.port, RedisSource.Configuration(silenceLimit: .milliseconds(200)))
    let clock = ContinuousClock()
    for _ in 0..<3 {
      let start = clock.now
      let results = await source.ask([["PING"], ["XLEN", "s"]], timeout: .milliseconds(300))
      let expected = SourceError(.timedOut, "redis://127.0.0.1:\(server.port)/0: no complete answer within 300 ms")
      #expect(results == [.failure(expected), .failure(expected)])
      #expect((.milliseconds(290)..<(.seconds(3))).contains(clock.now - start))
      #expect(source.openConnections <= 1)
    }
    // The silent connection is replaced, not piled up.
    #expect(server.acceptedConnections >= 2)
    await source.shutdown()
  }

  @Test("A server that hangs during AUTH: the opening ends by its own limit, and is told apart")
  func hangInOpening() async throws {
    let server = try FaultServer(.hang)
    let source = RedisSource(
      port: server.port, password: "hunter2", RedisSource.Configuration(connectTimeout: .milliseconds(200)))
    let error = await source.failure(of: "PING")
    #expect(
      error
        == SourceError(.timedOut, "redis://127.0.0.1:\(server.port)/0: no answer to AUTH or SELECT within 200 ms"))
    let short = RedisSource(port: server.port, password: "hunter2")
    #expect(
      await short.failure(of: "PING", timeout: .milliseconds(100))
        == SourceError(.timedOut, "redis://127.0.0.1:\(server.port)/0: no connection within 100 ms"))
    for source in [source, short] { await source.shutdown() }
  }

  @Test("Reset and close in the middle of a reply: what was complete stays", arguments: [true, false])
  func brokenOff(_ isReset: Bool) async throws {
    let bytes = Self.text(":1\r\n$100\r\nabc")
    let server = try FaultServer(isReset ? .reset(afterSending: bytes) : .close(afterSending: bytes))
    let source = RedisSource(port: server.port)
    let results = await source.ask([["XLEN", "a"], ["XLEN", "b"], ["XLEN", "c"]])
    let error = try #require(results[1].failure)
    // A reset may overtake the bytes that were sent before it.
    #expect(results[0] == .success([.integer(1)]) || (isReset && results[0] == .failure(error)))
    #expect(error.code == .connectionLost)
    #expect(error.message.hasPrefix("redis://127.0.0.1:\(server.port)/0: "))
    #expect(error.message.contains(isReset ? "reset" : "closed"))
    #expect(results[2] == .failure(error))
    #expect(source.openConnections == 0)
    await source.shutdown()
  }

  @Test(
    "Garbage",
    arguments: [
      "HTTP/1.1 400 Bad Request\r\n\r\n", "\u{0}\u{1}\u{2}\u{3}", "hello", "*-7\r\n", ":abc\r\n",
      String(repeating: "*1\r\n", count: 30),
    ])
  func garbage(_ answer: String) async throws {
    let server = try FaultServer(.answerAlways(Self.text(answer)))
    let source = RedisSource(port: server.port)
    let error = try #require(await source.failure(of: "PING"))
    #expect(error.code == .malformedAnswer)
    #expect(
      error.message.hasPrefix("redis://127.0.0.1:\(server.port)/0: the answer is not of the Redis protocol: "))
    await source.shutdown()
  }

  @Test("A reply of 10 MB is refused long before it is read, and the connection is closed")
  func tenMegabytes() async throws {
    let server = try FaultServer(.flood(prefix: Self.text("$10000000\r\n"), filler: 65, count: 10_000_000))
    let source = RedisSource(port: server.port)
    let error = try #require(await source.failure(of: "GET", "k"))
    #expect(
      error
        == SourceError(
          .answerTooLarge, "redis://127.0.0.1:\(server.port)/0: a reply is larger than Swell reads"))
    #expect(source.openConnections == 0)
    await source.shutdown()
  }

  @Test("An array header that announces two thousand million elements")
  func hugeArray() async throws {
    let server = try FaultServer(.answerOnce(Self.text("*2147483647\r\n")))
    let source = RedisSource(port: server.port)
    #expect(await source.failure(of: "KEYS", "*")?.code == .answerTooLarge)
    await source.shutdown()
  }

  @Test("A question with too large a reply does not fail its neighbours, before or after it")
  func oversizedNeighbour() async throws {
    let server = try await RedisServer.start()
    try await server.run("SET", "large", String(repeating: "x", count: 100_000))
    let source = RedisSource(port: server.port, RedisSource.Configuration(maxReplyBytes: 50_000))
    var words = (0..<100).map { ["ECHO", "\($0)"] }
    words[50] = ["GET", "large"]
    let results = await source.ask(words)
    for (index, result) in results.enumerated() {
      if index == 50 {
        #expect(result.failure?.code == .answerTooLarge)
      } else {
        #expect(result == .success([.string("\(index)")]))
      }
    }
    #expect(source.openConnections == 1)
    await source.shutdown()
  }

  @Test("A batch whose replies together are too large keeps what was read")
  func oversizedBatch() async throws {
    let server = try await RedisServer.start()
    try await server.run("SET", "k", String(repeating: "x", count: 10_000))
    let source = RedisSource(port: server.port, RedisSource.Configuration(maxBatchBytes: 50_000))
    let results = await source.ask((0..<10).map { ["GETRANGE", "k", "\($0)", "-1"] })
    #expect(results.prefix(4).allSatisfy { $0.failure == nil })
    #expect(results.last?.failure?.code == .answerTooLarge)
    #expect(try await source.ask("PING") == .string("PONG"))
    await source.shutdown()
  }

  @Test("A server that says no before it is asked")
  func tooManyClients() async throws {
    let server = try await RedisServer.start { $0.settings = [["maxclients", "1"]] }
    let first = RedisSource(port: server.port)
    #expect(try await first.ask("PING") == .string("PONG"))
    let second = RedisSource(port: server.port)
    let results = await second.ask([["PING"], ["XLEN", "s"]])
    let errors = results.compactMap(\.failure)
    #expect(errors.count == 2)
    // A reset may overtake the server's last words.
    #expect(errors.allSatisfy { $0.code == .connectionRefused || $0.code == .connectionLost })
    #expect(
      errors.allSatisfy {
        $0.message.hasSuffix("connection refused: ERR max number of clients reached") || $0.code == .connectionLost
      })
    for source in [first, second] { await source.shutdown() }
  }
}

extension Result {
  var failure: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}
