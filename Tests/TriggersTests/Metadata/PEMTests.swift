internal import Foundation
internal import KubernetesAPI
internal import Questions
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

  // MARK: Keys and their certificates

  /// One DER element.
  private func der(_ tag: UInt8, _ content: [UInt8]...) -> [UInt8] {
    let content = content.flatMap { $0 }
    let length: [UInt8] =
      content.count < 0x80 ? [UInt8(content.count)] : [0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)]
    return [tag] + length + content
  }

  private func pem(_ label: String, der bytes: [UInt8]) -> String { pem(label, Data(bytes).base64EncodedString()) }

  /// SEC 1: version, private number, curve, public point.
  private func ecKey(point: [UInt8]) -> [UInt8] {
    let number = der(0x04, [UInt8](repeating: 9, count: 32))
    return der(0x30, [2, 1, 1], number, der(0xA0, [6, 1, 1]), der(0xA1, der(3, [0], point)))
  }

  /// PKCS #1: version, modulus, exponent.
  private func rsaKey(modulus: [UInt8]) -> [UInt8] { der(0x30, [2, 1, 0], der(2, [0] + modulus), [2, 1, 3]) }

  private func pkcs8(_ key: [UInt8]) -> [UInt8] { der(0x30, [2, 1, 0], der(0x30, [6, 1, 1]), der(0x04, key)) }

  @Test func aKeyOfAnotherCertificateIsTold() {
    let point: [UInt8] = [4] + (1...64).map { UInt8($0) }
    let other: [UInt8] = [4] + (1...64).map { UInt8($0 + 1) }
    let modulus = (0..<256).map { UInt8($0 ^ 0xA5) }
    let certificate = pem("CERTIFICATE", der: der(0x30, der(0x30, der(3, [0], point))))
    let rsaCertificate = pem("CERTIFICATE", der: der(0x30, der(3, [0], der(0x30, der(2, [0] + modulus), [2, 1, 3]))))

    for key in [pem("EC PRIVATE KEY", der: ecKey(point: point)), pem("PRIVATE KEY", der: pkcs8(ecKey(point: point)))] {
      #expect(PEM.belongTogether(certificate: certificate, key: key))
      #expect(!PEM.belongTogether(certificate: rsaCertificate, key: key))
    }
    #expect(!PEM.belongTogether(certificate: certificate, key: pem("PRIVATE KEY", der: pkcs8(ecKey(point: other)))))
    #expect(PEM.belongTogether(certificate: rsaCertificate, key: pem("RSA PRIVATE KEY", der: rsaKey(modulus: modulus))))
    let rsa = pem("PRIVATE KEY", der: pkcs8(rsaKey(modulus: modulus)))
    #expect(!PEM.belongTogether(certificate: certificate, key: rsa))
    // A key that does not show its public half may be the right one.
    #expect(PEM.belongTogether(certificate: certificate, key: pem("PRIVATE KEY")))
    #expect(PEM.belongTogether(certificate: certificate, key: pem("ENCRYPTED PRIVATE KEY", der: ecKey(point: other))))
    #expect(PEM.belongTogether(certificate: "not a pem", key: "not a pem"))
  }

  @Test func aPasswordAndAnEncryptedKeyNeedEachOther() {
    func problems(_ label: String, password: String?, type: String = "redis-streams") -> [String] {
      var declaration = TriggerDeclaration(
        index: 0, type: type,
        metadata: [
          "address": "redis:6379", "stream": "s", "enableTLS": "true", "bootstrapServers": "kafka:9092",
          "consumerGroup": "g", "topic": "t", "tls": "enable", "authModes": "tls", "threshold": "1", "query": "up",
          "serverAddress": "https://prometheus",
        ],
        authentication: ["cert": SecretText(pem("CERTIFICATE")), "key": SecretText(pem(label))])
      declaration.authentication["keyPassword"] = password.map { SecretText($0) }
      do throws(TriggerError) {
        _ = try TriggerTypes.parse(declaration)
        return []
      } catch {
        return error.problems.map(\.field)
      }
    }
    for type in ["redis-streams", "kafka"] {
      #expect(problems("PRIVATE KEY", password: nil, type: type) == [])
      #expect(problems("ENCRYPTED PRIVATE KEY", password: "secret", type: type) == [])
      #expect(problems("ENCRYPTED PRIVATE KEY", password: nil, type: type) == ["authentication.key"])
      #expect(problems("PRIVATE KEY", password: "secret", type: type) == ["authentication.keyPassword"])
    }
    // KEDA does not look at the password there.
    #expect(problems("PRIVATE KEY", password: "secret", type: "prometheus") == [])
  }
}
