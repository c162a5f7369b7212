/// Standard Base64 with padding; line breaks are skipped, as the API server does.
enum Base64 {
  /// Nil when the text is not Base64.
  static func decode(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count / 4 * 3)
    var group: UInt32 = 0
    var count = 0
    var padding = 0
    for byte in text.utf8 where byte != 10 && byte != 13 {
      if byte == UInt8(ascii: "=") {
        padding += 1
        group <<= 6
      } else {
        guard padding == 0, let bits = bits(of: byte) else { return nil }
        group = group << 6 | bits
      }
      count += 1
      if count % 4 == 0 {
        guard padding <= 2 else { return nil }
        let bytes = [
          UInt8(truncatingIfNeeded: group >> 16), UInt8(truncatingIfNeeded: group >> 8),
          UInt8(truncatingIfNeeded: group),
        ]
        result += bytes.dropLast(padding)
        group = 0
        // Padding ends the text: whatever follows fails on the next group.
        if padding > 0 { padding = 3 }
      }
    }
    return count % 4 == 0 ? result : nil
  }

  private static func bits(of byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
