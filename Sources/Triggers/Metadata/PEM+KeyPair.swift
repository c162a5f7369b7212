internal import Foundation

extension PEM {
  /// Whether a private key needs a password.
  static func isEncrypted(_ key: String) -> Bool {
    blocks(key).first { $0.label.hasSuffix("PRIVATE KEY") }.map(\.needsPassword) ?? false
  }

  /// False when the key is certainly that of another certificate: its public half (the modulus of an RSA key, the point
  /// of an EC key) is not in the first certificate. True for keys that do not show it, such as encrypted ones.
  static func belongTogether(certificate: String, key: String) -> Bool {
    guard let certificate = blocks(certificate).first(where: { $0.label == "CERTIFICATE" }),
      let key = blocks(key).first(where: { $0.label.hasSuffix("PRIVATE KEY") }), !key.needsPassword,
      let publicHalf = publicHalf(of: key.body, depth: 0)
    else { return true }
    return certificate.body.range(of: publicHalf) != nil
  }

  /// PKCS #1 has the modulus as its first long INTEGER, SEC 1 the point in a BIT STRING, and PKCS #8 has one of these
  /// two in an OCTET STRING.
  private static func publicHalf(of der: Data, depth: Int) -> Data? {
    guard depth < 6 else { return nil }
    var rest = der
    while let element = takeElement(&rest) {
      switch element.tag {
      case 0x02 where element.content.count >= 64:
        return element.content
      case 0x03 where element.content.count >= 66 && element.content.dropFirst().first == 0x04:
        return element.content.dropFirst()
      case 0x04, 0x30, 0xA0, 0xA1:
        if let found = publicHalf(of: element.content, depth: depth + 1) { return found }
      default: break
      }
    }
    return nil
  }

  /// Takes one DER element from the front; nil when there is none.
  private static func takeElement(_ rest: inout Data) -> (tag: UInt8, content: Data)? {
    guard rest.count >= 2, let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
    var length = Int(first)
    if first >= 0x80 {
      let lengthBytes = Int(first & 0x7F)
      guard (1...3).contains(lengthBytes), rest.count >= lengthBytes else { return nil }
      length = rest.prefix(lengthBytes).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(lengthBytes)
    }
    guard rest.count >= length else { return nil }
    let content = rest.prefix(length)
    rest = rest.dropFirst(length)
    return (tag, content)
  }
}
