internal import Certificates
internal import Foundation
internal import KubernetesAPI
internal import KubernetesClient
internal import Testing

@testable import Operator

@Suite struct CABundleTests {
  static let now = Timestamp(seconds: 1_767_225_600)

  static func holder(_ json: String) throws -> CABundleHolder {
    try JSONDecoder().decode(CABundleHolder.self, from: Data(json.utf8))
  }

  @Test func onlyTheBundleOfAnAPIServiceIsApplied() throws {
    let pem = try CertificateAuthority.make(now: Self.now).certificatePEM
    let bundle = try #require(PEMBundle(pem))
    let base64 = JSONValue.string(CertificateSecret.base64(pem))
    let plain = try Self.holder(
      #"{"metadata":{"name":"v1","uid":"u"},"spec":{"group":"g","service":{"name":"s"}}}"#)
    #expect(!plain.holds(bundle, as: .apiServices))
    #expect(
      plain.application(of: pem, as: .apiServices) == [
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": ["name": "v1", "uid": "u"],
        "spec": ["caBundle": base64],
      ])
    // The API server refuses a bundle beside insecureSkipTLSVerify.
    let insecure = try Self.holder(#"{"metadata":{"name":"v1"},"spec":{"insecureSkipTLSVerify":true}}"#)
    #expect(
      insecure.application(of: pem, as: .apiServices) == [
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": ["name": "v1"],
        "spec": ["caBundle": base64, "insecureSkipTLSVerify": false],
      ])
  }

  @Test func everyWebhookGetsTheBundle() throws {
    let pem = try CertificateAuthority.make(now: Self.now).certificatePEM
    let bundle = try #require(PEMBundle(pem))
    let base64 = CertificateSecret.base64(pem)
    let half = try Self.holder(
      """
      {"metadata":{"name":"w"},"webhooks":[{"name":"a","clientConfig":{"caBundle":"\(base64)"}},
        {"name":"b","clientConfig":{"caBundle":"Cg=="}}]}
      """)
    #expect(!half.holds(bundle, as: .validatingWebhookConfigurations))
    guard case .object(let fields) = half.application(of: pem, as: .validatingWebhookConfigurations) else { return }
    let entry: JSONValue = ["caBundle": .string(base64)]
    #expect(
      fields["webhooks"] == [["name": "a", "clientConfig": entry], ["name": "b", "clientConfig": entry]])
    let whole = try Self.holder(
      #"{"metadata":{"name":"w"},"webhooks":[{"name":"a","clientConfig":{"caBundle":"\#(base64)"}}]}"#)
    #expect(whole.holds(bundle, as: .validatingWebhookConfigurations))
    #expect(try Self.holder(#"{"metadata":{"name":"w"}}"#).holds(bundle, as: .validatingWebhookConfigurations))
  }

  /// As while KEDA is still installed: its APIService trusts KEDA's authority.
  @Test func anAPIServiceOfSomebodyElseIsLeftAlone() throws {
    let holder = try Self.holder(
      #"{"metadata":{"name":"v1"},"spec":{"service":{"namespace":"keda","name":"keda-metrics-apiserver"}}}"#)
    #expect(holder.isServed(byOtherThan: "swell-system/swell-metrics-apiserver"))
    #expect(!holder.isServed(byOtherThan: "keda/keda-metrics-apiserver"))
    #expect(!holder.isServed(byOtherThan: nil))
  }

  @Test func whatCertManagerInjectsIsLeftToIt() throws {
    let holder = try Self.holder(
      #"{"metadata":{"name":"w","annotations":{"cert-manager.io/inject-ca-from":"a/b"}}}"#)
    #expect(holder.isInjectedByOthers)
    #expect(try !Self.holder(#"{"metadata":{"name":"w","annotations":{"a":"b"}}}"#).isInjectedByOthers)
  }

  /// Two writers that undo each other must not keep the API server busy.
  @Test func aFightSlowsDownAndCalmsDown() {
    var pace = WritePace()
    var now = Self.now
    var gaps: [Int64] = []
    for _ in 0..<8 {
      if let next = pace.next(after: now) {
        gaps.append((next - now).components.seconds)
        now = next
      } else {
        gaps.append(0)
      }
      pace.hasWritten(at: now)
    }
    #expect(gaps == [0, 1, 2, 4, 8, 16, 30, 30])
    now = now + .seconds(100)
    #expect(pace.next(after: now) == nil)
    pace.hasWritten(at: now)
    #expect(pace.next(after: now) == now + .seconds(1))
  }
}
