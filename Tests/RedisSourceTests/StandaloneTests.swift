internal import Questions
internal import RedisSource
internal import TestSupport
internal import Testing

@Suite("One server")
struct StandaloneTests {
  @Test("Replies of every kind, a server's error among them, in the order of the questions")
  func replies() async throws {
    let server = try await RedisServer.start()
    try await server.run([
      ["XADD", "s", "1-1", "k", "v"], ["XADD", "s", "2-1", "k", "v"], ["XGROUP", "CREATE", "s", "g", "0"],
      ["XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s", ">"], ["SET", "text", "größe"],
    ])
    let source = RedisSource(port: server.port)
    let results = await source.ask([
      ["XLEN", "s"], ["XPENDING", "s", "g"], ["XLEN", "text"], ["GET", "nothing"], ["GET", "text"], ["TYPE", "s"],
      ["NOSUCH", "x"],
    ])
    #expect(results.count == 7)
    #expect(results[0] == .success([.integer(2)]))
    #expect(
      results[1]
        == .success([
          .array([
            .integer(1), .string("1-1"), .string("1-1"), .array([.array([.string("c"), .string("1")])]),
          ])
        ]))
    #expect(results[2] == .success([.error("WRONGTYPE Operation against a key holding the wrong kind of value")]))
    #expect(results[3] == .success([.null]))
    #expect(results[4] == .success([.string("größe")]))
    #expect(results[5] == .success([.string("stream")]))
    #expect(results[6] == .success([.error("ERR unknown command 'NOSUCH', with args beginning with: 'x' ")]))
    #expect(source.openConnections == 1)
    await source.shutdown()
  }

  @Test("Equal commands are sent once; questions of several commands share them")
  func deduplication() async throws {
    let server = try await RedisServer.start()
    try await server.run([["SET", "n", "0"], ["CONFIG", "RESETSTAT"]])
    let source = RedisSource(port: server.port)
    let (incr, get) = (RedisCommand(["INCR", "n"], key: "n"), RedisCommand(["GET", "n"], key: "n"))
    let questions: [Question] = [
      .redis(RedisQuestion([incr, get])), .redis(RedisQuestion([get, incr])), .redis(RedisQuestion([incr])),
      .redis(RedisQuestion([])),
    ]
    let answers = await source.answers(to: questions, timeout: .seconds(5))
    let replies = answers.map { result -> [RedisReply]? in
      guard case .success(.redis(let answer)) = result else { return nil }
      return answer.replies
    }
    #expect(replies == [[.integer(1), .string("1")], [.string("1"), .integer(1)], [.integer(1)], []])
    await source.shutdown()
  }

  @Test("Questions that cannot be asked here fail alone")
  func unaskable() async throws {
    let server = try await RedisServer.start()
    let source = RedisSource(port: server.port)
    let results = await source.answers(
      to: [
        .command(["PING"]), .http(HTTPQuestion(target: "/")), .command([]), .command(["ECHO", "x"]),
        .command(["ECHO", String(repeating: "x", count: 17 << 20)]),
      ], timeout: .seconds(5))
    #expect(results.map { (try? $0.get()) != nil } == [true, false, false, true, false])
    let codes = results.map { result -> SourceError.Code? in
      if case .failure(let error) = result { error.code } else { nil }
    }
    #expect(codes == [nil, .wrongSource, .unusableConfiguration, nil, .unusableConfiguration])
    #expect(await source.answers(to: [], timeout: .seconds(1)).isEmpty)
    await source.shutdown()
  }

  @Test("The database is selected, on every new connection")
  func database() async throws {
    let server = try await RedisServer.start()
    try await server.run([["SELECT", "3"], ["SET", "k", "three"]])
    let source = RedisSource(.local(server.port, database: 3))
    #expect(try await source.ask("GET", "k") == .string("three"))
    try await server.run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    #expect(try await source.ask("GET", "k") == .string("three"))
    let zero = RedisSource(port: server.port)
    #expect(try await zero.ask("GET", "k") == .null)
    let tooHigh = RedisSource(.local(server.port, database: 99))
    let error = await tooHigh.failure(of: "GET", "k")
    #expect(error?.code == .refusedByServer)
    #expect(error?.message == "redis://127.0.0.1:\(server.port)/99: SELECT 99: ERR DB index is out of range")
    for source in [source, zero, tooHigh] { await source.shutdown() }
  }

  @Test("Password, user with password, and the errors without")
  func authentication() async throws {
    let server = try await RedisServer.start {
      $0.password = "correcthorse"
      $0.users = ["reader on >battery ~s* +xlen"]
    }
    let good = RedisSource(port: server.port, password: "correcthorse")
    #expect(try await good.ask("XLEN", "s") == .integer(0))

    let user = RedisSource(.local(server.port, username: "reader", password: "battery"))
    #expect(try await user.ask("XLEN", "s") == .integer(0))
    guard case .error(let text) = try await user.ask("GET", "s") else {
      Issue.record("GET is not allowed to this user")
      return
    }
    #expect(text.hasPrefix("NOPERM"))

    let wrong = RedisSource(.local(server.port, username: "reader", password: "hunter2"))
    let refusal = await wrong.failure(of: "XLEN", "s")
    #expect(refusal?.code == .authenticationFailed)
    #expect(
      refusal?.message
        == "redis://127.0.0.1:\(server.port)/0: AUTH: WRONGPASS invalid username-password pair or user is disabled.")

    let without = RedisSource(port: server.port)
    let missing = await without.failure(of: "XLEN", "s")
    #expect(missing?.code == .authenticationFailed)
    #expect(missing?.message == "redis://127.0.0.1:\(server.port)/0: NOAUTH Authentication required.")

    // No AUTH may be tried again and again on one connection: a refused one is closed.
    try await eventually("the refused connection is closed") { wrong.openConnections == 0 }
    for source in [good, user, wrong, without] { await source.shutdown() }
  }

  @Test("A password for a server that has none does no harm")
  func unneededPassword() async throws {
    let server = try await RedisServer.start()
    let source = RedisSource(port: server.port, password: "x")
    #expect(try await source.ask("XLEN", "s") == .integer(0))
    await source.shutdown()
  }

  @Test("Many batches of many callers at once share one connection, and each gets its own replies")
  func concurrency() async throws {
    let server = try await RedisServer.start()
    let source = RedisSource(port: server.port)
    await withTaskGroup(of: Bool.self) { group in
      for caller in 0..<50 {
        group.addTask {
          for round in 0..<10 {
            let words = (0..<20).map { ["ECHO", "\(caller)/\(round)/\($0)"] }
            let results = await source.ask(words)
            if results != words.map({ .success([.string($0[1])]) }) { return false }
          }
          return true
        }
      }
      for await isRight in group { #expect(isRight) }
    }
    #expect(source.openConnections == 1)
    #expect(try await server.clients() == 1)
    await source.shutdown()
    #expect(source.openConnections == 0)
    try await eventually("the server sees no client") { try await server.clients() == 0 }
  }

  @Test("After shutdown questions fail")
  func shutdown() async throws {
    let server = try await RedisServer.start()
    let source = RedisSource(port: server.port)
    #expect(try await source.ask("PING") == .string("PONG"))
    await source.shutdown()
    #expect(await source.failure(of: "PING")?.code == .connectionLost)
    #expect(source.openConnections == 0)
  }

  @Test("A source that goes without shutdown leaves no connection behind")
  func dropped() async throws {
    let server = try await RedisServer.start()
    do {
      let source = RedisSource(port: server.port)
      #expect(try await source.ask("PING") == .string("PONG"))
    }
    try await eventually("the connection is closed") { try await server.clients() == 0 }
  }

  @Test("10,000 different questions take one connection and one round trip")
  func tenThousand() async throws {
    let server = try await RedisServer.start()
    try await server.run((0..<10_000).map { ["XGROUP", "CREATE", "stream:\($0)", "workers", "0", "MKSTREAM"] })
    let source = RedisSource(port: server.port)
    let questions = (0..<10_000).map { Question.command(["XPENDING", "stream:\($0)", "workers"]) }
    let clock = ContinuousClock()
    for _ in 0..<3 {
      let start = clock.now
      let answers = await source.answers(to: questions, timeout: .seconds(20))
      let seconds = clock.now - start
      let expected = Answer.redis(RedisAnswer([.array([.integer(0), .null, .null, .null])])).redisReplies
      #expect(answers.allSatisfy { (try? $0.get().redisReplies) == expected })
      // Generous: a debug build on a busy machine. The release figure is the benchmark's.
      #expect(seconds < .seconds(5), "10,000 questions took \(seconds)")
    }
    #expect(source.openConnections == 1)
    #expect(try await server.clients() == 1)
    await source.shutdown()
  }

  @Test("A batch larger than the pipeline goes in pieces")
  func pieces() async throws {
    let server = try await RedisServer.start()
    let source = RedisSource(port: server.port, RedisSource.Configuration(pipelineDepth: 7))
    let words = (0..<100).map { ["ECHO", "\($0)"] }
    #expect(await source.ask(words) == words.map { .success([.string($0[1])]) })
    await source.shutdown()
  }
}

extension Answer {
  var redisReplies: [RedisReply] {
    if case .redis(let answer) = self { answer.replies } else { [] }
  }
}
