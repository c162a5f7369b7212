internal import KubernetesAPI
public import Questions
internal import Synchronization

/// The lanes to all sources in use: one per endpoint, whoever asks.
public final class SourcePool: Sendable {
  private let makeSource: @Sendable (Endpoint) -> any EventSource
  private let time: any TimeSource
  private let jitter: @Sendable () -> Double
  private let limits: SourceLimits
  private let batches: AsyncStream<SourceBatch>
  private let submit: AsyncStream<SourceBatch>.Continuation
  private let lanes = Mutex<[Endpoint: Entry]>([:])

  private struct Entry {
    var lane: SourceLane
    var users: Int
  }

  /// - Parameters:
  ///   - limits: the same for every source.
  ///   - jitter: uniform random numbers in 0..<1.
  ///   - makeSource: opens the source behind an endpoint; called once per endpoint in use.
  public init(
    time: any TimeSource, limits: SourceLimits = SourceLimits(),
    jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
    makeSource: @escaping @Sendable (Endpoint) -> any EventSource
  ) {
    self.time = time
    self.limits = limits
    self.jitter = jitter
    self.makeSource = makeSource
    (batches, submit) = AsyncStream.makeStream()
  }

  /// Sends the batches until the task is cancelled, then closes the sources.
  public func run() async {
    await withDiscardingTaskGroup { group in
      for await batch in batches {
        group.addTask { await batch.lane.perform(batch) }
      }
      group.cancelAll()
    }
    for entry in lanes.withLock({ Array($0.values) }) { await entry.lane.shutdown() }
  }

  /// The lane to an endpoint, opened on first use. Each call is to be matched by one `release`.
  public func acquire(_ endpoint: Endpoint) -> SourceLane {
    lanes.withLock { lanes in
      if var entry = lanes[endpoint] {
        entry.users += 1
        lanes[endpoint] = entry
        return entry.lane
      }
      let submit = submit
      let lane = SourceLane(
        endpoint: endpoint, source: makeSource(endpoint), limits: limits, time: time, jitter: jitter
      ) { submit.yield($0) }
      lanes[endpoint] = Entry(lane: lane, users: 1)
      return lane
    }
  }

  /// Gives a lane back; the last one to do so closes the source.
  public func release(_ endpoint: Endpoint) async {
    let unused = lanes.withLock { lanes -> SourceLane? in
      guard var entry = lanes[endpoint] else { return nil }
      entry.users -= 1
      lanes[endpoint] = entry.users > 0 ? entry : nil
      return entry.users > 0 ? nil : entry.lane
    }
    await unused?.shutdown()
  }

  /// The lanes in use, for telemetry.
  public var open: [SourceLane] { lanes.withLock { $0.values.map(\.lane) } }
}
