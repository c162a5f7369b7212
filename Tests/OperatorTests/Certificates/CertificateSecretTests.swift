internal import Certificates
internal import KubernetesAPI
internal import Testing

@testable import Operator

@Suite struct CertificateSecretTests {
  static let now = Timestamp(seconds: 1_767_225_600)

  @Test func whatIsWrittenIsRead() throws {
    let set = try CertificateSet.make(names: ["a.b.svc"], now: Self.now)
    let secret = try CertificateSecret.new(name: "swell-certificates", namespace: "swell-system", holding: set)
    #expect(secret.keys == ["ca.crt", "ca.key", "tls.crt", "tls.key"])
    #expect(secret.type == "Opaque")
    let read = try CertificateSecret.certificates(in: secret)
    #expect(read.serving.certificatePEM == set.serving.certificatePEM && read.bundlePEM == set.bundlePEM)
    #expect(!"\(secret)".contains("BEGIN"))
  }

  @Test func aReplacementKeepsWhatIsNotOurs() throws {
    let set = try CertificateSet.make(names: ["a.b.svc"], now: Self.now)
    var secret = Secret(metadata: ObjectMeta(name: "s", labels: ["team": "x"]), data: ["more": "bW9yZQ=="])
    secret.metadata.resourceVersion = "7"
    let replaced = try CertificateSecret.replaced(secret, by: set)
    #expect(replaced.metadata == secret.metadata)
    #expect(replaced.value(forKey: "more") == "more")
    #expect(replaced.keys.count == 5)
  }

  @Test(arguments: ["ca.crt", "ca.key", "tls.crt", "tls.key"])
  func aMissingKeyIsNamed(key: String) throws {
    let set = try CertificateSet.make(names: ["a.b.svc"], now: Self.now)
    var secret = try CertificateSecret.new(name: "s", namespace: "n", holding: set)
    secret.data?[key] = nil
    #expect {
      _ = try CertificateSecret.certificates(in: secret)
    } throws: {
      "\($0)" == "\(key) is missing"
    }
  }

  @Test func servicesGoByFourNames() {
    #expect(
      CertificateKeeper.Configuration.serviceNames(["swell"], namespace: "swell-system") == [
        "swell.swell-system.svc", "swell.swell-system.svc.cluster.local", "swell.swell-system", "swell",
      ])
  }
}
