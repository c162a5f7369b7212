internal import Crypto
internal import Foundation
public import KubernetesAPI
internal import X509

/// What a server shows to its clients, and its key. Prints no key.
public struct ServingCertificate: Sendable, CustomStringConvertible {
  let certificate: Certificate
  private let key: Certificate.PrivateKey
  private let names: Set<SubjectName>

  /// The chain as it was given: the server's own certificate first.
  public let certificatePEM: String

  /// Why a certificate has to be replaced.
  public enum RenewalReason: String, Sendable, CustomStringConvertible {
    /// It ends within 90 days, or is not valid yet.
    case ending = "its end is near"
    /// It is not for all names that clients use.
    case names = "it is not for all names"
    /// The authority that clients trust did not sign it.
    case authority = "another authority signed it"

    public var description: String { rawValue }
  }

  /// A new P-256 key and a certificate for it, valid from an hour before `now`, never longer than the authority.
  ///
  /// - Parameters:
  ///   - names: DNS names and IP addresses; the first DNS name that fits is also the common name.
  /// - Throws: `CertificateError` with code `badName` for a name that cannot be one.
  public static func issue(
    for names: [String], by authority: CertificateAuthority, now: Timestamp,
    lifetime: Duration = CertificateLifetime.serving
  ) throws(CertificateError) -> ServingCertificate {
    guard !names.isEmpty else { throw CertificateError(.badName, "a serving certificate needs a name") }
    var subjects: [SubjectName] = []
    for name in names {
      let subject = try SubjectName(name)
      if !subjects.contains(subject) { subjects.append(subject) }
    }
    // RFC 5280 allows 64 characters for a common name, which nobody looks at any more.
    let commonName = names.first { $0.utf8.count <= 64 } ?? "swell"
    do {
      let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
      let authorityKey = try authority.certificate.extensions.subjectKeyIdentifier?.keyIdentifier
      let certificate = try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
        notValidBefore: (now - CertificateLifetime.backdating).date,
        notValidAfter: min(now + lifetime, authority.validUntil).date,
        issuer: authority.certificate.subject, subject: try DistinguishedName { CommonName(commonName) },
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.notCertificateAuthority)
          Critical(KeyUsage(digitalSignature: true))
          try ExtendedKeyUsage([.serverAuth])
          SubjectAlternativeNames(subjects.map(\.generalName))
          SubjectKeyIdentifier(hash: key.publicKey)
          AuthorityKeyIdentifier(keyIdentifier: authorityKey)
        },
        issuerPrivateKey: authority.key)
      return try ServingCertificate([certificate], key)
    } catch let error as CertificateError {
      throw error
    } catch {
      throw CertificateError(.failed, "a serving certificate cannot be made: \(error)")
    }
  }

  /// - Throws: `CertificateError` when either text is no PEM of its kind, or the key is not that of the first certificate.
  public init(certificatePEM: String, privateKeyPEM: String) throws(CertificateError) {
    try self.init(
      try X509Text.certificates(in: certificatePEM, role: "tls.crt"),
      try X509Text.privateKey(in: privateKeyPEM, role: "tls.key"))
  }

  private init(_ chain: [Certificate], _ key: Certificate.PrivateKey) throws(CertificateError) {
    guard let leaf = chain.first else { throw CertificateError(.notPEM, "tls.crt holds no certificate") }
    guard key.publicKey == leaf.publicKey else {
      throw CertificateError(.mismatch, "tls.key is not the key of the first certificate in tls.crt")
    }
    certificate = leaf
    self.key = key
    var text = ""
    for certificate in chain { text += try X509Text.pem(certificate) }
    certificatePEM = text
    let extensions = try? leaf.extensions.subjectAlternativeNames
    names = Set((extensions ?? SubjectAlternativeNames()).compactMap { SubjectName($0) })
  }

  /// For the Secret's `tls.key` and the server; nowhere else.
  public func privateKeyPEM() throws(CertificateError) -> String { try X509Text.pem(key) }

  public var validFrom: Timestamp { Timestamp(certificate.notValidBefore) }
  public var validUntil: Timestamp { Timestamp(certificate.notValidAfter) }

  /// - Throws: `CertificateError` with code `badName` for a name that cannot be one.
  public func covers(_ wanted: [String]) throws(CertificateError) -> Bool {
    for name in wanted where !names.contains(try SubjectName(name)) { return false }
    return true
  }

  public func isSigned(by authority: CertificateAuthority) -> Bool {
    certificate.isSigned(by: authority.certificate)
  }

  /// Whether it has to be replaced: 90 days before its end, or a quarter of its life where that is shorter; when a name
  /// is missing; when another authority signed it. For a year from 1 January, it is due on 3 October.
  public func needsRenewal(
    at now: Timestamp, names wanted: [String], authority: CertificateAuthority
  ) throws(CertificateError) -> RenewalReason? {
    if !isSigned(by: authority) { return .authority }
    if try !covers(wanted) { return .names }
    return now >= renewalTime || now < validFrom ? .ending : nil
  }

  /// From when on it should be replaced.
  public var renewalTime: Timestamp {
    let quarter = Duration.nanoseconds((validUntil - validFrom).saturatingNanoseconds / 4)
    return validUntil - min(CertificateLifetime.renewalMargin, quarter)
  }

  public var description: String { "ServingCertificate(until \(validUntil.rfc3339))" }
}
