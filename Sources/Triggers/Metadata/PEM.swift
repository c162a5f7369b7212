internal import Foundation

/// A look at PEM texts: enough to tell a certificate or key from something else before a connection is tried. Whether
/// they are valid is for the source to say.
enum PEM {
  static func hasCertificate(_ text: String) -> Bool {
    blocks(text).contains { $0.label == "CERTIFICATE" && isDER($0.body) }
  }

  static func hasPrivateKey(_ text: String) -> Bool {
    blocks(text).contains { $0.label.hasSuffix("PRIVATE KEY") && ($0.isEncrypted || isDER($0.body)) }
  }

  struct Block {
    var label: String
    var body: Data
    /// Has headers, as the old form of encrypted keys does; the body is then ciphertext.
    var isEncrypted: Bool

    var needsPassword: Bool { isEncrypted || label == "ENCRYPTED PRIVATE KEY" }
  }

  static func blocks(_ text: String) -> [Block] {
    var blocks: [Block] = []
    var label: String?
    var lines: [String] = []
    for line in text.split(whereSeparator: \.isNewline).map(\.trimmedAsInGo) {
      if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") {
        label = String(line.dropFirst(11).dropLast(5))
        lines = []
      } else if let open = label, line == "-----END \(open)-----" {
        let body = lines.filter { !$0.contains(":") }.joined()
        if let data = Data(base64Encoded: body) {
          blocks.append(Block(label: open, body: data, isEncrypted: lines.contains { $0.contains(":") }))
        }
        label = nil
      } else {
        lines.append(line)
      }
    }
    return blocks
  }

  /// Whether the bytes are one DER SEQUENCE that ends where they end.
  private static func isDER(_ data: Data) -> Bool {
    let bytes = [UInt8](data)
    guard bytes.count >= 2, bytes[0] == 0x30 else { return false }
    if bytes[1] < 0x80 { return bytes.count == 2 + Int(bytes[1]) }
    let lengthBytes = Int(bytes[1] & 0x7F)
    guard (1...4).contains(lengthBytes), bytes.count > 2 + lengthBytes else { return false }
    let length = bytes[2..<(2 + lengthBytes)].reduce(0) { $0 << 8 | Int($1) }
    return bytes.count == 2 + lengthBytes + length
  }
}
