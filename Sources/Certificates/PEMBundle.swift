internal import Foundation
internal import SwiftASN1
internal import X509

/// The certificates in a PEM text, as far as two texts can be compared: order, line ends and comments do not count.
public struct PEMBundle: Hashable, Sendable {
  private let certificates: Set<[UInt8]>

  /// Nil when the text holds no certificate or something that is none.
  public init?(_ text: String) {
    guard let certificates = try? X509Text.certificates(in: text, role: ""), !certificates.isEmpty else { return nil }
    let encoded = certificates.compactMap { try? $0.serializeAsPEM().derBytes }
    guard encoded.count == certificates.count else { return nil }
    self.certificates = Set(encoded)
  }

  /// Nil also when the text is not Base64, as a `caBundle` is written.
  public init?(base64 text: String) {
    guard let data = Data(base64Encoded: text) else { return nil }
    self.init(String(decoding: data, as: UTF8.self))
  }

  public func isSuperset(of other: PEMBundle) -> Bool { certificates.isSuperset(of: other.certificates) }
}
