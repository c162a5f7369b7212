/// Percent-encoding for URLs.
enum QueryEscaping {
  /// Go's `url.QueryEscape`: letters, digits and `-_.~` as they are, a blank as `+`, everything else as `%XX`.
  static func escaped(_ text: String) -> String {
    encoded(text) { byte in
      if byte == UInt8(ascii: " ") { return UInt8(ascii: "+") }
      return isAlphanumeric(byte) || "-_.~".utf8.contains(byte) ? byte : nil
    }
  }

  /// Encodes only what cannot stand in a request line: blanks, control characters, quotes, `#` and all that is not
  /// ASCII. Everything that has a meaning in a URL keeps it.
  static func legal(_ text: String) -> String {
    encoded(text) { byte in
      byte > 0x20 && byte < 0x7F && !"\"#<>\\^`{|}".utf8.contains(byte) ? byte : nil
    }
  }

  /// The text behind `%XX`; what is not a valid escape stays as it is.
  static func unescaped(_ text: some StringProtocol) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let byte = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
      {
        result.append(byte)
        index += 3
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func encoded(_ text: String, _ keep: (UInt8) -> UInt8?) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in text.utf8 {
      if let kept = keep(byte) {
        result.append(kept)
      } else {
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)
  }
}
