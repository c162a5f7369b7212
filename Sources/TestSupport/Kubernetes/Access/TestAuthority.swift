internal import Crypto
internal import Foundation
internal import SwiftASN1
internal import X509

/// What a client's certificate is worth. The handshake takes any; who it is decides the request, as on the real server.
enum PeerCertificate: Sendable {
  case of(_ commonName: String, _ organizations: [String])
  /// Of another authority, or over.
  case worthless
}

/// A certificate authority of a test, in memory.
public final class TestAuthority: Sendable {
  /// A certificate with its private key.
  public struct Identity: Sendable {
    public let certificatePEM: String
    public let keyPEM: String
  }

  public enum Purpose: Sendable { case server, client }

  public let certificatePEM: String
  private let name: DistinguishedName
  private let key: Certificate.PrivateKey

  public init(commonName: String) throws {
    let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
    name = try DistinguishedName { CommonName(commonName) }
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
      notValidBefore: Date(timeIntervalSinceNow: -3_600), notValidAfter: Date(timeIntervalSinceNow: 10 * 86_400),
      issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
        SubjectKeyIdentifier(hash: key.publicKey)
      },
      issuerPrivateKey: key)
    certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
    self.key = key
  }

  /// - Parameters:
  ///   - organizations: groups of a client.
  ///   - names: DNS names and IPv4 addresses of a server.
  ///   - validFor: from now; a negative one is over already.
  public func issue(
    commonName: String, organizations: [String] = [], names: [String] = [], purpose: Purpose,
    validFor: Duration = .seconds(2 * 86_400)
  ) throws -> Identity {
    let leaf = P256.Signing.PrivateKey()
    let subject = try DistinguishedName {
      for organization in organizations { OrganizationName(organization) }
      CommonName(commonName)
    }
    let end = Date(timeIntervalSinceNow: TimeInterval(validFor.components.seconds))
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(),
      publicKey: Certificate.PrivateKey(leaf).publicKey,
      notValidBefore: min(end.addingTimeInterval(-60), Date(timeIntervalSinceNow: -3_600)), notValidAfter: end,
      issuer: name, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([purpose == .server ? .serverAuth : .clientAuth])
        if !names.isEmpty { SubjectAlternativeNames(names.map(Self.generalName)) }
      },
      issuerPrivateKey: key)
    return Identity(certificatePEM: try certificate.serializeAsPEM().pemString + "\n", keyPEM: leaf.pemRepresentation)
  }

  private static func generalName(_ name: String) -> GeneralName {
    let parts = name.split(separator: ".").compactMap { UInt8($0) }
    return parts.count == 4 ? .ipAddress(ASN1OctetString(contentBytes: parts[...])) : .dnsName(name)
  }

  /// Whose a client's certificate is.
  func peer(ofDER bytes: [UInt8]) -> PeerCertificate {
    guard let certificate = try? Certificate(derEncoded: bytes),
      key.publicKey.isValidSignature(certificate.signature, for: certificate),
      certificate.issuer == name, certificate.notValidBefore <= Date(), Date() < certificate.notValidAfter
    else { return .worthless }
    var commonName = ""
    var organizations: [String] = []
    for part in certificate.subject {
      for attribute in part {
        let text = String(describing: attribute.value)
        if attribute.type == .RDNAttributeType.commonName { commonName = text }
        if attribute.type == .RDNAttributeType.organizationName { organizations.append(text) }
      }
    }
    return .of(commonName, organizations)
  }
}
