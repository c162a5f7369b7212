/// Writes metrics in Prometheus' text format, version 0.0.4.
///
/// Families come in the order in which they are written, each with its HELP and TYPE once; the series of a family are
/// sorted by their labels, and no two are alike. Series that arrive in that order cost no sorting.
public struct ExpositionWriter {
  /// What the text is called in HTTP.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  public private(set) var bytes: [UInt8] = []
  private var written: Set<String> = []

  /// - Parameter capacity: About how long the text will be, in bytes: 10,000 objects with one trigger are 20 MB.
  public init(reservingCapacity capacity: Int = 0) { bytes.reserveCapacity(max(0, capacity)) }

  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Writes one family. Nothing is written where there are no series, nor when the family was written before.
  public mutating func write(_ family: MetricFamily, _ fill: (inout SeriesWriter) throws -> Void) rethrows {
    guard !written.contains(family.name) else { return }
    let start = bytes.count
    appendHeader(of: family)
    var series = SeriesWriter(family: family, bytes: bytes)
    bytes = []  // The series writer owns them now, so that they are not copied.
    defer {
      let isEmpty = series.isEmpty
      bytes = series.finish()
      if isEmpty { bytes.removeSubrange(start...) } else { written.insert(family.name) }
    }
    try fill(&series)
  }

  /// Writes a family that has one series without labels.
  public mutating func write(_ family: MetricFamily, _ value: Double) {
    write(family) { $0.add([], value) }
  }

  private mutating func appendHeader(of family: MetricFamily) {
    bytes.append(contentsOf: "# HELP \(family.name) ".utf8)
    for byte in family.help.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
      case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(contentsOf: "\n# TYPE \(family.name) \(family.kind.rawValue)\n".utf8)
  }
}
