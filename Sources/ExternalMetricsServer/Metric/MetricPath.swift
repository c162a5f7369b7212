internal import HTTPServing

/// The two names in `/apis/external.metrics.k8s.io/v1beta1/namespaces/{namespace}/{metric}`, read from the bytes: there
/// is one for every metric GET.
struct MetricPath: Equatable {
  var namespace: String
  var metricName: String

  static let prefix: StaticString = "/apis/external.metrics.k8s.io/v1beta1/namespaces/"

  /// nil when the path is another one. A slash at the end is allowed, as Kubernetes allows it.
  init?(_ path: Substring) {
    var path = path
    let names = path.withUTF8 { bytes -> (String, String)? in
      guard bytes.starts(with: Self.prefix) else { return nil }
      let rest = UnsafeBufferPointer(rebasing: bytes[Self.prefix.utf8CodeUnitCount...])
      guard let slash = rest.firstIndex(of: UInt8(ascii: "/")), slash > 0 else { return nil }
      var metric = UnsafeBufferPointer(rebasing: rest[(slash + 1)...])
      if metric.last == UInt8(ascii: "/") { metric = UnsafeBufferPointer(rebasing: metric.dropLast()) }
      guard !metric.isEmpty, !metric.contains(UInt8(ascii: "/")) else { return nil }
      return (
        String(decoding: UnsafeBufferPointer(rebasing: rest[..<slash]), as: UTF8.self),
        String(decoding: metric, as: UTF8.self)
      )
    }
    guard let names else { return nil }
    (namespace, metricName) = names
  }
}

extension UnsafeBufferPointer<UInt8> {
  func starts(with text: StaticString) -> Bool {
    count >= text.utf8CodeUnitCount
      && text.withUTF8Buffer { prefix in
        for index in 0..<prefix.count where prefix[index] != self[index] { return false }
        return true
      }
  }
}
