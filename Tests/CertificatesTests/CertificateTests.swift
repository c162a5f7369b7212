import Certificates
import KubernetesAPI
import Testing

@Suite struct CertificateTests {
  static let now = Timestamp(seconds: 1_767_225_600)
  static let names = ["swell.swell-system.svc", "swell.swell-system.svc.cluster.local", "127.0.0.1", "::1"]

  static func day(_ number: Int64) -> Timestamp { now + .seconds(number * 86_400) }

  @Test func anAuthoritySurvivesItsPEM() throws {
    let made = try CertificateAuthority.make(now: Self.now)
    let read = try CertificateAuthority(
      certificatePEM: made.certificatePEM, privateKeyPEM: made.privateKeyPEM())
    #expect(read.certificatePEM == made.certificatePEM)
    #expect(read.validFrom == Self.now - .seconds(3600))
    #expect(read.validUntil == Self.day(3650))
    let serving = try ServingCertificate.issue(for: Self.names, by: read, now: Self.now)
    #expect(serving.isSigned(by: made))
    #expect(serving.validUntil == Self.day(365))
  }

  @Test func aServingCertificateSurvivesItsPEM() throws {
    let authority = try CertificateAuthority.make(now: Self.now)
    let made = try ServingCertificate.issue(for: Self.names, by: authority, now: Self.now)
    let read = try ServingCertificate(certificatePEM: made.certificatePEM, privateKeyPEM: made.privateKeyPEM())
    #expect(try read.covers(Self.names))
    #expect(try read.covers(["SWELL.swell-system.SVC", "0:0:0:0:0:0:0:1"]))
    #expect(try !read.covers(["other.swell-system.svc"]))
    #expect(try read.needsRenewal(at: Self.now, names: Self.names, authority: authority) == nil)
  }

  @Test(arguments: [
    (day: Int64(0), renews: false), (day: 274, renews: false), (day: 275, renews: true), (day: 366, renews: true),
    (day: -1, renews: true),
  ])
  func servingCertificatesAreRenewedNinetyDaysAhead(day: Int64, renews: Bool) throws {
    let authority = try CertificateAuthority.make(now: Self.now)
    let serving = try ServingCertificate.issue(for: Self.names, by: authority, now: Self.now)
    let reason = try serving.needsRenewal(at: Self.day(day), names: Self.names, authority: authority)
    #expect(reason == (renews ? .ending : nil))
  }

  @Test func missingNamesAndStrangeAuthoritiesCallForANewOne() throws {
    let authority = try CertificateAuthority.make(now: Self.now)
    let serving = try ServingCertificate.issue(for: ["a.b"], by: authority, now: Self.now)
    #expect(try serving.needsRenewal(at: Self.now, names: ["a.b", "c.d"], authority: authority) == .names)
    // The same name, but another key.
    let other = try CertificateAuthority.make(now: Self.now)
    #expect(try serving.needsRenewal(at: Self.now, names: ["a.b"], authority: other) == .authority)
  }

  @Test(arguments: ["", "a b", "a..b", "-\u{7}", String(repeating: "a", count: 64), "http://a"])
  func whatIsNoNameIsRefused(name: String) throws {
    let authority = try CertificateAuthority.make(now: Self.now)
    #expect {
      _ = try ServingCertificate.issue(for: ["good", name], by: authority, now: Self.now)
    } throws: {
      ($0 as? CertificateError)?.code == .badName
    }
  }

  @Test func noCertificateOutlivesItsAuthority() throws {
    let authority = try CertificateAuthority.make(now: Self.now, lifetime: .seconds(86_400 * 30))
    let serving = try ServingCertificate.issue(for: ["a"], by: authority, now: Self.now)
    #expect(serving.validUntil == authority.validUntil)
    #expect(authority.needsRenewal(at: Self.now))
    // A short life is renewed after three quarters of it, not at once.
    #expect(try serving.needsRenewal(at: Self.day(1), names: ["a"], authority: authority) == nil)
  }

  @Test func whatDoesNotBelongTogetherIsRefusedWithoutTellingTheKey() throws {
    let one = try CertificateAuthority.make(now: Self.now)
    let two = try CertificateAuthority.make(now: Self.now)
    let serving = try ServingCertificate.issue(for: ["a"], by: one, now: Self.now)
    let key = try two.privateKeyPEM()
    let secret = try #require(key.split(separator: "\n").dropFirst().first).prefix(20)
    func refusal(_ code: CertificateError.Code, _ body: () throws -> Void) {
      do {
        try body()
        Issue.record("nothing was refused")
      } catch {
        let error = error as? CertificateError
        #expect(error?.code == code && error?.description.contains(secret) == false)
      }
    }
    refusal(.mismatch) { _ = try CertificateAuthority(certificatePEM: one.certificatePEM, privateKeyPEM: key) }
    refusal(.mismatch) { _ = try ServingCertificate(certificatePEM: serving.certificatePEM, privateKeyPEM: key) }
    refusal(.notPEM) { _ = try CertificateAuthority(certificatePEM: key, privateKeyPEM: key) }
    refusal(.notPEM) { _ = try CertificateAuthority(certificatePEM: one.certificatePEM, privateKeyPEM: "\(secret)") }
    refusal(.notPEM) {
      _ = try CertificateAuthority(
        certificatePEM: one.certificatePEM,
        privateKeyPEM: "-----BEGIN PRIVATE KEY-----\n\(secret)\n-----END PRIVATE KEY-----\n")
    }
    // A serving certificate is no authority.
    refusal(.mismatch) {
      _ = try CertificateAuthority(
        certificatePEM: serving.certificatePEM, privateKeyPEM: serving.privateKeyPEM())
    }
    for printed in ["\(one)", "\(serving)", String(reflecting: one), String(reflecting: serving)] {
      #expect(!printed.contains("PRIVATE"))
    }
    var dumped = ""
    dump(two, to: &dumped)
    #expect(!dumped.contains(secret))
  }

  @Test func bundlesAreComparedByTheirCertificates() throws {
    let one = try CertificateAuthority.make(now: Self.now).certificatePEM
    let two = try CertificateAuthority.make(now: Self.now).certificatePEM
    let both = try #require(PEMBundle(one + two))
    #expect(both == PEMBundle("# a comment\n" + two + "\n" + one))
    #expect(try both.isSuperset(of: #require(PEMBundle(two))))
    #expect(PEMBundle(one) != both)
    for text in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
      #expect(PEMBundle(text) == nil)
    }
    #expect(PEMBundle(base64: "%%%") == nil)
  }
}
