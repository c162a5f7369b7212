internal import Testing
@testable internal import Triggers

@Suite struct PEMTests {
  /// `MAMCAQU=` is a DER SEQUENCE of one number.
  private func pem(_ label: String, _ body: String = "MAMCAQU=") -> String {
    "comment\n-----BEGIN \(label)-----\r\n\(body)\n-----END \(label)-----\n"
  }

  @Test func certificatesAndKeysAreTold() {
    #expect(PEM.hasCertificate(pem("CERTIFICATE")))
    #expect(PEM.hasCertificate(pem("PRIVATE KEY") + pem("CERTIFICATE")))
    #expect(!PEM.hasCertificate(pem("PRIVATE KEY")))
    for label in ["PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] { #expect(PEM.hasPrivateKey(pem(label))) }
    #expect(!PEM.hasPrivateKey(pem("CERTIFICATE")))
    let encrypted = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA"
    #expect(PEM.hasPrivateKey(pem("RSA PRIVATE KEY", encrypted)))
  }

  @Test(arguments: ["", "AAAA", "!!!!", "MAMCAQ==", "MAMCAQUA", "MIQ=", "MIX/////AA==", "MAI="])
  func whatIsNotDERIsRefused(body: String) {
    #expect(!PEM.hasCertificate(pem("CERTIFICATE", body)))
  }

  @Test(arguments: ["", "not a pem", "-----BEGIN CERTIFICATE-----\nMAMCAQU=", "-----BEGIN -----\n-----END -----"])
  func whatIsNotPEMIsRefused(text: String) {
    #expect(!PEM.hasCertificate(text) && !PEM.hasPrivateKey(text))
  }
}
