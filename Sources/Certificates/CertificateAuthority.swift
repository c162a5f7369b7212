internal import Crypto
internal import Foundation
public import KubernetesAPI
internal import X509

/// Who signs Swell's serving certificates: a certificate that others trust, and its key. Prints no key.
public struct CertificateAuthority: Sendable, CustomStringConvertible {
  let certificate: Certificate
  let key: Certificate.PrivateKey

  /// The certificate alone, without those that went before it.
  public let certificatePEM: String

  /// A new P-256 key and a certificate that it signs itself, valid from an hour before `now`.
  public static func make(
    commonName: String = "swell-ca", now: Timestamp, lifetime: Duration = CertificateLifetime.authority
  ) throws(CertificateError) -> CertificateAuthority {
    do {
      let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
      let name = try DistinguishedName { CommonName(commonName) }
      let certificate = try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
        notValidBefore: (now - CertificateLifetime.backdating).date, notValidAfter: (now + lifetime).date,
        issuer: name, subject: name,
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
          Critical(KeyUsage(keyCertSign: true, cRLSign: true))
          SubjectKeyIdentifier(hash: key.publicKey)
        },
        issuerPrivateKey: key)
      return try CertificateAuthority(certificate, key)
    } catch let error as CertificateError {
      throw error
    } catch {
      throw CertificateError(.failed, "a certificate authority cannot be made: \(error)")
    }
  }

  /// - Parameters:
  ///   - certificatePEM: the first certificate counts; further ones are those that went before it.
  /// - Throws: `CertificateError` when either text is no PEM of its kind, they do not belong together, or the certificate
  ///   may not sign others.
  public init(certificatePEM: String, privateKeyPEM: String) throws(CertificateError) {
    guard let first = try X509Text.certificates(in: certificatePEM, role: "ca.crt").first else {
      throw CertificateError(.notPEM, "ca.crt holds no certificate")
    }
    try self.init(first, try X509Text.privateKey(in: privateKeyPEM, role: "ca.key"))
  }

  private init(_ certificate: Certificate, _ key: Certificate.PrivateKey) throws(CertificateError) {
    guard key.publicKey == certificate.publicKey else {
      throw CertificateError(.mismatch, "ca.key is not the key of the certificate in ca.crt")
    }
    guard certificate.isAuthority else {
      throw CertificateError(.mismatch, "the certificate in ca.crt may not sign others")
    }
    self.certificate = certificate
    self.key = key
    certificatePEM = try X509Text.pem(certificate)
  }

  /// For the Secret `ca.key`; nowhere else.
  public func privateKeyPEM() throws(CertificateError) -> String { try X509Text.pem(key) }

  public var validFrom: Timestamp { Timestamp(certificate.notValidBefore) }
  public var validUntil: Timestamp { Timestamp(certificate.notValidAfter) }

  /// A serving certificate must not outlive its authority: an authority is replaced while the last certificate that it
  /// may still sign, and the margin before that one's end, fit into its life. (10 years: replaced after 8 years and 9
  /// months.)
  public func needsRenewal(at now: Timestamp) -> Bool {
    now + CertificateLifetime.serving + CertificateLifetime.renewalMargin >= validUntil || now < validFrom
  }

  public var description: String { "CertificateAuthority(until \(validUntil.rfc3339))" }
}

extension Certificate {
  var isAuthority: Bool {
    guard case .isCertificateAuthority = try? extensions.basicConstraints else { return false }
    return true
  }

  func isSigned(by issuer: Certificate) -> Bool {
    self.issuer == issuer.subject && issuer.publicKey.isValidSignature(signature, for: self)
  }
}
