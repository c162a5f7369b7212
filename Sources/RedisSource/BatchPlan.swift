internal import Questions

/// What one batch sends: each different command once, and which of them each question waits for.
struct BatchPlan {
  private(set) var commands: [RedisCommand] = []
  /// For each question the positions of its commands in `commands`; nil when it cannot be asked here.
  private var positions: [[Int]?] = []

  init(_ questions: [Question]) {
    positions.reserveCapacity(questions.count)
    var known: [RedisCommand: Int] = [:]
    known.reserveCapacity(questions.count)
    for question in questions {
      guard case .redis(let question) = question else {
        positions.append(nil)
        continue
      }
      positions.append(
        question.commands.map { command in
          if let position = known[command] { return position }
          known[command] = commands.count
          commands.append(command)
          return commands.count - 1
        })
    }
  }

  /// Puts the results of `commands` together to one per question.
  func answers(
    from results: [Result<RedisReply, SourceError>], endpoint: RedisEndpoint
  ) -> [Result<Answer, SourceError>] {
    positions.map { positions in
      guard let positions else {
        return .failure(SourceError(.wrongSource, "\(endpoint): this question is not for Redis"))
      }
      var replies: [RedisReply] = []
      replies.reserveCapacity(positions.count)
      for position in positions {
        switch results[position] {
        case .success(let reply): replies.append(reply)
        case .failure(let error): return .failure(error)
        }
      }
      return .success(.redis(RedisAnswer(replies)))
    }
  }
}
