internal import KubernetesAPI
internal import Polling
internal import Synchronization

/// Which metrics are likely to be read through the API before long, by source: they are asked for along with the one whose
/// reading somebody waits for.
///
/// 1,000 metrics that HPAs read every 15 s would otherwise cost 67 round trips a second, each for one question. With this it
/// is one for all that is read within the freshness bound, some 117 at a time. Over HTTP each question is a request of its
/// own: there is nothing to gain, and the server would be asked in bursts.
final class ReadAhead: Sendable {
  struct Key: Hashable, Sendable {
    var object: ObjectKey
    /// Position among the object's external triggers.
    var trigger: Int
  }

  /// How many metrics are asked for along with one.
  static let limit = 256

  private struct Lane {
    /// Tells a lane that was closed from one that was opened in its place.
    weak var lane: SourceLane?
    var forecast: ReadForecast<Key>
  }

  private let freshness: Duration
  private let lanes = Mutex<[ObjectIdentifier: Lane]>([:])

  init(freshness: Duration) {
    self.freshness = freshness
  }

  /// Notes that metrics are read through the API.
  func noteRead(_ metrics: [ServedMetric], of object: ObjectKey, at now: Timestamp) {
    for metric in metrics where !metric.usesCachedMetrics && metric.lane.endpoint.answersTogether {
      let key = Key(object: object, trigger: metric.trigger)
      let id = ObjectIdentifier(metric.lane)
      lanes.withLock { lanes in
        if lanes[id]?.lane !== metric.lane {
          lanes = lanes.filter { $0.value.lane != nil }
          lanes[id] = Lane(lane: metric.lane, forecast: ReadForecast(shortestPeriod: freshness))
        }
        lanes[id]?.forecast.noteRead(key, at: now)
      }
    }
  }

  /// The metrics of a source whose next read, as far as their past tells, comes while a reading made now is fresh. A little
  /// of that time is kept back for readers who come late.
  func takeExpected(on lane: SourceLane, now: Timestamp) -> [(key: Key, expected: Timestamp)] {
    let id = ObjectIdentifier(lane)
    return lanes.withLock { lanes in
      guard lanes[id]?.lane === lane else { return [] }
      let end = now + (freshness - freshness / 8)
      return lanes[id]?.forecast.takeExpected(now: now, by: end, limit: Self.limit) ?? []
    }
  }
}
