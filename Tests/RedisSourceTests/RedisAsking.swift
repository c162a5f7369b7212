internal import NIOPosix
internal import Questions
internal import RedisSource
internal import TestSupport

/// Short ways to ask, for these tests.
extension RedisSource {
  convenience init(_ endpoint: RedisEndpoint, _ configuration: Configuration = Configuration()) {
    self.init(endpoint: endpoint, group: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
  }

  convenience init(port: Int, password: String? = nil, _ configuration: Configuration = Configuration()) {
    self.init(.local(port, password: password), configuration)
  }

  /// Asks one question per command.
  func ask(_ commands: [[String]], timeout: Duration = .seconds(5)) async -> [Result<[RedisReply], SourceError>] {
    await answers(to: commands.map { .command($0) }, timeout: timeout).map { result in
      result.map { answer in
        guard case .redis(let answer) = answer else { return [] }
        return answer.replies
      }
    }
  }

  /// Asks one command: its reply, or why there is none.
  func ask(_ words: String..., timeout: Duration = .seconds(5)) async throws(SourceError) -> RedisReply {
    guard let result = await ask([words], timeout: timeout).first, let reply = try result.get().first else {
      throw SourceError(.malformedAnswer, "no result")
    }
    return reply
  }

  /// The error that one command meets; nil when it is answered.
  func failure(of words: String..., timeout: Duration = .seconds(5)) async -> SourceError? {
    guard case .failure(let error)? = await ask([words], timeout: timeout).first else { return nil }
    return error
  }
}

extension Question {
  /// A question of one command, whose second word is its key.
  static func command(_ words: [String]) -> Question {
    .redis(RedisQuestion([RedisCommand(words, key: words.dropFirst().first)]))
  }
}

extension RedisEndpoint {
  static func local(
    _ port: Int, username: String? = nil, password: String? = nil, database: Int = 0, tls: TLSOptions? = nil,
    host: String = "127.0.0.1"
  ) -> RedisEndpoint {
    RedisEndpoint(
      topology: .standalone(HostPort(host: host, port: port)), username: username,
      password: password.map { SecretText($0) }, database: database, tls: tls)
  }
}
