internal import Foundation
internal import Polling
internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

@Suite struct TLSTests {
  private struct Case: Sendable, CustomStringConvertible {
    var description: String
    var server = "https://127.0.0.1:PORT"
    var cluster: String
    var user = "token: t"
    var certificate = "server"
    var needsClient = false
    var host = "127.0.0.1"
    /// Part of the error, or nil when the answer comes.
    var refusal: String?
  }

  private static let ca = "certificate-authority: ca.crt"
  private static let client = "client-certificate: client.crt, client-key: client.key"

  @Test(arguments: [
    Case(description: "by address", cluster: ca),
    Case(description: "by name", server: "https://localhost:PORT", cluster: ca),
    Case(description: "by an IPv6 address", server: "https://[::1]:PORT", cluster: ca, host: "::1"),
    Case(description: "another authority", cluster: "certificate-authority: stranger.crt", refusal: "TLS"),
    Case(description: "the system's authorities", cluster: "x: y", refusal: "TLS"),
    Case(description: "another host", cluster: ca, certificate: "elsewhere", refusal: "TLS"),
    Case(
      description: "tls-server-name", cluster: ca + ", tls-server-name: elsewhere.example", certificate: "elsewhere"),
    Case(
      description: "a wrong tls-server-name", cluster: ca + ", tls-server-name: wrong.example",
      certificate: "elsewhere", refusal: "TLS"),
    Case(description: "unchecked", cluster: "insecure-skip-tls-verify: true", certificate: "elsewhere"),
    Case(description: "client certificate", cluster: ca, user: client, needsClient: true),
    Case(description: "no client certificate", cluster: ca, needsClient: true, refusal: "https://127.0.0.1"),
  ])
  private func checksAndProves(test: Case) async throws {
    let certificates = try await TestCertificates.make()
    let server = try await TLSResponder.start(
      host: test.host, certificate: try certificates.folder.read("\(test.certificate).crt"),
      key: try certificates.folder.read("\(test.certificate).key"),
      clientAuthority: test.needsClient ? try certificates.authority : nil, body: Wire.item("a", 1))
    let config = """
      {current-context: m, contexts: [{name: m, context: {cluster: c, user: u}}], users: [{name: u, user: {\(test.user)}}],
      clusters: [{name: c, cluster: {server: "\(test.server.replacing("PORT", with: "\(server.port)"))", \(test.cluster)}}]}
      """
    let access = try ClusterAccess.kubeconfig(text: config, folder: certificates.folder.url.path)
    let client = try KubernetesClient(access, time: SystemTime(), userAgent: "t")
    do throws(KubernetesError) {
      let item: Item = try await client.get(Item.type, namespace: "default", name: "a")
      #expect(item.value == 1 && test.refusal == nil, "\(test)")
    } catch {
      #expect(error.code == .unreachable && error.message.contains(test.refusal ?? "no error"), "\(test): \(error)")
    }
    await client.shutdown()
    try await server.stop()
  }

  @Test func aKeyThatDoesNotFitIsToldBeforeTheFirstRequest() async throws {
    let certificates = try await TestCertificates.make()
    var access = try ClusterAccess(server: "https://127.0.0.1:1")
    access.tls.certificate = Array(try certificates.clientCertificate.utf8)
    for (key, part) in [
      (try certificates.serverKey, "do not make a TLS client"),
      (try certificates.encryptedClientKey, "not an unencrypted private key"), ("x", "not an unencrypted private key"),
    ] {
      access.tls.key = HiddenText(key)
      let error = #expect(throws: KubernetesError.self) {
        try KubernetesClient(access, time: SystemTime(), userAgent: "t")
      }
      #expect(error?.code == .badConfiguration && error?.message.contains(part) == true, "\(error?.message ?? "")")
    }
  }
}
