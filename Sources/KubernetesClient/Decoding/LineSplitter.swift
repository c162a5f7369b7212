internal import Foundation

/// Cuts a stream of chunks into lines, however the chunks fall. A line that has not ended yet is kept.
///
/// JSON has no line breaks within a value as the API server writes it, and no byte of a UTF-8 sequence looks like one.
struct LineSplitter {
  struct TooLong: Error {}

  /// No Kubernetes object comes near: etcd takes 1.5 MB.
  static let longestLine = 64 << 20

  private let limit: Int
  private var buffer = Data()
  /// How much of the buffer has been looked through.
  private var scanned = 0

  init(limit: Int = longestLine) { self.limit = limit }

  /// - Returns: the lines that this chunk completes, without empty ones.
  mutating func lines(adding chunk: some Collection<UInt8>) throws(TooLong) -> [Data] {
    guard chunk.count <= limit - buffer.count else { throw TooLong() }
    buffer.append(contentsOf: chunk)
    var lines: [Data] = []
    let rest = buffer.withUnsafeBytes { bytes -> Int in
      guard let base = bytes.baseAddress else { return 0 }
      var start = 0
      var from = scanned
      while from < bytes.count, let found = memchr(base + from, 10, bytes.count - from) {
        let end = UnsafeRawPointer(found) - base
        if end > start { lines.append(Data(bytes[start..<end])) }
        start = end + 1
        from = start
      }
      return start
    }
    if rest > 0 { buffer = Data(buffer.dropFirst(rest)) }
    scanned = buffer.count
    return lines
  }
}
