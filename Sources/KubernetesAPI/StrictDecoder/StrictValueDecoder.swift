/// The decoder of one value within `StrictDecoder`.
struct StrictValueDecoder: Decoder {
  /// The names that the decoded type asked for, once it asked for a keyed container.
  final class Asked {
    var names: [String]?
  }

  let place: JSONPlace
  let findings: DecodingFindings
  let hiddenFields: Set<String>
  let asked = Asked()

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let fields) = place.value else { throw ShapeMismatch(expectation: "an object") }
    if asked.names == nil { asked.names = [] }
    return KeyedDecodingContainer(StrictKeyedContainer<Key>(fields: fields, decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let elements) = place.value else { throw ShapeMismatch(expectation: "a list") }
    return StrictUnkeyedContainer(elements: elements, decoder: self)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { StrictSingleValueContainer(decoder: self) }
}

private struct StrictKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let fields: [String: JSONValue]
  let decoder: StrictValueDecoder

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { fields.keys.sorted().compactMap { Key(stringValue: $0) } }

  func contains(_ key: Key) -> Bool { value(key) != nil }

  func decodeNil(forKey key: Key) throws -> Bool {
    let value = value(key)
    return value == nil || value == .null
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    guard let value = value(key), value != .null || type is JSONValue.Type else {
      return try decoder.findings.readMissing(type, at: path(key))
    }
    return try decoder.findings.read(type, at: place(key, value))
  }

  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    guard let value = value(key), value != .null else { return nil }
    return try? decoder.findings.read(type, at: place(key, value))
  }

  // The frequent leaves, without the detour over the type's kind.

  func decode(_ type: String.Type, forKey key: Key) throws -> String { try leaf(type, key) }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { leafIfPresent(type, key) }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try leaf(type, key) }
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { leafIfPresent(type, key) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try leaf(type, key) }
  func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { leafIfPresent(type, key) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try leaf(type, key) }
  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { leafIfPresent(type, key) }

  private func leaf<L: JSONLeaf>(_ type: L.Type, _ key: Key) throws -> L {
    guard let value = value(key), value != .null else { return try decoder.findings.readMissing(type, at: path(key)) }
    return decoder.findings.readLeaf(type, at: place(key, value), value: value)
  }

  private func leafIfPresent<L: JSONLeaf>(_ type: L.Type, _ key: Key) -> L? {
    guard let value = value(key), value != .null else { return nil }
    return decoder.findings.readLeaf(type, at: place(key, value), value: value)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<Nested>
  {
    try nestedDecoder(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try nestedDecoder(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { nestedDecoder(key) }

  private func value(_ key: Key) -> JSONValue? {
    let name = key.stringValue
    decoder.asked.names?.append(name)
    return fields[name]
  }

  private func path(_ key: Key) -> FieldPath { decoder.place.path.key(key.stringValue) }

  private func place(_ key: Key, _ value: JSONValue) -> JSONPlace {
    let isHidden = decoder.place.isHidden || decoder.hiddenFields.contains(key.stringValue)
    return JSONPlace(value: value, path: path(key), isHidden: isHidden)
  }

  private func nestedDecoder(_ key: Key) -> StrictValueDecoder {
    StrictValueDecoder(place: place(key, value(key) ?? .null), findings: decoder.findings, hiddenFields: [])
  }
}

private struct StrictUnkeyedContainer: UnkeyedDecodingContainer {
  let elements: [JSONValue]
  let decoder: StrictValueDecoder
  var currentIndex = 0

  init(elements: [JSONValue], decoder: StrictValueDecoder) {
    self.elements = elements
    self.decoder = decoder
  }

  var codingPath: [any CodingKey] { [] }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, elements[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try decoder.findings.read(type, at: try next())
  }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
    try superDecoder().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try superDecoder().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder {
    StrictValueDecoder(place: try next(), findings: decoder.findings, hiddenFields: [])
  }

  private mutating func next() throws -> JSONPlace {
    guard !isAtEnd else { throw ShapeMismatch(expectation: "a longer list") }
    defer { currentIndex += 1 }
    return JSONPlace(
      value: elements[currentIndex], path: decoder.place.path.index(currentIndex), isHidden: decoder.place.isHidden)
  }
}

/// Types that ask for a single value may try one type after the other, so a mismatch is thrown here and not reported.
private struct StrictSingleValueContainer: SingleValueDecodingContainer {
  let decoder: StrictValueDecoder

  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { decoder.place.value == .null }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    guard let leaf = type as? any JSONLeaf.Type else { return try decoder.findings.read(type, at: decoder.place) }
    do {
      if let value = try leaf.reading(decoder.place.value) as? T { return value }
    } catch LeafProblem.message(let message) {
      throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: message))
    } catch {}
    throw ShapeMismatch(expectation: leaf.expectation)
  }
}
