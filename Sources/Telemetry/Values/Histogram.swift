internal import Synchronization

/// Counts observations by size, from any thread.
public final class Histogram: Sendable {
  private let state: Mutex<HistogramSnapshot>

  /// - Parameter bounds: Upper bounds of the buckets, growing; what is larger than the last falls into one more.
  public init(bounds: [Double]) { state = Mutex(HistogramSnapshot(bounds: bounds)) }

  public var snapshot: HistogramSnapshot { state.withLock { $0 } }

  /// NaN is not counted: it would spoil the sum for good.
  public func observe(_ value: Double) { state.withLock { $0.observe(value) } }
}

/// Histograms with the same buckets, one for each set of label values that was observed.
public final class LabelledHistogram: Sendable {
  private let bounds: [Double]
  private let state = Mutex<[[String]: HistogramSnapshot]>([:])

  public init(bounds: [Double]) { self.bounds = bounds }

  public var snapshots: [[String]: HistogramSnapshot] { state.withLock { $0 } }

  /// - Parameter labels: Values in the order of the family's labels. From a small set: each new one is kept for ever.
  public func observe(_ value: Double, labels: [String]) {
    state.withLock { $0[labels, default: HistogramSnapshot(bounds: bounds)].observe(value) }
  }
}
