internal import KubernetesAPI

/// Writes an `ExternalMetricValueList` as JSON by hand: there is one for every metric GET.
enum MetricListWriter {
  private static let start = Array(
    #"{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":["#.utf8)

  static func body(_ samples: [ExternalMetricSample]) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(128 + samples.count * 256)
    body += start
    for (index, sample) in samples.enumerated() {
      if index > 0 { body.append(UInt8(ascii: ",")) }
      body += #"{"metricName":"#.utf8
      append(sample.metricName, to: &body)
      body += #","metricLabels":{"#.utf8
      for (position, label) in sample.labels.sorted(by: { $0.key < $1.key }).enumerated() {
        if position > 0 { body.append(UInt8(ascii: ",")) }
        append(label.key, to: &body)
        body.append(UInt8(ascii: ":"))
        append(label.value, to: &body)
      }
      body += #"},"timestamp":""#.utf8
      body += sample.timestamp.rfc3339.utf8
      body += #"","value":""#.utf8
      body += sample.value.description.utf8
      body += #""}"#.utf8
    }
    body += "]}".utf8
    return body
  }

  private static func append(_ text: String, to body: inout [UInt8]) {
    body.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        body.append(UInt8(ascii: "\\"))
        body.append(byte)
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        body += #"\u00"#.utf8
        body.append(digits[Int(byte >> 4)])
        body.append(digits[Int(byte & 15)])
      default: body.append(byte)
      }
    }
    body.append(UInt8(ascii: "\""))
  }
}
