/// Where to ask: one server (or cluster) with one set of credentials and TLS options. Same endpoint, same connections.
/// `description` is safe to print.
public enum Endpoint: Hashable, Sendable, CustomStringConvertible {
  case redis(RedisEndpoint)
  case kafka(KafkaEndpoint)
  case http(HTTPEndpoint)

  public var description: String {
    switch self {
    case .redis(let endpoint): endpoint.description
    case .kafka(let endpoint): endpoint.description
    case .http(let endpoint): endpoint.description
    }
  }
}

/// What to ask. Equal questions to one endpoint that are due together are asked once.
public enum Question: Hashable, Sendable {
  case redis(RedisQuestion)
  case kafka(KafkaQuestion)
  case http(HTTPQuestion)
}

extension Question {
  /// How long the question says it may take; nil when it says nothing.
  public var timeout: Duration? {
    guard case .http(let question) = self else { return nil }
    return question.timeout
  }
}

/// What came back, as plain values.
public enum Answer: Sendable {
  case redis(RedisAnswer)
  case kafka(KafkaAnswer)
  case http(HTTPAnswer)
}

/// Asks one endpoint many questions at once.
public protocol EventSource: Sendable {
  /// One result per question, in the order of the questions. Never takes longer than `timeout` (by more than the time it
  /// takes to notice): what has not come by then is `.timedOut`. A failed question does not fail its neighbours.
  func answers(to questions: [Question], timeout: Duration) async -> [Result<Answer, SourceError>]

  /// How many connections are open to the endpoint now.
  var openConnections: Int { get }

  /// Closes the connections; later questions fail.
  func shutdown() async
}
