/// `v1` Secret. Its description and its reflection show key names only.
public struct Secret: Codable, Hashable, Sendable, HidesFieldValues {
  public static let hiddenFields: Set<String> = ["data", "stringData"]

  public var apiVersion = "v1"
  public var kind = "Secret"
  public var metadata: ObjectMeta
  public var type: String?
  public var immutable: Bool?
  /// Base64 by key.
  public var data: [String: String]?
  /// Plain text by key; wins over `data`, as the API server merges it.
  public var stringData: [String: String]?

  public init(
    metadata: ObjectMeta, data: [String: String]? = nil, stringData: [String: String]? = nil, type: String? = nil
  ) {
    self.metadata = metadata
    self.type = type
    self.data = data
    self.stringData = stringData
  }

  /// The plain bytes under a key; nil when the key is missing or not Base64.
  public func bytes(forKey key: String) -> [UInt8]? {
    if let text = stringData?[key] { return Array(text.utf8) }
    return data?[key].flatMap(Base64.decode)
  }

  /// The plain text under a key, invalid UTF-8 repaired; nil when the key is missing or not Base64.
  public func value(forKey key: String) -> String? {
    bytes(forKey: key).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The names under which there are values, sorted.
  public var keys: [String] {
    Set((data ?? [:]).keys).union((stringData ?? [:]).keys).sorted()
  }

  /// What `data` holds that is not Base64, by field; the values are not shown.
  public func validate() -> [FieldError] {
    (data ?? [:]).sorted { $0.key < $1.key }.filter { Base64.decode($0.value) == nil }.map { entry in
      FieldError(
        field: FieldPath.root.key("data").key(entry.key).text,
        message: "must be Base64: encode the value, or write it as plain text under stringData")
    }
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String {
    "Secret(\(metadata.namespace ?? "-")/\(metadata.name), keys: \(keys.joined(separator: ", ")))"
  }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: ["keys": keys]) }
}
