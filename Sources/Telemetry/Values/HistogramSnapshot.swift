/// Observations by size at one moment.
public struct HistogramSnapshot: Hashable, Sendable {
  /// Seconds, as KEDA and Prometheus' own clients have them: 5 ms to 10 s.
  public static let secondsBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  /// Seconds of answers from memory: 0.1 ms to 10 s.
  public static let fineSecondsBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025] + secondsBounds

  /// Upper bounds of the buckets, growing.
  public private(set) var bounds: [Double]
  /// How many observations each bucket has, each counted once; one more than there are bounds.
  public private(set) var counts: [UInt64]
  public private(set) var sum: Double

  public init(bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
    sum = 0
  }

  /// From counts that somebody else kept. Missing counts are 0, superfluous ones are added to the last bucket, negative
  /// ones count as 0.
  public init(bounds: [Double], counts: [Int], sum: Double) {
    self.init(bounds: bounds)
    for (index, count) in counts.enumerated() { self.counts[min(index, bounds.count)] &+= UInt64(max(0, count)) }
    self.sum = sum
  }

  public var count: UInt64 { counts.reduce(0, &+) }

  public mutating func observe(_ value: Double) {
    guard !value.isNaN else { return }
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    counts[bucket] &+= 1
    sum += value
  }
}
