import Certificates
import KubernetesAPI
import Testing

/// The life of Swell's certificates over the years, one step at a time.
@Suite struct CertificateSetTests {
  static let names = ["swell.swell-system.svc"]
  static let start = CertificateTests.now

  static func reread(_ set: CertificateSet) throws -> CertificateSet {
    try CertificateSet(
      caCertificatePEM: set.bundlePEM, caKeyPEM: set.authority.privateKeyPEM(),
      certificatePEM: set.serving.certificatePEM, keyPEM: set.serving.privateKeyPEM())
  }

  @Test func nothingIsDueAtFirst() throws {
    let set = try CertificateSet.make(names: Self.names, now: Self.start)
    #expect(try set.successor(names: Self.names, now: Self.start, isPublished: false)?.change == nil)
    #expect(set.nextLook(after: Self.start) == Self.start + .seconds(43_200))
    let soon = set.serving.renewalTime - .seconds(10)
    #expect(set.nextLook(after: soon) == set.serving.renewalTime)
  }

  @Test func theServingCertificateIsRenewedUnderTheSameAuthority() throws {
    let set = try CertificateSet.make(names: Self.names, now: Self.start)
    let later = CertificateTests.day(300)
    let next = try #require(try set.successor(names: Self.names, now: later, isPublished: true))
    #expect(next.change == .servingReplaced(.ending))
    #expect(next.certificates.bundlePEM == set.bundlePEM)
    #expect(try next.certificates.successor(names: Self.names, now: later, isPublished: true)?.change == nil)
    let more = try #require(try set.successor(names: Self.names + ["more"], now: Self.start, isPublished: true))
    #expect(more.change == .servingReplaced(.names))
    #expect(try more.certificates.serving.covers(["more"]))
  }

  @Test func aNewAuthorityIsTrustedBeforeItSigns() throws {
    // Eight years and nine months on, with a serving certificate of that day.
    let first = try CertificateSet.make(names: Self.names, now: Self.start)
    let eve = CertificateTests.day(3194)
    let fresh = try #require(try first.successor(names: Self.names, now: eve, isPublished: true))
    #expect(fresh.change == .servingReplaced(.ending))
    var now = CertificateTests.day(3196)

    let replaced = try #require(try fresh.certificates.successor(names: Self.names, now: now, isPublished: true))
    #expect(replaced.change == .authorityReplaced)
    var set = try Self.reread(replaced.certificates)
    let both = try #require(PEMBundle(set.bundlePEM))
    #expect(try both.isSuperset(of: #require(PEMBundle(first.bundlePEM))))
    #expect(both != PEMBundle(first.bundlePEM))
    #expect(set.serving.certificatePEM == fresh.certificates.serving.certificatePEM)

    // As long as somebody knows only the old authority, the old certificate is shown.
    #expect(try set.successor(names: Self.names, now: now + .seconds(600), isPublished: false)?.change == nil)
    now = now + .seconds(601)
    let signed = try #require(try set.successor(names: Self.names, now: now, isPublished: true))
    #expect(signed.change == .servingReplaced(.authority))
    set = try Self.reread(signed.certificates)
    #expect(PEMBundle(set.bundlePEM) == both)
    #expect(set.serving.isSigned(by: set.authority))

    // The old authority stays trusted for an hour.
    let early = now + CertificateSet.retirementDelay - .seconds(1)
    #expect(try set.successor(names: Self.names, now: early, isPublished: true)?.change == nil)
    #expect(set.nextLook(after: early) == now + CertificateSet.retirementDelay)
    now = now + CertificateSet.retirementDelay
    let retired = try #require(try set.successor(names: Self.names, now: now, isPublished: true))
    #expect(retired.change == .authorityRetired)
    set = try Self.reread(retired.certificates)
    #expect(set.bundlePEM == set.authority.certificatePEM)
    #expect(try set.successor(names: Self.names, now: now, isPublished: true)?.change == nil)
  }

  @Test func aUselessCertificateIsReplacedEvenUnpublished() throws {
    let one = try CertificateSet.make(names: Self.names, now: Self.start)
    let two = try CertificateSet.make(names: Self.names, now: Self.start)
    // Somebody put another authority into the Secret: nobody can trust what is served.
    let mixed = try CertificateSet(
      caCertificatePEM: two.bundlePEM, caKeyPEM: two.authority.privateKeyPEM(),
      certificatePEM: one.serving.certificatePEM, keyPEM: one.serving.privateKeyPEM())
    let next = try #require(try mixed.successor(names: Self.names, now: Self.start, isPublished: false))
    #expect(next.change == .servingReplaced(.authority))
    #expect(next.certificates.serving.isSigned(by: two.authority))
  }

  @Test func everyTextIsNamedWhenItCannotBeRead() throws {
    let set = try CertificateSet.make(names: Self.names, now: Self.start)
    let good = [
      "ca.crt": set.bundlePEM, "ca.key": try set.authority.privateKeyPEM(), "tls.crt": set.serving.certificatePEM,
      "tls.key": try set.serving.privateKeyPEM(),
    ]
    for key in good.keys.sorted() {
      var texts = good
      texts[key] = "broken"
      #expect {
        _ = try CertificateSet(
          caCertificatePEM: texts["ca.crt"] ?? "", caKeyPEM: texts["ca.key"] ?? "",
          certificatePEM: texts["tls.crt"] ?? "", keyPEM: texts["tls.key"] ?? "")
      } throws: {
        "\($0)".contains(key)
      }
    }
  }

  /// Twenty simulated years: there is always a valid certificate that the bundle of the step
  /// before trusts, too.
  @Test func twentyYearsWithoutAGap() throws {
    var set = try CertificateSet.make(names: Self.names, now: Self.start)
    var now = Self.start
    var authorities = 1
    let end = CertificateTests.day(7300)
    while now < end {
      if let next = try set.successor(names: Self.names, now: now, isPublished: true) {
        if next.change == .authorityReplaced { authorities += 1 }
        if case .servingReplaced = next.change {
          #expect(PEMBundle(next.certificates.bundlePEM) == PEMBundle(set.bundlePEM), "\(now.rfc3339)")
        }
        set = next.certificates
      }
      #expect(now < set.serving.validUntil && now < set.authority.validUntil)
      let look = set.nextLook(after: now)
      try #require(look > now)
      now = max(look, min(now + .seconds(86_400 * 20), set.serving.renewalTime))
    }
    #expect(authorities == 3)
  }
}
