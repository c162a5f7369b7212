/// One value of `external.metrics.k8s.io/v1beta1`.
public struct ExternalMetricValue: Hashable, Sendable {
  public var metricName: String
  public var metricLabels: [String: String]
  /// When the value was read; seconds on the wire.
  public var timestamp: Timestamp
  /// The span the value covers, in seconds; left out for a value of one moment.
  public var windowSeconds: Int64?
  public var value: Quantity

  public init(
    metricName: String, metricLabels: [String: String] = [:], timestamp: Timestamp, windowSeconds: Int64? = nil,
    value: Quantity
  ) {
    self.metricName = metricName
    self.metricLabels = metricLabels
    self.timestamp = timestamp
    self.windowSeconds = windowSeconds
    self.value = value
  }
}

extension ExternalMetricValue: Codable {
  private enum CodingKeys: String, CodingKey {
    case metricName, metricLabels, timestamp, value
    case windowSeconds = "window"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    metricName = try container.decode(String.self, forKey: .metricName)
    metricLabels = try container.decodeIfPresent([String: String].self, forKey: .metricLabels) ?? [:]
    let text = try container.decode(String.self, forKey: .timestamp)
    guard let timestamp = Timestamp(rfc3339: text) else {
      throw DecodingError.dataCorruptedError(
        forKey: .timestamp, in: container,
        debugDescription: "\"\(shortened(text))\" is not a time: write it as in 2024-05-01T12:34:56Z")
    }
    self.timestamp = timestamp
    windowSeconds = try container.decodeIfPresent(Int64.self, forKey: .windowSeconds)
    value = try container.decode(Quantity.self, forKey: .value)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(metricName, forKey: .metricName)
    try container.encode(metricLabels, forKey: .metricLabels)
    try container.encode(timestamp.rfc3339, forKey: .timestamp)
    try container.encodeIfPresent(windowSeconds, forKey: .windowSeconds)
    try container.encode(value, forKey: .value)
  }
}

/// The answer to a query of `external.metrics.k8s.io/v1beta1`.
public struct ExternalMetricValueList: Codable, Hashable, Sendable {
  public static let groupVersion = "external.metrics.k8s.io/v1beta1"

  public var kind = "ExternalMetricValueList"
  public var apiVersion = ExternalMetricValueList.groupVersion
  public var metadata = ListMeta()
  public var items: [ExternalMetricValue]

  public init(items: [ExternalMetricValue]) { self.items = items }
}

/// Metadata of a list; `{}` on the wire for lists that are made on request.
public struct ListMeta: Codable, Hashable, Sendable {
  public var resourceVersion: String?
  public var `continue`: String?
  public var remainingItemCount: Int64?
  public var selfLink: String?

  public init(resourceVersion: String? = nil) { self.resourceVersion = resourceVersion }
}
