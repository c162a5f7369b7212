internal import Foundation

/// Writes the series of one family.
public struct SeriesWriter {
  /// One series: its lines from `start` to the next one's, and the labels within the first line.
  private struct Series {
    var start: Int
    var labels: Range<Int>
  }

  private let family: MetricFamily
  /// `namespace="` and so on, so that they are made once.
  private let labelOpenings: [[UInt8]]
  private var bytes: [UInt8]
  private let seriesStart: Int
  private var series: [Series] = []
  private var isInOrder = true

  init(family: MetricFamily, bytes: [UInt8]) {
    self.family = family
    self.bytes = bytes
    seriesStart = bytes.count
    labelOpenings = family.labels.enumerated().map { Array("\($0.offset == 0 ? "" : ",")\($0.element)=\"".utf8) }
  }

  var isEmpty: Bool { series.isEmpty }

  /// Adds a series.
  ///
  /// - Parameters:
  ///   - labels: The values, in the order of the family's labels. Missing ones are empty, superfluous ones left out.
  ///   - value: NaN and the infinities too: Prometheus knows them.
  public mutating func add(_ labels: [String], _ value: Double) {
    let start = bytes.count
    bytes.append(contentsOf: family.name.utf8)
    let range = appendLabels(labels, upperBound: nil)
    append(value)
    note(Series(start: start, labels: range))
  }

  /// Adds a histogram: a line for each bucket, with the sum and the count.
  public mutating func add(_ labels: [String], _ histogram: HistogramSnapshot) {
    let start = bytes.count
    var range: Range<Int>?
    var cumulative: UInt64 = 0
    for (bound, count) in zip(histogram.bounds + [.infinity], histogram.counts) {
      cumulative &+= count
      bytes.append(contentsOf: family.name.utf8)
      bytes.append(contentsOf: "_bucket".utf8)
      let labels = appendLabels(labels, upperBound: bound)
      range = range ?? labels
      append(Double(cumulative))
    }
    for (suffix, value) in [("_sum", histogram.sum), ("_count", Double(cumulative))] {
      bytes.append(contentsOf: family.name.utf8)
      bytes.append(contentsOf: suffix.utf8)
      _ = appendLabels(labels, upperBound: nil)
      append(value)
    }
    note(Series(start: start, labels: range ?? start..<start))
  }

  /// The text with the series in order.
  consuming func finish() -> [UInt8] {
    if !isInOrder { putInOrder() }
    return bytes
  }

  /// - Returns: Where the family's own labels stand.
  private mutating func appendLabels(_ values: [String], upperBound: Double?) -> Range<Int> {
    guard !labelOpenings.isEmpty || upperBound != nil else {
      bytes.append(UInt8(ascii: " "))
      return bytes.count..<bytes.count
    }
    bytes.append(UInt8(ascii: "{"))
    let start = bytes.count
    for (index, opening) in labelOpenings.enumerated() {
      bytes.append(contentsOf: opening)
      if index < values.count { appendEscaped(values[index]) }
      bytes.append(UInt8(ascii: "\""))
    }
    let end = bytes.count
    if let upperBound {
      bytes.append(contentsOf: labelOpenings.isEmpty ? "le=\"".utf8 : ",le=\"".utf8)
      bytes.appendNumber(upperBound)
      bytes.append(UInt8(ascii: "\""))
    }
    bytes.append(contentsOf: "} ".utf8)
    return start..<end
  }

  private mutating func appendEscaped(_ value: String) {
    var value = value
    value.withUTF8 { text in
      let isPlain = text.allSatisfy { $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\n") }
      if isPlain { return bytes.append(contentsOf: text) }
      for byte in text {
        switch byte {
        case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
        case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
        case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
        default: bytes.append(byte)
        }
      }
    }
  }

  private mutating func append(_ value: Double) {
    bytes.appendNumber(value)
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func note(_ new: Series) {
    if isInOrder, let last = series.last {
      isInOrder = bytes.withUnsafeBytes { Self.order($0[last.labels], $0[new.labels]) < 0 }
    }
    series.append(new)
  }

  /// Sorts the series; of several with the same labels the first stays.
  private mutating func putInOrder() {
    let ends = series.dropFirst().map(\.start) + [bytes.count]
    let text = bytes
    let sorted = text.withUnsafeBytes { text in
      zip(series, ends).sorted { left, right in
        let order = Self.order(text[left.0.labels], text[right.0.labels])
        return order == 0 ? left.0.start < right.0.start : order < 0
      }
    }
    bytes.removeSubrange(seriesStart...)
    var previous: Range<Int>?
    for (series, end) in sorted {
      if let previous, text[previous].elementsEqual(text[series.labels]) { continue }
      bytes.append(contentsOf: text[series.start..<end])
      previous = series.labels
    }
  }

  /// Negative when `left` comes first, 0 when they are alike.
  private static func order(_ left: Slice<UnsafeRawBufferPointer>, _ right: Slice<UnsafeRawBufferPointer>) -> Int {
    let (left, right) = (UnsafeRawBufferPointer(rebasing: left), UnsafeRawBufferPointer(rebasing: right))
    guard let first = left.baseAddress, let second = right.baseAddress else { return left.count - right.count }
    let order = Int(memcmp(first, second, min(left.count, right.count)))
    return order == 0 ? left.count - right.count : order
  }
}
