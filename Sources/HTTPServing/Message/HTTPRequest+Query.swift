extension HTTPRequest {
  /// The first value of a query parameter, decoded (`+` and `%20` are spaces); nil when it is not there. `?watch`
  /// gives `watch` the value "".
  public func queryValue(_ name: String) -> String? {
    guard !rawQuery.isEmpty else { return nil }
    for pair in QueryPairs(rawQuery) where PercentEncoding.isEqual(pair.name, name) {
      return PercentEncoding.decode(pair.value, plusIsSpace: true)
    }
    return nil
  }

  /// Every value of a query parameter, in the order sent.
  public func queryValues(_ name: String) -> [String] {
    QueryPairs(rawQuery)
      .filter { PercentEncoding.isEqual($0.name, name) }
      .map { PercentEncoding.decode($0.value, plusIsSpace: true) }
  }

  /// All parameters, decoded, in the order sent.
  public var queryItems: [(name: String, value: String)] {
    QueryPairs(rawQuery).map {
      (PercentEncoding.decode($0.name, plusIsSpace: true), PercentEncoding.decode($0.value, plusIsSpace: true))
    }
  }
}

/// The `name=value` pairs of a query, still encoded; empty pairs (`a&&b`) are passed over.
struct QueryPairs: Sequence, IteratorProtocol {
  private var rest: Substring

  init(_ query: Substring) {
    rest = query
  }

  mutating func next() -> (name: Substring, value: Substring)? {
    while !rest.isEmpty {
      let bytes = rest.utf8
      let end = bytes.firstIndex(of: UInt8(ascii: "&")) ?? bytes.endIndex
      let pair = rest[..<end]
      rest = end == bytes.endIndex ? "" : rest[bytes.index(after: end)...]
      if pair.isEmpty { continue }
      guard let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (pair, "") }
      return (pair[..<equals], pair[pair.utf8.index(after: equals)...])
    }
    return nil
  }
}
