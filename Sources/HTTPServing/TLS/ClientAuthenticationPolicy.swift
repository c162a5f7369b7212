internal import SwiftASN1
internal import X509

/// What a chain must be good for beyond RFC 5280's basics, for its leaf to log a client in: the rules of Go's
/// `x509.Verify` with `ExtKeyUsageClientAuth`, by which Kubernetes goes.
///
/// - Every certificate that limits its purposes (extended key usage) allows client authentication. One without the
///   extension allows everything.
/// - Who signs others may sign (`keyCertSign`), where the key usage says anything.
/// - No signature below the root rests on SHA-1.
struct ClientAuthenticationPolicy: VerifierPolicy {
  // Subject alternative names are no business of the chain: who the client is, the subject says.
  let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [
    .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.subjectAlternativeName, .X509ExtensionID.keyUsage,
  ]

  func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) async -> PolicyEvaluationResult {
    for (place, certificate) in chain.enumerated() {
      do {
        if let purposes = try certificate.extensions.extendedKeyUsage,
          !purposes.contains(.clientAuth), !purposes.contains(.any)
        {
          return .failsToMeetPolicy(reason: "a certificate of the chain is not for client authentication")
        }
        if place > 0, let usage = try certificate.extensions.keyUsage, !usage.keyCertSign {
          return .failsToMeetPolicy(reason: "an issuer of the chain may not sign certificates")
        }
      } catch {
        return .failsToMeetPolicy(reason: "an extension of the chain cannot be read")
      }
      if place < chain.count - 1, certificate.signatureAlgorithm == .sha1WithRSAEncryption {
        return .failsToMeetPolicy(reason: "a signature of the chain rests on SHA-1")
      }
    }
    return .meetsPolicy
  }
}
