internal import Synchronization

/// How long the metrics API took to answer, by status code.
public final class APILatency: Sendable {
  /// Upper bounds of the buckets, seconds.
  static let buckets = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5]

  struct Histogram {
    var counts = [Int](repeating: 0, count: APILatency.buckets.count + 1)
    var sum = 0.0
  }

  private let histograms = Mutex<[Int: Histogram]>([:])

  public init() {}

  public func record(status: Int, duration: Duration) {
    let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    let bucket = Self.buckets.firstIndex { seconds <= $0 } ?? Self.buckets.count
    histograms.withLock { histograms in
      histograms[status, default: Histogram()].counts[bucket] &+= 1
      histograms[status]?.sum += seconds
    }
  }

  var byStatus: [Int: Histogram] { histograms.withLock { $0 } }
}
