internal import FoundationEssentials
public import Questions
internal import Synchronization

/// Asks one HTTP server. The connections belong to the transport, which all sources share.
///
/// Questions travel one request each: HTTP knows no batches. They share at most
/// ``HTTPTransport/Limits/connectionsPerEndpoint`` connections, or one where the server speaks HTTP/2.
public final class HTTPSource: EventSource {
  private let endpoint: HTTPEndpoint
  private let transport: HTTPTransport
  private let now: @Sendable () -> Int64
  private let isShutDown = Atomic(false)

  /// - Parameter now: Whole seconds since 1970-01-01T00:00:00Z, for questions that carry the time.
  public init(endpoint: HTTPEndpoint, transport: HTTPTransport, now: @escaping @Sendable () -> Int64) {
    self.endpoint = endpoint
    self.transport = transport
    self.now = now
  }

  /// An answer is whatever came with an HTTP status, errors like 401 and 500 among them: the trigger judges these.
  public func answers(to questions: [Question], timeout: Duration) async -> [Result<Answer, SourceError>] {
    guard questions.count != 1 else { return [await answer(to: questions[0], timeout: timeout)] }
    return await withTaskGroup(of: (Int, Result<Answer, SourceError>).self) { group in
      for (index, question) in questions.enumerated() {
        group.addTask { (index, await self.answer(to: question, timeout: timeout)) }
      }
      let missing = SourceError(.connectionLost, "\(endpoint): the question was cancelled")
      var results = [Result<Answer, SourceError>](repeating: .failure(missing), count: questions.count)
      for await (index, result) in group { results[index] = result }
      return results
    }
  }

  public var openConnections: Int { transport.openConnections(to: endpoint) }

  /// Fails what is under way and closes the endpoint's connections. The transport lives on.
  public func shutdown() async {
    isShutDown.store(true, ordering: .sequentiallyConsistent)
    await transport.closeConnections(to: endpoint)
  }

  private func answer(to question: Question, timeout: Duration) async -> Result<Answer, SourceError> {
    guard case .http(let question) = question else {
      return .failure(SourceError(.wrongSource, "\(endpoint): this question is not for an HTTP server"))
    }
    guard !isShutDown.load(ordering: .sequentiallyConsistent) else {
      return .failure(SourceError(.connectionLost, "\(endpoint): not asked, since this source is shut down"))
    }
    let request = HTTPRequest(
      endpoint: endpoint, target: question.target(at: now), headers: question.headers)
    return await transport.perform(request, timeout: min(question.timeout ?? timeout, timeout)).map(Answer.http)
  }
}

extension HTTPQuestion {
  /// The target to send: with `time=<now>` where the question asks for that, written as Go writes it
  /// (`2026-11-21T05:25:45Z`).
  func target(at now: () -> Int64) -> String {
    guard appendsTime else { return target }
    let time = Date(timeIntervalSince1970: Double(now())).formatted(.iso8601)
    return "\(target)\(target.contains("?") ? "&" : "?")time=\(time)"
  }
}
