internal import KubernetesAPI

/// Writes an `ExternalMetricValueList` as JSON by hand: there is one for every metric GET.
enum MetricListWriter {
  static func body(_ samples: [ExternalMetricSample]) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(128 + samples.count * 256)
    append(
      #"{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":["#,
      to: &body)
    var isFirst = true
    for sample in samples {
      append(isFirst ? #"{"metricName":"# : #",{"metricName":"#, to: &body)
      isFirst = false
      appendQuoted(sample.metricName, to: &body)
      append(#","metricLabels":{"#, to: &body)
      appendLabels(sample.labels, to: &body)
      append(#"},"timestamp":""#, to: &body)
      append(sample.timestamp.rfc3339, to: &body)
      append(#"","value":""#, to: &body)
      append(sample.value.description, to: &body)
      append(#""}"#, to: &body)
    }
    append("]}", to: &body)
    return body
  }

  /// In the order of their keys, as Go writes a map.
  private static func appendLabels(_ labels: [String: String], to body: inout [UInt8]) {
    var isFirst = true
    for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
      if !isFirst { body.append(UInt8(ascii: ",")) }
      isFirst = false
      appendQuoted(key, to: &body)
      body.append(UInt8(ascii: ":"))
      appendQuoted(value, to: &body)
    }
  }

  /// A JSON string: quotes, backslashes and control characters are escaped, the rest is UTF-8 as it is.
  static func appendQuoted(_ text: String, to body: inout [UInt8]) {
    body.append(UInt8(ascii: "\""))
    if text.utf8.contains(where: needsEscape) {
      for byte in text.utf8 { appendEscaped(byte, to: &body) }
    } else {
      append(text, to: &body)
    }
    body.append(UInt8(ascii: "\""))
  }

  private static func append(_ text: String, to body: inout [UInt8]) {
    // Copied as one run of bytes; appending the UTF-8 view would go through it one by one.
    let isCopied: Void? = text.utf8.withContiguousStorageIfAvailable { body.append(contentsOf: $0) }
    if isCopied == nil { body.append(contentsOf: text.utf8) }
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private static func appendEscaped(_ byte: UInt8, to body: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      body.append(UInt8(ascii: "\\"))
      body.append(byte)
    case 0..<0x20:
      append(#"\u00"#, to: &body)
      body.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
      let digit = byte & 15
      body.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    default:
      body.append(byte)
    }
  }
}
