/// Walks over a JSON text once, without building a tree. Strict, bounded in depth, and indifferent to what numbers say,
/// so that nothing a server sends can make it trap or grow.
struct JSONScanner {
  /// Why a text is not JSON.
  struct Malformed: Error {
    /// Bytes from the start of the text.
    var offset: Int
  }

  enum Kind {
    case object, array, string, number, bool, null
  }

  /// Arrays and objects may be nested this deep.
  static let maximumDepth = 64

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var malformed: Malformed { Malformed(offset: position) }
  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func expect(_ byte: UInt8) throws(Malformed) {
    guard current == byte else { throw malformed }
    position += 1
  }

  /// What kind of value comes next.
  mutating func next() throws(Malformed) -> Kind {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"): return .number
    case let byte? where byte >= 48 && byte <= 57: return .number
    default: throw malformed
    }
  }

  /// Reads an object. `field` gets each key and must consume the value.
  mutating func object(_ field: (String, inout JSONScanner) throws(Malformed) -> Void) throws(Malformed) {
    try enter(UInt8(ascii: "{"))
    if try leave(UInt8(ascii: "}")) { return }
    repeat {
      skipSpace()
      let key = try string()
      skipSpace()
      try expect(UInt8(ascii: ":"))
      try field(key, &self)
    } while try !endsOrContinues(UInt8(ascii: "}"))
  }

  /// Reads an array. `element` gets each index and must consume the value.
  mutating func array(_ element: (Int, inout JSONScanner) throws(Malformed) -> Void) throws(Malformed) {
    try enter(UInt8(ascii: "["))
    if try leave(UInt8(ascii: "]")) { return }
    var index = 0
    repeat {
      try element(index, &self)
      index += 1
    } while try !endsOrContinues(UInt8(ascii: "]"))
  }

  private mutating func enter(_ opening: UInt8) throws(Malformed) {
    skipSpace()
    try expect(opening)
    depth += 1
    guard depth <= Self.maximumDepth else { throw malformed }
  }

  private mutating func leave(_ closing: UInt8) throws(Malformed) -> Bool {
    skipSpace()
    guard current == closing else { return false }
    position += 1
    depth -= 1
    return true
  }

  private mutating func endsOrContinues(_ closing: UInt8) throws(Malformed) -> Bool {
    if try leave(closing) { return true }
    try expect(UInt8(ascii: ","))
    return false
  }

  /// Reads a text. Bytes that are not UTF-8, and lone surrogates, become replacement characters.
  mutating func string() throws(Malformed) -> String {
    try expect(UInt8(ascii: "\""))
    let start = position
    while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
    if current == UInt8(ascii: "\"") {
      defer { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    var text = Array(bytes[start..<position])
    while let byte = current, byte >= 0x20 {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &text)
      default: text.append(byte)
      }
    }
    throw malformed
  }

  /// Reads what follows a backslash.
  private mutating func escape(into text: inout [UInt8]) throws(Malformed) {
    guard let letter = current else { throw malformed }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var units = [try hexadecimal()]
      let isHigh = units[0] & 0xFC00 == 0xD800
      if isHigh, current == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u") {
        position += 2
        units.append(try hexadecimal())
      }
      text.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
    default: throw malformed
    }
  }

  private mutating func hexadecimal() throws(Malformed) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = current.flatMap({ Character(UnicodeScalar($0)).hexDigitValue }), let byte = current, byte < 0x80
      else {
        throw malformed
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  /// Passes over whatever comes next.
  mutating func skip() throws(Malformed) {
    switch try next() {
    case .object: try object { (_, scanner) throws(Malformed) in try scanner.skip() }
    case .array: try array { (_, scanner) throws(Malformed) in try scanner.skip() }
    case .string: try skipString()
    case .number: try skipNumber()
    case .bool: try word(current == UInt8(ascii: "t") ? "true" : "false")
    case .null: try word("null")
    }
  }

  private mutating func skipString() throws(Malformed) {
    try expect(UInt8(ascii: "\""))
    var ignored: [UInt8] = []
    while let byte = current, byte >= 0x20 {
      position += 1
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") {
        try escape(into: &ignored)
        ignored.removeAll(keepingCapacity: true)
      }
    }
    throw malformed
  }

  private mutating func skipNumber() throws(Malformed) {
    if current == UInt8(ascii: "-") { position += 1 }
    if current == UInt8(ascii: "0") { position += 1 } else { try skipDigits() }
    if current == UInt8(ascii: ".") {
      position += 1
      try skipDigits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      try skipDigits()
    }
  }

  private mutating func skipDigits() throws(Malformed) {
    let start = position
    while let byte = current, byte >= 48, byte <= 57 { position += 1 }
    guard position > start else { throw malformed }
  }

  private mutating func word(_ text: String) throws(Malformed) {
    for byte in text.utf8 { try expect(byte) }
  }

  /// Makes sure that nothing follows.
  mutating func end() throws(Malformed) {
    skipSpace()
    guard position == bytes.count else { throw malformed }
  }
}
