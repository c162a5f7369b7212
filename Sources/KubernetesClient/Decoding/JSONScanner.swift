internal import Foundation

/// Finds the parts of a JSON text without decoding them: where the members of an object and the elements of an array
/// begin and end. It trusts the text to be JSON, for every part is decoded afterwards; what is cut short gives nil.
struct JSONScanner {
  typealias Member = (key: Range<Int>, value: Range<Int>)

  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  private let end: Int

  private init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// The members of the object that `range` holds; keys without their quotes, as written. Nil when it is no object.
  static func members(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) -> [Member]? {
    var scanner = JSONScanner(bytes, range)
    guard scanner.take(UInt8(ascii: "{")) else { return nil }
    var members: [Member] = []
    if scanner.take(UInt8(ascii: "}")) { return members }
    repeat {
      scanner.skipSpace()
      let start = scanner.position
      guard scanner.skipString(), scanner.take(UInt8(ascii: ":")), let value = scanner.value() else { return nil }
      let keyEnd = scanner.keyEnd(from: start, before: value.lowerBound)
      members.append((key: (start + 1)..<keyEnd, value: value))
    } while scanner.take(UInt8(ascii: ","))
    return scanner.take(UInt8(ascii: "}")) ? members : nil
  }

  /// The elements of the array that `range` holds. Nil when it is no array.
  static func elements(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) -> [Range<Int>]? {
    var scanner = JSONScanner(bytes, range)
    guard scanner.take(UInt8(ascii: "[")) else { return nil }
    var elements: [Range<Int>] = []
    if scanner.take(UInt8(ascii: "]")) { return elements }
    repeat {
      guard let value = scanner.value() else { return nil }
      elements.append(value)
    } while scanner.take(UInt8(ascii: ","))
    return scanner.take(UInt8(ascii: "]")) ? elements : nil
  }

  static func isEqual(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, to text: StaticString) -> Bool {
    text.withUTF8Buffer { $0.count == range.count && bytes[range].elementsEqual($0) }
  }

  /// The quote that ends the key, looking back from the value.
  private func keyEnd(from start: Int, before value: Int) -> Int {
    var index = value - 1
    while index > start + 1, bytes[index] != UInt8(ascii: "\"") { index -= 1 }
    return max(index, start + 1)
  }

  private mutating func skipSpace() {
    while position < end {
      switch bytes[position] {
      case 9, 10, 13, 32: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard position < end, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// Behind the closing quote afterwards.
  private mutating func skipString() -> Bool {
    guard position < end, bytes[position] == UInt8(ascii: "\"") else { return false }
    position += 1
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return true
      case UInt8(ascii: "\\"): position += 2
      default: position += 1
      }
    }
    return false
  }

  /// Any value, without the space around it.
  private mutating func value() -> Range<Int>? {
    skipSpace()
    let start = position
    var depth = 0
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        guard skipString() else { return nil }
        if depth == 0 { return start..<position }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return start < position ? start..<position : nil }
        depth -= 1
        position += 1
        if depth == 0 { return start..<position }
      case UInt8(ascii: ","), 9, 10, 13, 32:
        if depth == 0 { return start < position ? start..<position : nil }
        position += 1
      default: position += 1
      }
    }
    return depth == 0 && start < position ? start..<position : nil
  }
}
