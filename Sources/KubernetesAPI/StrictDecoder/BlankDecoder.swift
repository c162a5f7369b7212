/// Gives stand-ins for everything, so that decoding can go on past a value that is missing or wrong.
struct BlankDecoder: Decoder {
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(BlankKeyedContainer<Key>())
  }
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { BlankUnkeyedContainer() }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { BlankSingleValueContainer() }

  static func value<T: Decodable>(_ type: T.Type) throws -> T {
    if let leaf = type as? any JSONLeaf.Type, let value = leaf.blank as? T { return value }
    return try T(from: BlankDecoder())
  }
}

private struct BlankKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }

  func contains(_ key: Key) -> Bool { false }
  func decodeNil(forKey key: Key) throws -> Bool { true }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try BlankDecoder.value(type) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<Nested>
  {
    KeyedDecodingContainer(BlankKeyedContainer<Nested>())
  }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { BlankUnkeyedContainer() }
  func superDecoder() throws -> any Decoder { BlankDecoder() }
  func superDecoder(forKey key: Key) throws -> any Decoder { BlankDecoder() }
}

private struct BlankUnkeyedContainer: UnkeyedDecodingContainer {
  var codingPath: [any CodingKey] { [] }
  var count: Int? { 0 }
  var isAtEnd: Bool { true }
  var currentIndex: Int { 0 }

  mutating func decodeNil() throws -> Bool { true }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try BlankDecoder.value(type) }
  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
    KeyedDecodingContainer(BlankKeyedContainer<Nested>())
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { BlankUnkeyedContainer() }
  mutating func superDecoder() throws -> any Decoder { BlankDecoder() }
}

private struct BlankSingleValueContainer: SingleValueDecodingContainer {
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { true }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try BlankDecoder.value(type) }
}
