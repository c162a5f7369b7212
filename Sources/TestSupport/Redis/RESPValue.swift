/// A reply of a test's Redis server.
public indirect enum RESPValue: Hashable, Sendable {
  case null
  case integer(Int64)
  case string(String)
  case error(String)
  case array([RESPValue])

  /// The text of a string; nil for everything else.
  public var text: String? { if case .string(let text) = self { text } else { nil } }

  /// The first value in `bytes`, and how many bytes it takes; nil when more must come.
  public static func parse(_ bytes: ArraySlice<UInt8>) throws -> (value: RESPValue, count: Int)? {
    guard let kind = bytes.first else { return nil }
    guard let end = bytes.firstIndex(of: 13), end + 1 < bytes.endIndex else { return nil }
    let line = String(decoding: bytes[(bytes.startIndex + 1)..<end], as: UTF8.self)
    let rest = bytes[(end + 2)...]
    let head = rest.startIndex - bytes.startIndex
    switch kind {
    case UInt8(ascii: "+"): return (.string(line), head)
    case UInt8(ascii: "-"): return (.error(line), head)
    case UInt8(ascii: ":"): return (.integer(Int64(line) ?? 0), head)
    case UInt8(ascii: "$"):
      guard let length = Int(line) else { throw Malformed() }
      if length < 0 { return (.null, head) }
      guard rest.count >= length + 2 else { return nil }
      return (.string(String(decoding: rest.prefix(length), as: UTF8.self)), head + length + 2)
    case UInt8(ascii: "*"):
      guard let count = Int(line) else { throw Malformed() }
      if count < 0 { return (.null, head) }
      var items: [RESPValue] = []
      var used = head
      for _ in 0..<count {
        guard let (item, size) = try parse(bytes.dropFirst(used)) else { return nil }
        items.append(item)
        used += size
      }
      return (.array(items), used)
    default: throw Malformed()
    }
  }

  public struct Malformed: Error {}

  /// The wire form of a command.
  public static func encode(_ words: [String]) -> [UInt8] {
    var bytes = Array("*\(words.count)\r\n".utf8)
    for word in words { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
    return bytes
  }
}
