internal import HTTPServing

/// Tells the commonest request, a GET of one metric, from all others, without taking it apart.
enum MetricListRequest {
  /// Whether a request is `list` of one metric in one namespace and nothing else, in the terms of ``AccessAction``. False
  /// for some that are.
  static func isOne(_ request: HTTPRequest) -> Bool {
    guard request.method.isRead, !mayWatch(request.rawQuery) else { return false }
    var path = request.path
    return path.withUTF8 { bytes in
      guard bytes.starts(with: MetricPath.prefix) else { return false }
      let names = UnsafeBufferPointer(rebasing: bytes[MetricPath.prefix.utf8CodeUnitCount...])
      guard let slash = names.firstIndex(of: UInt8(ascii: "/")), slash > 0 else { return false }
      let metric = UnsafeBufferPointer(rebasing: names[(slash + 1)...])
      return !metric.isEmpty && !metric.contains(UInt8(ascii: "/"))
        // These two are subresources of the namespace.
        && !isSame(metric, "status") && !isSame(metric, "finalize")
    }
  }

  /// A `watch` may be written with escapes, or be a part of something else: then the request is looked at closely.
  private static func mayWatch(_ query: Substring) -> Bool {
    var query = query
    return query.withUTF8 { bytes in
      var isParameter = true
      for byte in bytes {
        if isParameter, byte == UInt8(ascii: "w") || byte == UInt8(ascii: "%") { return true }
        isParameter = byte == UInt8(ascii: "&")
      }
      return false
    }
  }

  private static func isSame(_ bytes: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
    bytes.count == text.utf8CodeUnitCount && bytes.starts(with: text)
  }
}
