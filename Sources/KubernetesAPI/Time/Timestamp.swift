/// A point in time, exact to the nanosecond.
///
/// An integer, because autoscaling rules turn on exact edges ("older than the window" against "as old as the window")
/// that a floating-point date blurs. Arithmetic saturates: no input can trap. Covers the years 1678 to 2262.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Nanoseconds since 1970-01-01T00:00:00Z; negative before.
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Whole seconds since 1970-01-01T00:00:00Z.
  public init(seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    nanoseconds = overflow ? (seconds < 0 ? .min : .max) : product
  }

  /// Seconds since 1970-01-01T00:00:00Z, with fractions. For display and metrics; not for comparisons.
  public var secondsSinceEpoch: Double { Double(nanoseconds) / 1e9 }

  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }

  public static func + (left: Timestamp, right: Duration) -> Timestamp {
    Timestamp(nanoseconds: left.nanoseconds.addingSaturating(right.saturatingNanoseconds))
  }

  public static func - (left: Timestamp, right: Duration) -> Timestamp {
    Timestamp(nanoseconds: left.nanoseconds.subtractingSaturating(right.saturatingNanoseconds))
  }

  /// The time that passed from `right` to `left`; negative when `right` is later.
  public static func - (left: Timestamp, right: Timestamp) -> Duration {
    .nanoseconds(left.nanoseconds.subtractingSaturating(right.nanoseconds))
  }
}

extension Duration {
  /// Nanoseconds, clamped to what `Int64` holds (about 292 years).
  public var saturatingNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    return product.addingSaturating(attoseconds / 1_000_000_000)
  }

  /// Seconds with fractions. For display and metrics.
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}

extension FixedWidthInteger where Self: SignedInteger {
  /// The sum, or the nearest bound of the type when it does not fit.
  public func addingSaturating(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  /// The difference, or the nearest bound of the type when it does not fit.
  public func subtractingSaturating(_ other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other > 0 ? .min : .max) : difference
  }

  /// The product, or the nearest bound of the type when it does not fit.
  public func multipliedSaturating(by other: Self) -> Self {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
  }
}
