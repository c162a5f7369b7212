internal import SwiftASN1
internal import X509

/// Certificates and keys as text.
enum X509Text {
  /// Every certificate of a PEM text, in order; other blocks are skipped.
  ///
  /// - Parameter role: what the text is, for messages: `ca.crt`.
  static func certificates(in pem: String, role: String) throws(CertificateError) -> [Certificate] {
    do {
      let documents = try PEMDocument.parseMultiple(pemString: pem)
      return try documents.filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
        .map { try Certificate(pemDocument: $0) }
    } catch {
      throw CertificateError(.notPEM, "\(role) is not a PEM certificate")
    }
  }

  /// The cause is not told: it could hold a part of the key.
  static func privateKey(in pem: String, role: String) throws(CertificateError) -> Certificate.PrivateKey {
    do {
      let documents = try PEMDocument.parseMultiple(pemString: pem)
      guard let document = documents.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }) else {
        throw CertificateError(.notPEM, "")
      }
      return try Certificate.PrivateKey(pemDocument: document)
    } catch {
      throw CertificateError(.notPEM, "\(role) is not an unencrypted PEM private key")
    }
  }

  static func pem(_ certificate: Certificate) throws(CertificateError) -> String {
    do {
      return try certificate.serializeAsPEM().pemString + "\n"
    } catch {
      throw CertificateError(.failed, "a certificate cannot be written as PEM: \(error)")
    }
  }

  static func pem(_ key: Certificate.PrivateKey) throws(CertificateError) -> String {
    do {
      return try key.serializeAsPEM().pemString + "\n"
    } catch {
      throw CertificateError(.failed, "a private key cannot be written as PEM")
    }
  }
}
