internal import Foundation
internal import KubernetesAPI
internal import Testing

@testable internal import TestSupport

/// Scenario 9: the certificates of Swell's own servers come, go and change while it runs.
@Suite(.serialized) struct CertificateScenarioTests {
  private static let names = ["swell-metrics-apiserver.swell-system.svc", "swell-webhooks.swell-system.svc"]
  private static let secret = "swell-certificates"

  private func rig() async throws -> ClusterRig {
    let rig = try await ClusterRig.start()
    try rig.deployment("inference", replicas: 1)
    try await rig.stream("inference").deliver(12)
    try await rig.apply(rig.manifest("inference", minimum: "1"))
    return rig
  }

  /// Through the API server, which checks the certificate against the caBundle.
  private func isServed(_ rig: ClusterRig) async -> Bool {
    let answer = try? await rig.cluster.request(
      "GET", rig.metricPath("s0-redis-streams-inference", of: "inference"))
    let service = try? rig.objects.get("apiservices", "v1beta1.external.metrics.k8s.io")
    let isAvailable = service?["status", "conditions"]?.items?.contains {
      $0["type"] == "Available" && $0["status"] == "True"
    }
    return answer?["items"]?[0]?["value"] == "12" && isAvailable ?? false
  }

  /// Whom the API server trusts: for metrics, and for every webhook.
  private func bundles(_ rig: ClusterRig) throws -> Set<String> {
    let service = try rig.objects.get("apiservices", "v1beta1.external.metrics.k8s.io")
    let hooks = try rig.objects.get("validatingwebhookconfigurations", "swell-admission")
    let texts =
      [service?["spec", "caBundle"]?.text]
      + (hooks?["webhooks"]?.items ?? []).map { $0["clientConfig", "caBundle"]?.text }
    return Set(texts.map { text in text.map { String(decoding: Base64Text.bytes($0) ?? [], as: UTF8.self) } ?? "none" })
  }

  /// What is in the certificate's Secret.
  private func data(_ rig: ClusterRig) throws -> [String: String] {
    let secret = try rig.objects.get("secrets", Self.secret, in: "swell-system")
    return (secret?["data"]?.strings ?? [:]).mapValues { String(decoding: Base64Text.bytes($0) ?? [], as: UTF8.self) }
  }

  @Test func swellsOwnCertificateIsKept() async throws {
    let rig = try await rig()
    let swell = try await rig.swell()
    try await swell.waitUntil("metrics are served through the API server") { await isServed(rig) }
    let first = try data(rig)
    let authority = try #require(first["ca.crt"])
    #expect(try bundles(rig) == [authority])

    // Lost: it comes back, and nobody notices.
    try rig.objects.delete("secrets", Self.secret, in: "swell-system")
    try await swell.waitUntil("the Secret is back") { try data(rig) == first }
    #expect(await isServed(rig))

    // Somebody overwrites whom to trust.
    let wrong = JSONValue.string(Base64Text.text(Array(try TestAuthority(commonName: "wrong").certificatePEM.utf8)))
    try rig.objects.change("apiservices", "v1beta1.external.metrics.k8s.io") {
      $0["spec", "caBundle"] = wrong
    }
    try rig.objects.change("validatingwebhookconfigurations", "swell-admission") { object in
      object["webhooks"] = .array(
        (object["webhooks"]?.items ?? []).map { hook in
          var hook = hook
          hook["clientConfig", "caBundle"] = wrong
          return hook
        })
    }
    try await swell.waitUntil("it is put right") { try bundles(rig) == [authority] ? await isServed(rig) : false }

    // Rotated by somebody else: in use without a restart.
    let other = try TestAuthority(commonName: "other")
    let identity = try other.issue(commonName: Self.names[0], names: Self.names, purpose: .server)
    try rig.objects.change("secrets", Self.secret, in: "swell-system") { object in
      object["data"] = .object(
        ["ca.crt": other.certificatePEM, "tls.crt": identity.certificatePEM, "tls.key": identity.keyPEM].mapValues {
          .string(Base64Text.text(Array($0.utf8)))
        })
    }
    try await swell.waitUntil("the other certificate is in use") {
      try bundles(rig) == [other.certificatePEM] ? await isServed(rig) : false
    }
    // Registered for somebody else, and then for nobody: left alone, and the log says so.
    try rig.objects.change("apiservices", "v1beta1.external.metrics.k8s.io") {
      $0["spec", "service", "namespace"] = "keda"
    }
    try await swell.waitUntil("it tells of the other Service") { swell.log.contains("caBundle is left alone") }
    try rig.objects.delete("apiservices", "v1beta1.external.metrics.k8s.io")
    try await swell.waitUntil("it tells that the APIService is missing") {
      swell.log.contains(/is missing: .* kind=APIService name=v1beta1.external.metrics.k8s.io/)
    }
    #expect(swell.log.components(separatedBy: "starts").count == 2, "it was never restarted")
    #expect(!swell.log.contains("PRIVATE KEY"))
    await swell.stop()
    await rig.stop()
  }

  @Test func certificatesGivenByFilesAreReadAgain() async throws {
    let rig = try await rig()
    let folder = try TemporaryFolder("swell-served")
    func write(_ authority: TestAuthority) throws {
      let identity = try authority.issue(commonName: Self.names[0], names: Self.names, purpose: .server)
      try folder.write(authority.certificatePEM, to: "ca.crt")
      try folder.write(identity.certificatePEM, to: "tls.crt")
      try folder.write(identity.keyPEM, to: "tls.key")
    }
    let (first, second) = (try TestAuthority(commonName: "first"), try TestAuthority(commonName: "second"))
    try write(first)
    let swell = try await rig.swell(["--leader-elect", "false", "--cert-dir", folder.url.path])
    try await swell.waitUntil("metrics are served through the API server") {
      try bundles(rig) == [first.certificatePEM] ? await isServed(rig) : false
    }
    try write(second)
    try await swell.waitUntil("the second certificate is in use") {
      try bundles(rig) == [second.certificatePEM] ? await isServed(rig) : false
    }
    // Half of a pair changes nothing.
    try folder.write("-----BEGIN CERTIFICATE-----\n", to: "tls.crt")
    try await swell.waitUntil("it says so") { swell.log.contains("a certificate file cannot be used") }
    #expect(await isServed(rig))
    #expect(try rig.objects.get("secrets", Self.secret, in: "swell-system") == nil)
    await swell.stop()
    await rig.stop()
  }

  @Test func brokenObjectsAreRefusedByTheWebhook() async throws {
    let rig = try await ClusterRig.start(hpaPeriod: nil)
    let leader = try await rig.replica("leader")
    try await leader.waitUntilItLeads()
    let follower = try await rig.replica("follower")
    // Every replica answers.
    try rig.serve(from: follower)
    try rig.deployment("inference", replicas: 0)
    try await rig.makeStreams("inference")
    let files = try TemporaryFolder("swell-manifests")
    func apply(_ yaml: String) async throws -> String {
      try await rig.kubectl("apply", "-f", try files.write(yaml, to: "\(UUID().uuidString).yaml"))
    }
    let good = rig.manifest("inference")
    // As kubectl shows what the webhook says.
    func isRefused(_ output: String) -> Bool {
      output.contains("The request is invalid") || output.contains("denied the request")
    }
    var first = ""
    do {
      try await follower.waitUntil("the webhook is asked") {
        first = try await apply(good.replacing("pendingEntriesCount: \"10\"", with: "pendingEntriesCount: \"ten\""))
        // Until then it comes in, and must go.
        if !isRefused(first) { try await rig.delete("inference") }
        return isRefused(first)
      }
    } catch {
      throw Unexpected("\(error)\n\(first)")
    }
    try await follower.waitUntil("none of them is there") { try rig.scaledObject("inference") == nil }
    for (wrong, told) in [
      (good.replacing("pendingEntriesCount: \"10\"", with: "pendingEntriesCount: \"ten\""), "pendingEntriesCount"),
      (good.replacing("type: redis-streams", with: "type: redis-stream"), "redis-streams"),
      (good.replacing("stream: inference", with: "straem: inference"), "stream"),
    ] {
      let output = try await apply(wrong)
      #expect(isRefused(output) && output.contains(told), "\(output)")
      #expect(try rig.scaledObject("inference") == nil)
    }
    #expect(try await apply(good).contains("created"))
    try await follower.waitUntil("it works") { try rig.condition("Ready", of: "inference") == "True ScaledObjectReady" }
    // The same workload for a second one.
    let second = good.replacing("  name: inference\n  namespace", with: "  name: second\n  namespace")
    let output = try await apply(second)
    #expect(isRefused(output) && output.contains("inference"), "\(output)")
    await follower.stop()
    await leader.stop()
    await rig.stop()
  }
}
