/// `v1` ConfigMap.
public struct ConfigMap: Codable, Hashable, Sendable {
  public var apiVersion = "v1"
  public var kind = "ConfigMap"
  public var metadata: ObjectMeta
  public var immutable: Bool?
  public var data: [String: String]?
  /// Base64 by key.
  public var binaryData: [String: String]?

  public init(metadata: ObjectMeta, data: [String: String]? = nil, binaryData: [String: String]? = nil) {
    self.metadata = metadata
    self.data = data
    self.binaryData = binaryData
  }
}
