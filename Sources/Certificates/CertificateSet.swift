public import KubernetesAPI
internal import X509

/// Everything that Swell keeps about its certificates: the authority that signs, those that went before it and are still
/// trusted, and the serving certificate. A value: what is due next follows from it and the time alone, so that any replica
/// can go on where another stopped.
///
/// An authority is replaced in three steps, each written for itself, so that clients trust every certificate they see:
/// 1. the new authority joins the bundle; the old one's serving certificate stays in use;
/// 2. when all who check certificates have the bundle, the new authority signs a new serving certificate;
/// 3. when every replica has had an hour to load that one, the old authority leaves the bundle.
public struct CertificateSet: Sendable, CustomStringConvertible {
  public private(set) var authority: CertificateAuthority
  public private(set) var serving: ServingCertificate
  /// Authorities of before, still trusted.
  private var retired: [Certificate]
  /// The certificates of `authority` and of those before it, newest first: what `ca.crt` and every `caBundle` hold.
  public private(set) var bundlePEM: String

  /// How long replicas have to load a new serving certificate before the old authority is no longer trusted.
  public static let retirementDelay = Duration.seconds(3600)

  /// What was done, for the log.
  public enum Change: Sendable, Equatable, CustomStringConvertible {
    case authorityReplaced
    case servingReplaced(ServingCertificate.RenewalReason)
    case authorityRetired

    public var description: String {
      switch self {
      case .authorityReplaced: "a new authority was made; the old one stays trusted"
      case .servingReplaced(let reason): "a new serving certificate was made: \(reason)"
      case .authorityRetired: "the old authority is no longer trusted"
      }
    }
  }

  /// A new authority and a serving certificate that it signed.
  public static func make(names: [String], now: Timestamp) throws(CertificateError) -> CertificateSet {
    let authority = try CertificateAuthority.make(now: now)
    let serving = try ServingCertificate.issue(for: names, by: authority, now: now)
    return try CertificateSet(authority: authority, serving: serving, retired: [])
  }

  /// Reads what the Secret's keys of the same names hold.
  ///
  /// - Throws: `CertificateError` that names the key that cannot be read.
  public init(
    caCertificatePEM: String, caKeyPEM: String, certificatePEM: String, keyPEM: String
  ) throws(CertificateError) {
    let all = try X509Text.certificates(in: caCertificatePEM, role: "ca.crt")
    try self.init(
      authority: CertificateAuthority(certificatePEM: caCertificatePEM, privateKeyPEM: caKeyPEM),
      serving: ServingCertificate(certificatePEM: certificatePEM, privateKeyPEM: keyPEM),
      retired: Array(all.dropFirst().filter(\.isAuthority)))
  }

  private init(
    authority: CertificateAuthority, serving: ServingCertificate, retired: [Certificate]
  ) throws(CertificateError) {
    self.authority = authority
    self.serving = serving
    self.retired = retired
    var bundle = authority.certificatePEM
    for certificate in retired { bundle += try X509Text.pem(certificate) }
    bundlePEM = bundle
  }

  /// What these certificates should become next; nil when nothing is due.
  ///
  /// - Parameters:
  ///   - names: what clients call the server.
  ///   - isPublished: everybody who checks certificates has `bundlePEM`.
  /// - Throws: `CertificateError` with code `badName` for a name that cannot be one.
  public func successor(
    names: [String], now: Timestamp, isPublished: Bool
  ) throws(CertificateError) -> (certificates: CertificateSet, change: Change)? {
    if authority.needsRenewal(at: now) {
      let new = try CertificateAuthority.make(now: now)
      let stillValid = ([authority.certificate] + retired).filter { Timestamp($0.notValidAfter) > now }
      // Replacements that pile up (a clock that jumps) must not fill the bundle.
      let changed = try CertificateSet(authority: new, serving: serving, retired: Array(stillValid.prefix(4)))
      return (changed, .authorityReplaced)
    }
    if let reason = try serving.needsRenewal(at: now, names: names, authority: authority) {
      // While only the old authority is trusted everywhere, its certificate stays, unless it is of no use any more.
      if reason == .authority, !isPublished, try servesUnderRetired(names: names, now: now) { return nil }
      let new = try ServingCertificate.issue(for: names, by: authority, now: now)
      return (
        try CertificateSet(authority: authority, serving: new, retired: retired), .servingReplaced(reason)
      )
    }
    guard !retired.isEmpty, now >= retirementTime else { return nil }
    return (try CertificateSet(authority: authority, serving: serving, retired: []), .authorityRetired)
  }

  /// When to look again at the latest: 12 hours from now, or when something falls due before.
  public func nextLook(after now: Timestamp) -> Timestamp {
    let dates = [serving.renewalTime, retired.isEmpty ? nil : retirementTime].compactMap { $0 }
    return min(dates.filter { $0 > now }.min() ?? .init(nanoseconds: .max), now + .seconds(43_200))
  }

  private var retirementTime: Timestamp {
    serving.validFrom + CertificateLifetime.backdating + Self.retirementDelay
  }

  private func servesUnderRetired(names: [String], now: Timestamp) throws(CertificateError) -> Bool {
    guard now < serving.validUntil, now >= serving.validFrom, try serving.covers(names) else { return false }
    return retired.contains { now < Timestamp($0.notValidAfter) && serving.certificate.isSigned(by: $0) }
  }

  public var description: String {
    "CertificateSet(\(authority), \(serving), \(retired.count) authorities of before)"
  }
}
