internal import KubernetesAPI
public import Questions

/// What went over one lane since it was opened.
public struct SourceStatistics: Sendable {
  public var roundTrips = 0
  public var questions = 0
  /// Failed questions by cause.
  public var errors: [SourceError.Code: Int] = [:]
  /// How many round trips carried at most 1, 10, 100, 1,000, 10,000 questions, and more: Prometheus buckets, not yet
  /// cumulative.
  public var questionsPerRoundTrip = [Int](repeating: 0, count: SourceStatistics.questionBuckets.count + 1)
  /// The duration of the last round trip, seconds.
  public var lastRoundTripSeconds = 0.0

  public static let questionBuckets = [1, 10, 100, 1_000, 10_000]

  mutating func record(questions count: Int, results: [Result<Answer, SourceError>], duration: Duration) {
    roundTrips &+= 1
    questions &+= count
    let bucket = Self.questionBuckets.firstIndex { count <= $0 } ?? Self.questionBuckets.count
    questionsPerRoundTrip[bucket] &+= 1
    lastRoundTripSeconds = duration.inSeconds
    for case .failure(let error) in results { errors[error.code, default: 0] &+= 1 }
  }
}
