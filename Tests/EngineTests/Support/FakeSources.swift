import KubernetesAPI
import Questions
import Synchronization
import TestSupport

/// Redis servers by host and one Kafka cluster, which answer, fails or hangs as the test says.
final class FakeSources: Sendable {
  enum Mood: Sendable {
    case well
    case failing(SourceError)
    /// Answers nothing, until its time is over.
    case hanging
  }

  private struct State {
    var lengths: [String: Int64] = [:]
    var moods: [String: Mood] = [:]
    var offsets = PartitionOffsets(end: 0, committed: 0)
    var sources: [String: [ScriptedSource]] = [:]
    var underWay = 0
    var mostUnderWay = 0
  }

  static let timeout = Duration.seconds(3)
  private let time: ManualTime
  private let state = Mutex(State())

  init(time: ManualTime) { self.time = time }

  /// What a stream holds; a stream that was never set is a null reply.
  subscript(stream: String) -> Int64? {
    get { state.withLock { $0.lengths[stream] } }
    set { state.withLock { $0.lengths[stream] = newValue } }
  }

  /// The one partition of every Kafka topic.
  var offsets: PartitionOffsets {
    get { state.withLock { $0.offsets } }
    set { state.withLock { $0.offsets = newValue } }
  }

  func set(_ mood: Mood, host: String) { state.withLock { $0.moods[host] = mood } }
  func refuse(host: String) {
    set(.failing(SourceError(.connectionRefused, "redis://\(host):6379/0: connection refused")), host: host)
  }

  /// Everything that was opened for a host, oldest first.
  func opened(_ host: String) -> [ScriptedSource] { state.withLock { $0.sources[host] ?? [] } }
  func batches(_ host: String) -> [[Question]] { opened(host).flatMap(\.batches) }
  /// The most round trips that were under way at the same time, over all sources.
  var mostUnderWay: Int { state.withLock { $0.mostUnderWay } }

  func open(_ endpoint: Endpoint) -> any EventSource {
    let host =
      switch endpoint {
      case .redis(let redis): if case .standalone(let address) = redis.topology { address.host } else { "" }
      case .kafka: "kafka"
      case .http(let http): http.host
      }
    let source = ScriptedSource { questions in await self.answers(to: questions, host: host) }
    state.withLock { $0.sources[host, default: []].append(source) }
    return source
  }

  private func answers(to questions: [Question], host: String) async -> [Result<Answer, SourceError>] {
    let mood = state.withLock { state -> Mood in
      state.underWay += 1
      state.mostUnderWay = max(state.mostUnderWay, state.underWay)
      return state.moods[host] ?? .well
    }
    defer { state.withLock { $0.underWay -= 1 } }
    switch mood {
    case .well: return questions.map(answer)
    case .failing(let error): return questions.map { _ in .failure(error) }
    case .hanging:
      try? await time.sleep(until: time.now() + Self.timeout)
      let error = SourceError(.timedOut, "redis://\(host):6379/0: no answer within 3 s")
      return questions.map { _ in .failure(error) }
    }
  }

  /// `XLEN` and `XPENDING` both tell the number that was set.
  private func answer(_ question: Question) -> Result<Answer, SourceError> {
    switch question {
    case .redis(let redis):
      let replies = redis.commands.map { command -> RedisReply in
        guard let stream = command.key, let length = self[stream] else { return .null }
        return command.words.first == "XPENDING" ? .array([.integer(length)]) : .integer(length)
      }
      return .success(.redis(RedisAnswer(replies)))
    case .kafka(let kafka):
      guard case .one(let topic, _) = kafka.topics else { return .success(.kafka(KafkaAnswer(topics: [:]))) }
      return .success(.kafka(KafkaAnswer(topics: [topic: [0: offsets]])))
    case .http: return .failure(SourceError(.wrongSource, "no HTTP here"))
    }
  }
}
