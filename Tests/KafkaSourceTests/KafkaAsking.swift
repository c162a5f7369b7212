internal import KafkaSource
internal import Questions
internal import TestSupport

/// A source and short ways to ask it.
struct KafkaAsking: Sendable {
  let source: KafkaSource

  init(
    _ servers: [String], tls: TLSOptions? = nil, sasl: KafkaEndpoint.SASL? = nil,
    fetchToken: KafkaSource.TokenFetch? = nil, configure: (inout KafkaSource.Limits) -> Void = { _ in }
  ) {
    var limits = KafkaSource.Limits()
    configure(&limits)
    source = KafkaSource(
      endpoint: KafkaEndpoint(bootstrapServers: servers, tls: tls, sasl: sasl), limits: limits, fetchToken: fetchToken)
  }

  func ask(_ questions: [KafkaQuestion], timeout: Duration = .seconds(10)) async -> [Result<KafkaAnswer, SourceError>] {
    await source.answers(to: questions.map { .kafka($0) }, timeout: timeout).map { result in
      result.flatMap { answer in
        if case .kafka(let answer) = answer { return .success(answer) }
        return .failure(SourceError(.wrongSource, "another kind of answer"))
      }
    }
  }

  func ask(_ question: KafkaQuestion, timeout: Duration = .seconds(10)) async -> Result<KafkaAnswer, SourceError> {
    await ask([question], timeout: timeout).first ?? .failure(SourceError(.wrongSource, "no answer at all"))
  }

  /// The error of a question that must fail.
  func failure(of question: KafkaQuestion, timeout: Duration = .seconds(10)) async -> SourceError? {
    if case .failure(let error) = await ask(question, timeout: timeout) { return error }
    return nil
  }
}

extension KafkaQuestion {
  static func lag(of group: String, in topic: String, partitions: [Int32]? = nil) -> KafkaQuestion {
    KafkaQuestion(group: group, topics: .one(topic, partitions: partitions))
  }
}

extension KafkaAnswer {
  /// End minus committed, over all partitions that have both.
  var lag: Int64 {
    topics.values.flatMap(\.values).reduce(0) { sum, offsets in
      guard let end = offsets.end, let committed = offsets.committed, committed >= 0 else { return sum }
      return sum + end - committed
    }
  }
}
