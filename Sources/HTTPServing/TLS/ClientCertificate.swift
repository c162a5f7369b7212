internal import Foundation
internal import SwiftASN1
@_spi(FixedExpiryValidationTime) internal import X509

/// The certificate that a client showed, with what else it sent to prove it.
struct ClientCertificate: Sendable {
  private let der: [UInt8]
  /// nil when the library cannot read it; nobody vouches for such a certificate.
  private let leaf: Certificate?
  private let intermediates: [Certificate]

  /// Every intermediate multiplies the paths that a verifier has to try, and a stranger chooses them. Clusters need none
  /// or one.
  private static let intermediateLimit = 3

  /// - Parameter chain: DER, the client's own certificate first.
  init?(chain: [[UInt8]]) {
    guard let first = chain.first else { return nil }
    der = first
    leaf = try? Certificate(derEncoded: first)
    intermediates = chain.dropFirst().prefix(Self.intermediateLimit).compactMap { try? Certificate(derEncoded: $0) }
  }

  /// Finds out who vouches for it.
  ///
  /// - Parameter seconds: the time now, in seconds since 1970.
  func identity(known authorities: ClientAuthorities, at seconds: Int64) async -> PeerIdentity {
    guard let leaf else { return PeerIdentity(commonName: "", certificateDER: der) }
    let known = authorities.current
    var candidates = intermediates
    for certificate in known.intermediates where !candidates.contains(certificate) { candidates.append(certificate) }
    var verifications: [PeerIdentity.Verification] = []
    for bundle in known.bundles {
      var verifier = Verifier(rootCertificates: CertificateStore(bundle.roots)) {
        RFC5280Policy(fixedExpiryValidationTime: Date(timeIntervalSince1970: TimeInterval(seconds)))
        ClientAuthenticationPolicy()
      }
      let result = await verifier.validate(leaf: leaf, intermediates: CertificateStore(candidates))
      guard case .validCertificate(let chain) = result, let validity = Self.validity(of: chain) else { continue }
      verifications.append(PeerIdentity.Verification(authority: bundle.name, validity: validity))
      authorities.remember(chain.dropFirst().dropLast().filter(intermediates.contains))
    }
    return Self.identity(leaf, der: der, verifications: verifications)
  }

  /// The time in which all of the chain is valid.
  private static func validity(of chain: some Sequence<Certificate>) -> ClosedRange<Int64>? {
    var validity = Int64.min...Int64.max
    for certificate in chain {
      guard let start = Int64(exactly: certificate.notValidBefore.timeIntervalSince1970.rounded(.up)),
        let end = Int64(exactly: certificate.notValidAfter.timeIntervalSince1970.rounded(.down)), start <= end,
        validity.overlaps(start...end)
      else { return nil }
      validity = validity.clamped(to: start...end)
    }
    return validity
  }

  private static func identity(
    _ leaf: Certificate, der: [UInt8], verifications: [PeerIdentity.Verification]
  ) -> PeerIdentity {
    var commonName = ""
    var organizations: [String] = []
    for attribute in leaf.subject.lazy.flatMap({ $0 }) {
      guard let text = String(attribute.value) else { continue }
      // Of several common names the last counts, as in Go.
      if attribute.type == .RDNAttributeType.commonName { commonName = text }
      if attribute.type == .RDNAttributeType.organizationName { organizations.append(text) }
    }
    var dnsNames: [String] = []
    var ipAddresses: [[UInt8]] = []
    let names = (try? leaf.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames()
    for name in names {
      switch name {
      case .dnsName(let name): dnsNames.append(name)
      case .ipAddress(let address): ipAddresses.append(Array(address.bytes))
      default: break
      }
    }
    return PeerIdentity(
      commonName: commonName, organizations: organizations, dnsNames: dnsNames, ipAddresses: ipAddresses,
      certificateDER: der, verifications: verifications)
  }
}
