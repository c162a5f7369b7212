extension [UInt8] {
  /// Appends a number as Prometheus reads it: `42`, `0.25`, `1e+20`, `NaN`, `+Inf`, `-Inf`.
  mutating func appendNumber(_ value: Double) {
    if value.isNaN { return append(contentsOf: "NaN".utf8) }
    if value.isInfinite { return append(contentsOf: (value < 0 ? "-Inf" : "+Inf").utf8) }
    // Up to here a Double holds every whole number exactly.
    if abs(value) <= 9_007_199_254_740_992, let whole = Int64(exactly: value) {
      return append(contentsOf: String(whole).utf8)
    }
    append(contentsOf: "\(value)".utf8)
  }
}
