internal import NIOSSL
internal import SwiftASN1
internal import X509

/// Certificates out of PEM text.
enum PEMCertificates {
  /// The certificates in the text, in its order. One whose structure the library cannot read vouches for nobody and is
  /// left out, so that an odd authority beside good ones does not shut everybody out.
  ///
  /// - Parameter bundle: what the error calls the text.
  /// - Throws: ``HTTPServerError`` with code `badAuthority` when nothing is left.
  static func parse(_ pem: String, named bundle: String) throws(HTTPServerError) -> [Certificate] {
    let certificates = (try? NIOSSLCertificate.fromPEMBytes(Array(pem.utf8))) ?? []
    let readable = certificates.compactMap { certificate in
      (try? certificate.toDERBytes()).flatMap { try? Certificate(derEncoded: $0) }
    }
    guard !readable.isEmpty else {
      throw HTTPServerError(
        code: .badAuthority,
        message: "the bundle of authorities \"\(bundle)\" holds no certificate: give one or more in PEM")
    }
    return readable
  }
}
