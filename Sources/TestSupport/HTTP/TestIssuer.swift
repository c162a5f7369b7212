internal import Crypto
internal import Foundation
internal import SwiftASN1
internal import X509

/// A certificate authority that makes any certificate a test needs, good or bad, in memory and at once.
public struct TestIssuer: Sendable {
  /// A certificate, its chain and its private key, all PEM.
  public struct Identity: Sendable {
    public let certificatePEM: String
    /// The certificate and the intermediate authorities above it, as a client sends them.
    public let chainPEM: String
    public let keyPEM: String
  }

  public enum Purpose: Sendable { case server, client, any }

  /// The time that a certificate is valid, in seconds since 1970.
  public struct Validity: Sendable {
    var start: Int64
    var end: Int64

    public init(from start: Int64, to end: Int64) {
      self.start = start
      self.end = end
    }
  }

  public let certificatePEM: String
  private let name: DistinguishedName
  private let key: P256.Signing.PrivateKey
  private let validity: Validity
  /// The intermediate authorities from this one upwards, without the root.
  private let path: String

  private init(
    name: DistinguishedName, key: P256.Signing.PrivateKey, validity: Validity, certificatePEM: String, path: String
  ) {
    self.name = name
    self.key = key
    self.validity = validity
    self.certificatePEM = certificatePEM
    self.path = path
  }

  /// A root.
  public static func root(_ commonName: String, validity: Validity) throws -> TestIssuer {
    let name = try DistinguishedName { CommonName(commonName) }
    let key = P256.Signing.PrivateKey()
    let pem = try sign(key, name, by: key, name, validity: validity) {
      Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
      Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
    }
    return TestIssuer(name: name, key: key, validity: validity, certificatePEM: pem, path: "")
  }

  /// An authority below this one.
  ///
  /// - Parameters:
  ///   - isAuthority: false makes one that claims no right to issue certificates, and issues them all the same.
  ///   - signsCertificates: false leaves the right to sign certificates out of its key usage.
  ///   - purposes: nil leaves its purposes open.
  public func intermediate(
    _ commonName: String, isAuthority: Bool = true, signsCertificates: Bool = true, purposes: [Purpose]? = nil,
    validity: Validity? = nil
  ) throws -> TestIssuer {
    let subject = try DistinguishedName { CommonName(commonName) }
    let own = P256.Signing.PrivateKey()
    let pem = try Self.sign(own, subject, by: key, name, validity: validity ?? self.validity) {
      if isAuthority {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
      } else {
        Critical(BasicConstraints.notCertificateAuthority)
      }
      Critical(KeyUsage(digitalSignature: true, keyCertSign: signsCertificates))
      if let purposes { try ExtendedKeyUsage(purposes.map(Self.usage)) }
    }
    return TestIssuer(name: subject, key: own, validity: self.validity, certificatePEM: pem, path: pem + path)
  }

  /// A certificate for a client or server.
  ///
  /// - Parameters:
  ///   - purposes: nil leaves them open, which allows all.
  ///   - hasUnknownCriticalExtension: something that nobody understands and nobody may pass over.
  public func issue(
    _ commonName: String, organizations: [String] = [], names: [String] = [], purposes: [Purpose]? = [.client],
    validity: Validity? = nil, hasUnknownCriticalExtension: Bool = false
  ) throws -> Identity {
    let subject = try DistinguishedName {
      for organization in organizations { OrganizationName(organization) }
      if !commonName.isEmpty { CommonName(commonName) }
    }
    let leaf = P256.Signing.PrivateKey()
    let pem = try Self.sign(leaf, subject, by: key, name, validity: validity ?? self.validity) {
      Critical(BasicConstraints.notCertificateAuthority)
      Critical(KeyUsage(digitalSignature: true))
      if let purposes { try ExtendedKeyUsage(purposes.map(Self.usage)) }
      if !names.isEmpty { SubjectAlternativeNames(names.map { GeneralName.dnsName($0) }) }
      if hasUnknownCriticalExtension {
        Certificate.Extension(oid: [1, 2, 3, 4, 5], critical: true, value: [5, 0])
      }
    }
    return Identity(certificatePEM: pem, chainPEM: pem + path, keyPEM: leaf.pemRepresentation + "\n")
  }

  private static func sign(
    _ subjectKey: P256.Signing.PrivateKey, _ subject: DistinguishedName, by key: P256.Signing.PrivateKey,
    _ issuer: DistinguishedName, validity: Validity,
    @ExtensionsBuilder extensions: () throws -> Result<Certificate.Extensions, any Error>
  ) throws -> String {
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(),
      publicKey: Certificate.PrivateKey(subjectKey).publicKey,
      notValidBefore: Date(timeIntervalSince1970: TimeInterval(validity.start)),
      notValidAfter: Date(timeIntervalSince1970: TimeInterval(validity.end)),
      issuer: issuer, subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: try extensions().get(),
      issuerPrivateKey: Certificate.PrivateKey(key))
    return try certificate.serializeAsPEM().pemString + "\n"
  }

  private static func usage(_ purpose: Purpose) -> ExtendedKeyUsage.Usage {
    switch purpose {
    case .server: .serverAuth
    case .client: .clientAuth
    case .any: .any
    }
  }
}
