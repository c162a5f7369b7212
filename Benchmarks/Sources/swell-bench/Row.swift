internal import Foundation

/// One line of the table.
struct Row: Sendable {
  /// To run it alone: `make bench ROWS=redis-sweep`.
  var name: String
  var what: String
  /// What KEDA 2.20.2 needs, measured on a machine of the same kind.
  var keda: String
  /// One for each figure that is measured.
  var bounds: [Bound]
  var measure: @Sendable () async throws -> [Figure]
}

/// What is to be reached.
enum Bound: Sendable {
  case atMost(Double, String)
  case atLeast(Double, String)

  func isReached(by value: Double) -> Bool {
    switch self {
    case .atMost(let bound, _): value <= bound
    case .atLeast(let bound, _): value >= bound
    }
  }

  var text: String {
    switch self {
    case .atMost(let bound, let unit): "≤ " + Figure(bound, unit).text
    case .atLeast(let bound, let unit): "≥ " + Figure(bound, unit).text
    }
  }
}

/// One measured number.
struct Figure: Sendable {
  var value: Double
  var unit: String
  var note = ""

  init(_ value: Double, _ unit: String, note: String = "") {
    self.value = value
    self.unit = unit
    self.note = note
  }

  /// Three significant digits: `0.0873 s`, `34,900 /s`, `2`.
  var text: String {
    let magnitude = value == 0 ? 0 : Int(log10(abs(value)).rounded(.down))
    let step = pow(10, Double(magnitude - 2))
    let rounded = value == value.rounded() ? value : (value / step).rounded() * step
    let number = rounded.formatted(
      .number.precision(.fractionLength(0...max(0, 2 - magnitude))).locale(Locale(identifier: "en_US")))
    return [number, unit, note].filter { !$0.isEmpty }.joined(separator: " ")
  }
}

struct BenchmarkError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// The middle one; the upper of the two in the middle.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
}
