/// Percent-encoding (RFC 3986), on UTF-8 bytes.
enum PercentEncoding {
  /// The decoded text. A `%` that starts no escape stays as it is; bytes that are no UTF-8 become U+FFFD.
  static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String {
    let needsWork = text.utf8.contains { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }
    guard needsWork else { return String(text) }
    return String(unsafeUninitializedCapacity: text.utf8.count) { output in
      decode(text, plusIsSpace: plusIsSpace, into: output)
    }
  }

  private static func decode(
    _ text: Substring, plusIsSpace: Bool, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    var count = 0
    var bytes = text.utf8[...]
    while let byte = bytes.popFirst() {
      var decoded = byte
      if byte == UInt8(ascii: "%"), let high = bytes.first.flatMap(digit),
        let low = bytes.dropFirst().first.flatMap(digit)
      {
        decoded = high << 4 | low
        bytes = bytes.dropFirst(2)
      } else if plusIsSpace, byte == UInt8(ascii: "+") {
        decoded = UInt8(ascii: " ")
      }
      output[count] = decoded
      count += 1
    }
    return count
  }

  /// Whether an encoded name means this plain name.
  static func isEqual(_ encoded: Substring, _ plain: String) -> Bool {
    if encoded.utf8.elementsEqual(plain.utf8) { return true }
    guard encoded.utf8.contains(UInt8(ascii: "%")) else { return false }
    return decode(encoded, plusIsSpace: true) == plain
  }

  /// The value of a hexadecimal digit.
  static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
