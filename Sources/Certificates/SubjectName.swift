internal import SwiftASN1
internal import X509

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A name that a server goes by: `swell.swell-system.svc`, `10.0.0.7`, `::1`.
enum SubjectName: Hashable {
  /// In lower case.
  case dns(String)
  /// 4 or 16 bytes in network order, as certificates hold them.
  case address([UInt8])

  /// - Throws: `CertificateError` with code `badName` when the text can be neither.
  init(_ text: String) throws(CertificateError) {
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 {
      self = .address(Array(bytes.prefix(4)))
    } else if inet_pton(AF_INET6, text, &bytes) == 1 {
      self = .address(bytes)
    } else if Self.isDNSName(text) {
      self = .dns(text.lowercased())
    } else {
      throw CertificateError(
        .badName, "\"\(text.prefix(60))\" is no name for a certificate: write a DNS name or an IP address")
    }
  }

  init?(_ name: GeneralName) {
    switch name {
    case .dnsName(let text): self = .dns(text.lowercased())
    case .ipAddress(let octets): self = .address(Array(octets.bytes))
    default: return nil
    }
  }

  var generalName: GeneralName {
    switch self {
    case .dns(let text): .dnsName(text)
    case .address(let bytes): .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
    }
  }

  /// Labels of letters, digits, `-` and `_`, 63 bytes at most, 253 in all; the first may be `*`.
  private static func isDNSName(_ text: String) -> Bool {
    guard (1...253).contains(text.utf8.count) else { return false }
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return labels.enumerated().allSatisfy { index, label in
      if index == 0, labels.count > 1, label.elementsEqual("*".utf8) { return true }
      return (1...63).contains(label.count)
        && label.allSatisfy { byte in
          (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 95
        }
    }
  }
}
