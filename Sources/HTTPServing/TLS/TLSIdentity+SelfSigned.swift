internal import Crypto
internal import Foundation
internal import SwiftASN1
internal import X509

extension TLSIdentity {
  /// A new P-256 key and a certificate that it signs itself, in memory only. For local use and first starts.
  ///
  /// - Parameters:
  ///   - names: DNS names and IP addresses the certificate is for; the first is its common name.
  ///   - secondsSinceEpoch: the time now. The certificate is valid from an hour before, for clocks that are behind.
  ///   - days: how long it is valid.
  public static func selfSigned(
    names: [String] = ["localhost", "127.0.0.1", "::1"],
    secondsSinceEpoch: Int64 = SystemClock.secondsSinceEpoch(), days: Int = 365
  ) throws(HTTPServerError) -> TLSIdentity {
    do {
      let key = P256.Signing.PrivateKey()
      let certificateKey = Certificate.PrivateKey(key)
      let name = try DistinguishedName { CommonName(names.first ?? "localhost") }
      let now = Date(timeIntervalSince1970: TimeInterval(secondsSinceEpoch))
      let certificate = try Certificate(
        version: .v3,
        serialNumber: Certificate.SerialNumber(),
        publicKey: certificateKey.publicKey,
        notValidBefore: now.addingTimeInterval(-3600),
        notValidAfter: now.addingTimeInterval(TimeInterval(days) * 86_400),
        issuer: name,
        subject: name,
        signatureAlgorithm: .ecdsaWithSHA256,
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
          Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
          try ExtendedKeyUsage([.serverAuth])
          SubjectAlternativeNames(names.map(generalName))
          SubjectKeyIdentifier(hash: certificateKey.publicKey)
        },
        issuerPrivateKey: certificateKey)
      return try TLSIdentity(
        certificateChainPEM: certificate.serializeAsPEM().pemString + "\n", privateKeyPEM: key.pemRepresentation)
    } catch let error as HTTPServerError {
      throw error
    } catch {
      throw HTTPServerError(code: .badIdentity, message: "cannot make a self-signed certificate: \(error)")
    }
  }

  private static func generalName(_ name: String) -> GeneralName {
    IPAddressBytes.parse(name).map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) } ?? .dnsName(name)
  }
}
