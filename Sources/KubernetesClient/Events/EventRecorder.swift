internal import KubernetesAPI
public import Polling
internal import Synchronization

/// Writes events.k8s.io/v1 Events, for people who ask `kubectl describe`.
///
/// Recording never waits and never fails. The same event (subject, type, reason, note) again within 6 minutes becomes a
/// higher count of the first, written every 30 s at most. One object may have 25 new events at once and one more every
/// 5 minutes. What is too much, or is refused by the API, is dropped and counted.
public final class EventRecorder: Sendable {
  private struct State {
    var book: EventBook
    var dropped = 0
    var written = 0
    /// Fires when there may be something to send.
    var wake = Signal()
  }

  /// Requests at the same time.
  private static let senders = 4

  private let client: KubernetesClient
  private let time: any TimeSource
  private let state: Mutex<State>

  /// - Parameters:
  ///   - controller: who reports: `keda-operator`.
  ///   - instance: which replica of it: the pod's name.
  public init(_ client: KubernetesClient, time: any TimeSource, controller: String, instance: String) {
    self.client = client
    self.time = time
    state = Mutex(State(book: EventBook(controller: controller, instance: instance)))
  }

  /// Notes an event to be written.
  /// - Parameters:
  ///   - type: `Normal` or `Warning`.
  ///   - reason: why, one word: `ScaledObjectReady`.
  ///   - action: what was done, one word.
  ///   - message: for people; cut to 1,024 bytes.
  ///   - controller: who reports it, where it is another than this recorder's.
  public func record(
    type: String, reason: String, action: String, message: String, about subject: EventSubject,
    controller: String? = nil
  ) {
    let key = EventBook.Key(subject: subject, controller: controller, type: type, reason: reason, note: message)
    let now = time.now()
    let wake = state.withLock { state -> Signal in
      if !state.book.record(key, action: action, at: now) { state.dropped += 1 }
      defer { state.wake = Signal() }
      return state.wake
    }
    wake.fire()
  }

  /// Events that were never written: beyond the budget, beyond the queue, or refused by the API.
  public var droppedCount: Int { state.withLock(\.dropped) }
  /// Events and counts written.
  public var writtenCount: Int { state.withLock(\.written) }

  /// Writes what is recorded until the task is cancelled.
  public func run() async {
    await withDiscardingTaskGroup { group in
      for _ in 0..<Self.senders { group.addTask { await self.send() } }
    }
  }

  private func send() async {
    while !Task.isCancelled {
      let now = time.now()
      let (work, due, wake) = state.withLock { state in
        let work = state.book.nextWork(at: now)
        return (work, work == nil ? state.book.nextDue : nil, state.wake)
      }
      guard let work else {
        await wake.wait(until: due, time: time)
        continue
      }
      let outcome = await perform(work)
      if Task.isCancelled { return }
      let end = time.now()
      state.withLock { state in
        if outcome == .failed { state.dropped += 1 } else { state.written += 1 }
        state.book.finished(work, outcome, at: end)
      }
    }
  }

  private func perform(_ work: EventBook.Work) async -> EventBook.Outcome {
    do throws(KubernetesError) {
      switch work {
      case .create(_, let event):
        let namespace = event.metadata.namespace
        _ = try await client.create(
          event, .events, namespace: namespace, answer: IgnoredAnswer.self, priority: .background)
      case .patch(_, let namespace, let name, let series):
        let body: JSONValue = [
          "series": ["count": .integer(Int64(series.count)), "lastObservedTime": .string(series.lastObservedTime)]
        ]
        _ = try await client.patch(
          .merge(body), .events, namespace: namespace, name: name, answer: IgnoredAnswer.self, priority: .background)
      }
      return .written
    } catch {
      switch (work, error.code) {
      // Written before an answer got lost.
      case (.create, .alreadyExists): return .written
      case (.patch, .notFound): return .gone
      default: return .failed
      }
    }
  }
}
