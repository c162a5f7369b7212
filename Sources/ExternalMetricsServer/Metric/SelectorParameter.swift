internal import HTTPServing
internal import KubernetesAPI

/// The `labelSelector` of a request.
enum SelectorParameter {
  /// The ScaledObject's name when the whole query is `labelSelector=scaledobject.keda.sh/name=NAME` as a Kubernetes
  /// client or a person encodes it: what every HPA sends, read without the parser. nil says nothing: parse it.
  static func scaledObjectName(inQuery query: Substring) -> String? {
    var query = query
    return query.withUTF8 { bytes in
      var rest = bytes[...]
      guard take("labelSelector=scaledobject.keda.sh", from: &rest),
        take("%2F", from: &rest) || take("/", from: &rest) || take("%2f", from: &rest),
        take("name", from: &rest),
        take("%3D", from: &rest) || take("=", from: &rest) || take("%3d", from: &rest),
        (1...63).contains(rest.count), rest.allSatisfy(isPlain),
        let first = rest.first, let last = rest.last, isAlphanumeric(first), isAlphanumeric(last)
      else { return nil }
      return String(decoding: UnsafeBufferPointer(rebasing: rest), as: UTF8.self)
    }
  }

  /// The parsed selector; empty when there is none.
  static func query(of request: HTTPRequest) throws(LabelSelectorError) -> LabelQuery {
    try LabelQuery(parsing: request.queryValue("labelSelector") ?? "")
  }

  private static func take(_ text: StaticString, from rest: inout Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard UnsafeBufferPointer(rebasing: rest).starts(with: text) else { return false }
    rest = rest.dropFirst(text.utf8CodeUnitCount)
    return true
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: false
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
  }
}
