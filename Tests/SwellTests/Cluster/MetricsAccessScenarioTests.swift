internal import Foundation
internal import KubernetesAPI
internal import Testing

@testable internal import TestSupport

/// Scenario 9: who may read metrics.
@Suite(.serialized) struct MetricsAccessScenarioTests {
  private static let path = LocalSwell.path("s0-redis-streams-inference", in: "shop", of: "inference")
  private static let nobody = TestUser.serviceAccount("shop", "nobody")
  private static let autoscaler = TestUser.serviceAccount("kube-system", "horizontal-pod-autoscaler")

  /// A caller and the status that it gets.
  private struct Caller {
    var who: String
    var status: Int
    var arguments: [String]
    /// Must be in no answer and in no log.
    var secret = "no secret"
  }

  private func start() async throws -> (ClusterRig, ClusterSwell) {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try rig.deployment("inference", replicas: 1)
    try await rig.stream("inference").deliver(4_711)
    try await rig.apply(rig.manifest("inference", minimum: "1"))
    let proxy = try FrontProxy(of: rig)
    try await swell.waitUntil("metrics are served") { try await proxy.get(swell, Self.path).status == 200 }
    return (rig, swell)
  }

  @Test func onlyThoseWithTheRightReadMetrics() async throws {
    let (rig, swell) = try await start()
    let server = rig.server
    let stranger = try TestAuthority(commonName: "kubernetes")
    let strangeCaller = try FrontProxy(stranger.issue(commonName: Self.autoscaler.name, purpose: .client))
    let strangeProxy = try FrontProxy(stranger.issue(commonName: "front-proxy-client", purpose: .client))
    let otherOfProxy = try FrontProxy(server.proxyAuthority.issue(commonName: "somebody", purpose: .client))
    let client = try FrontProxy(server.clientCertificate(for: Self.nobody))
    let late = try FrontProxy(server.clientCertificate(for: .admin, validFor: .seconds(-60)))
    let admin = try FrontProxy(server.clientCertificate(for: .admin))
    let proxy = try FrontProxy(of: rig)
    let spoofed = ["-H", "X-Remote-User: \(Self.autoscaler.name)", "-H", "X-Remote-Group: system:masters"]
    func bearer(_ token: String) -> [String] { ["-H", "Authorization: Bearer \(token)"] }
    let unprivileged = server.token(for: Self.nobody)
    let expired = server.token(for: Self.autoscaler, validFor: .seconds(-1))
    let revoked = server.token(for: Self.autoscaler)
    server.revoke(token: revoked)
    let valid = server.token(for: Self.autoscaler)
    let callers = [
      Caller(who: "no credentials", status: 401, arguments: []),
      Caller(who: "a certificate of a wrong authority", status: 401, arguments: strangeCaller.certificate),
      Caller(who: "a certificate that is over", status: 401, arguments: late.certificate),
      Caller(who: "X-Remote-User without a certificate", status: 401, arguments: spoofed),
      Caller(who: "a proxy of a wrong authority", status: 401, arguments: strangeProxy.certificate + spoofed),
      Caller(
        who: "another client of the proxy's authority", status: 401, arguments: otherOfProxy.certificate + spoofed),
      Caller(who: "X-Remote-User with a client's certificate", status: 403, arguments: client.certificate + spoofed),
      Caller(who: "a client without rights", status: 403, arguments: client.certificate),
      Caller(
        who: "the proxy for somebody without rights", status: 403,
        arguments: proxy.certificate + ["-H", "X-Remote-User: \(Self.nobody.name)"]),
      Caller(who: "a token without rights", status: 403, arguments: bearer(unprivileged), secret: unprivileged),
      Caller(who: "a token that is over", status: 401, arguments: bearer(expired), secret: expired),
      Caller(who: "a token that was revoked", status: 401, arguments: bearer(revoked), secret: revoked),
      Caller(who: "an unknown token", status: 401, arguments: bearer("guessed-token"), secret: "guessed-token"),
      Caller(
        who: "an unknown token and X-Remote-User", status: 401, arguments: bearer("guessed-token") + spoofed,
        secret: "guessed-token"),
      Caller(who: "the HPA controller's token", status: 200, arguments: bearer(valid), secret: valid),
      Caller(
        who: "the proxy for the HPA controller", status: 200,
        arguments: proxy.certificate + ["-H", "X-Remote-User: \(Self.autoscaler.name)"]),
      Caller(who: "an administrator's certificate", status: 200, arguments: admin.certificate),
    ]
    for caller in callers {
      let reply = try await CurlReply.get(swell.api + Self.path, caller.arguments)
      #expect(reply.status == caller.status, "\(caller.who): \(reply)")
      #expect(!reply.body.contains(caller.secret) && !swell.log.contains(caller.secret), "\(caller.who)")
      if caller.status == 200 {
        #expect(reply.body.contains("\"value\":\"4711\""), "\(caller.who): \(reply)")
        continue
      }
      let status = try JSONText.parse(Array(reply.body.utf8))
      #expect(status["kind"] == "Status" && status["code"]?.int == Int64(caller.status), "\(caller.who): \(reply)")
      for told in ["4711", "127.0.0.1", "redis:", "ExternalMetricValue"] {
        #expect(!reply.body.contains(told), "\(caller.who): \(reply)")
      }
    }
    // A metric that there is not looks the same to those who may not read it.
    let missing = LocalSwell.path("s0-nothing", in: "shop", of: "inference")
    #expect(try await CurlReply.get(swell.api + missing, bearer(unprivileged)).status == 403)
    #expect(try await CurlReply.get(swell.api + missing).status == 401)
    #expect(try await CurlReply.get(swell.api + missing, bearer(valid)).status == 404)
    await swell.stop()
    await rig.stop()
  }

  @Test func authoritiesOfTheClusterRotateWhileItRuns() async throws {
    let (rig, swell) = try await start()
    let server = rig.server
    let newProxyAuthority = try TestAuthority(commonName: "kubernetes-front-proxy-ca")
    let newAuthority = try TestAuthority(commonName: "kubernetes")
    let (oldProxy, newProxy) = (
      try FrontProxy(of: rig),
      try FrontProxy(newProxyAuthority.issue(commonName: "front-proxy-client", purpose: .client))
    )
    let newClient = try FrontProxy(
      newAuthority.issue(commonName: "kubernetes-admin", organizations: ["system:masters"], purpose: .client))
    func client() async throws -> Int {
      try await CurlReply.get(swell.api + Self.path, newClient.certificate).status
    }
    func trust(_ proxies: String, _ clients: String) throws {
      try server.objects.change("configmaps", "extension-apiserver-authentication", in: "kube-system") { object in
        object["data", "requestheader-client-ca-file"] = .string(proxies)
        object["data", "client-ca-file"] = .string(clients)
      }
    }
    #expect(try await newProxy.get(swell, Self.path).status == 401)
    #expect(try await client() == 401)
    try trust(
      server.frontProxyAuthorityPEM + newProxyAuthority.certificatePEM, server.caPEM + newAuthority.certificatePEM)
    try await swell.waitUntil("both proxies are known") {
      let (old, new) = (try await oldProxy.get(swell, Self.path), try await newProxy.get(swell, Self.path))
      return old.status == 200 && new.status == 200 ? try await client() == 200 : false
    }
    try trust(newProxyAuthority.certificatePEM, newAuthority.certificatePEM)
    try await swell.waitUntil("only the new one is known") {
      let (old, new) = (try await oldProxy.get(swell, Self.path), try await newProxy.get(swell, Self.path))
      return old.status == 401 && new.status == 200
    }
    // Settings that cannot be used leave those before in force.
    try trust("no certificate", newAuthority.certificatePEM)
    try await swell.waitUntil("it says so") { swell.log.contains("requestheader-client-ca-file") }
    #expect(try await newProxy.get(swell, Self.path).status == 200)
    #expect(try await client() == 200)
    await swell.stop()
    await rig.stop()
  }

  @Test func aReplicaThatDoesNotLeadReadsWhenItIsAsked() async throws {
    let rig = try await ClusterRig.start(hpaPeriod: nil)
    let leader = try await rig.replica("leader")
    try await leader.waitUntilItLeads()
    let follower = try await rig.replica("follower")
    try rig.deployment("inference", replicas: 1)
    try await rig.stream("inference").deliver(7)
    try await rig.apply(
      rig.manifest("inference", minimum: "1").replacing("pollingInterval: 1\n", with: "pollingInterval: 300\n"))
    let proxy = try FrontProxy(of: rig)
    func value() async throws -> String {
      let reply = try await proxy.get(follower, Self.path)
      guard reply.status == 200 else { return "\(reply.status)" }
      return try JSONText.parse(Array(reply.body.utf8))["items"]?[0]?["value"]?.text ?? reply.body
    }
    try await follower.waitUntil("it answers") { try await value() == "7" }
    #expect(await follower.isReady)
    try await rig.stream("inference").deliver(5)
    try await follower.waitUntil("it reads anew, long before the next poll") { try await value() == "12" }
    #expect(rig.leader == "leader")
    #expect(rig.writes(of: "follower", withLeases: true).map(\.line) == [])
    await follower.stop()
    await leader.stop()
    await rig.stop()
  }
}
