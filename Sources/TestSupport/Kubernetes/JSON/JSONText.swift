internal import Foundation
public import KubernetesAPI

/// Reads and writes JSON as `JSONValue`, fast enough for thousands of objects in a debug build.
public enum JSONText {
  /// Why a text is no JSON.
  public struct Malformed: Error, CustomStringConvertible {
    public var description: String
  }

  public static func parse(_ text: String) throws -> JSONValue { try parse(Array(text.utf8)) }

  public static func parse(_ bytes: [UInt8]) throws -> JSONValue {
    try bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(bytes: buffer)
      return try reader.document()
    }
  }

  /// Compact, keys sorted.
  public static func text(_ value: JSONValue) -> String { String(decoding: bytes(value), as: UTF8.self) }

  public static func bytes(_ value: JSONValue) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(1_024)
    append(value, to: &out)
    return out
  }

  private static func append(_ value: JSONValue, to out: inout [UInt8]) {
    switch value {
    case .null: out.append(contentsOf: "null".utf8)
    case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
    case .integer(let number): out.append(contentsOf: String(number).utf8)
    case .double(let number): out.append(contentsOf: (number.isFinite ? plain(number) : "null").utf8)
    case .string(let text): append(text, to: &out)
    case .array(let items):
      out.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        append(item, to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let fields):
      out.append(UInt8(ascii: "{"))
      for (index, key) in fields.keys.sorted().enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        append(key, to: &out)
        out.append(UInt8(ascii: ":"))
        append(fields[key] ?? .null, to: &out)
      }
      out.append(UInt8(ascii: "}"))
    }
  }

  /// `1.5`, and `2` for 2.0 as Go writes it.
  static func plain(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func append(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): out.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): out.append(contentsOf: "\\\\".utf8)
      case 10: out.append(contentsOf: "\\n".utf8)
      case 13: out.append(contentsOf: "\\r".utf8)
      case 9: out.append(contentsOf: "\\t".utf8)
      case 0..<32:
        out.append(contentsOf: "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}

private struct JSONReader {
  let bytes: UnsafeBufferPointer<UInt8>
  var position = 0

  mutating func document() throws -> JSONValue {
    let result = try value(depth: 0)
    skipBlanks()
    guard position == bytes.count else { throw problem("something follows the value") }
    return result
  }

  private func problem(_ what: String) -> JSONText.Malformed {
    JSONText.Malformed(description: "\(what) at byte \(position)")
  }

  private mutating func skipBlanks() {
    while position < bytes.count, [32, 10, 13, 9].contains(bytes[position]) { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws -> JSONValue {
    skipBlanks()
    guard position < bytes.count else { throw problem("unexpected end of JSON input") }
    guard depth < 200 else { throw problem("nested too deeply") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws -> JSONValue {
    for byte in text.utf8 where !take(byte) { throw problem("invalid character") }
    return value
  }

  private mutating func object(depth: Int) throws -> JSONValue {
    position += 1
    var fields: [String: JSONValue] = [:]
    skipBlanks()
    if take(UInt8(ascii: "}")) { return .object(fields) }
    while true {
      skipBlanks()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw problem("a key is missing") }
      let key = try string()
      skipBlanks()
      guard take(UInt8(ascii: ":")) else { throw problem("a colon is missing") }
      fields[key] = try value(depth: depth + 1)
      skipBlanks()
      if take(UInt8(ascii: "}")) { return .object(fields) }
      guard take(UInt8(ascii: ",")) else { throw problem("a comma is missing") }
    }
  }

  private mutating func array(depth: Int) throws -> JSONValue {
    position += 1
    var items: [JSONValue] = []
    skipBlanks()
    if take(UInt8(ascii: "]")) { return .array(items) }
    while true {
      items.append(try value(depth: depth + 1))
      skipBlanks()
      if take(UInt8(ascii: "]")) { return .array(items) }
      guard take(UInt8(ascii: ",")) else { throw problem("a comma is missing") }
    }
  }

  private mutating func string() throws -> String {
    position += 1
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
      position += 1
    }
    guard position < bytes.count else { throw problem("unexpected end of JSON input") }
    if bytes[position] == UInt8(ascii: "\"") {
      defer { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    // An escape occurs: find the end, and leave the reading to Foundation.
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard position < bytes.count else { throw problem("unexpected end of JSON input") }
    position += 1
    let literal = Data([UInt8(ascii: "[")] + bytes[(start - 1)..<position] + [UInt8(ascii: "]")])
    guard let text = try? JSONDecoder().decode([String].self, from: literal).first else {
      throw problem("invalid escape in a string")
    }
    return text
  }

  private mutating func number() throws -> JSONValue {
    let start = position
    var isInteger = true
    while position < bytes.count {
      let byte = bytes[position]
      if byte >= 48, byte <= 57 || byte == UInt8(ascii: "-") {
        position += 1
      } else if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
        position += 1
      } else if [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(byte) {
        isInteger = false
        position += 1
      } else {
        break
      }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard !text.isEmpty, !text.hasPrefix("+") else { throw problem("invalid character") }
    if isInteger, let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw problem("invalid number \(text.prefix(40))") }
    return .double(value)
  }
}
