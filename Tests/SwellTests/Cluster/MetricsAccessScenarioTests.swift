internal import Foundation
internal import KubernetesAPI
internal import Testing

@testable internal import TestSupport

/// Scenario 9: who may read metrics.
@Suite(.serialized) struct MetricsAccessScenarioTests {
  private static let metric = "s0-redis-streams-inference"
  private static let autoscaler = TestUser.serviceAccount("kube-system", "horizontal-pod-autoscaler")

  /// A caller and the status that it gets.
  private struct Caller {
    var who: String
    var status: Int
    /// Whose certificate it shows; its files are there as long as this.
    var login: MetricsCaller?
    var arguments: [String] = []
    /// Must be in no answer and in no log.
    var secret = "no secret"
  }

  private func start() async throws -> (ClusterRig, ClusterSwell) {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try rig.deployment("inference", replicas: 1)
    try await rig.stream("inference").deliver(4_711)
    try await rig.apply(rig.manifest("inference", minimum: "1"))
    let proxy = try await MetricsCaller(of: rig)
    let path = rig.metricPath(Self.metric, of: "inference")
    try await swell.waitUntil("metrics are served") { try await proxy.get(swell, path).status == 200 }
    return (rig, swell)
  }

  @Test func onlyThoseWithTheRightReadMetrics() async throws {
    let (rig, swell) = try await start()
    let path = rig.metricPath(Self.metric, of: "inference")
    let stranger = try TestAuthority(commonName: "kubernetes")
    let strangeCaller = try MetricsCaller(stranger.issue(commonName: Self.autoscaler.name, purpose: .client))
    let strangeProxy = try MetricsCaller(stranger.issue(commonName: "front-proxy-client", purpose: .client))
    let unprivileged = try await rig.cluster.token(serviceAccount: "nobody", in: rig.namespace)
    let valid = try await rig.cluster.token(serviceAccount: "horizontal-pod-autoscaler", in: "kube-system")
    let callers =
      [
        Caller(who: "no credentials", status: 401, arguments: []),
        Caller(who: "a certificate of a wrong authority", status: 401, login: strangeCaller),
        Caller(who: "X-Remote-User without a certificate", status: 401, arguments: Self.spoofed),
        Caller(
          who: "a proxy of a wrong authority", status: 401, login: strangeProxy, arguments: Self.spoofed),
        Caller(
          who: "a token without rights", status: 403, arguments: Self.bearer(unprivileged), secret: unprivileged),
        Caller(
          who: "an unknown token", status: 401, arguments: Self.bearer("guessed-token"), secret: "guessed-token"),
        Caller(
          who: "an unknown token and X-Remote-User", status: 401,
          arguments: Self.bearer("guessed-token") + Self.spoofed, secret: "guessed-token"),
        Caller(who: "the HPA controller's token", status: 200, arguments: Self.bearer(valid), secret: valid),
      ] + (try rig.server.map { try Self.callersOf($0, rig) } ?? [])
    for caller in callers {
      let reply = try await CurlReply.get(swell.api + path, (caller.login?.certificate ?? []) + caller.arguments)
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
    let missing = rig.metricPath("s0-nothing", of: "inference")
    #expect(try await CurlReply.get(swell.api + missing, Self.bearer(unprivileged)).status == 403)
    #expect(try await CurlReply.get(swell.api + missing).status == 401)
    #expect(try await CurlReply.get(swell.api + missing, Self.bearer(valid)).status == 404)
    await swell.stop()
    await rig.stop()
  }

  private static let spoofed = [
    "-H", "X-Remote-User: \(autoscaler.name)", "-H", "X-Remote-Group: system:masters",
  ]

  private static func bearer(_ token: String) -> [String] { ["-H", "Authorization: Bearer \(token)"] }

  /// Those for whom the keys of the cluster's authorities are needed, or a token that is over: nobody has these of an
  /// external cluster.
  private static func callersOf(_ server: TestAPIServer, _ rig: ClusterRig) throws -> [Caller] {
    let nobody = TestUser.serviceAccount(rig.namespace, "nobody")
    let otherOfProxy = try MetricsCaller(server.proxyAuthority.issue(commonName: "somebody", purpose: .client))
    let client = try MetricsCaller(server.clientCertificate(for: nobody))
    let late = try MetricsCaller(server.clientCertificate(for: .admin, validFor: .seconds(-60)))
    let admin = try MetricsCaller(server.clientCertificate(for: .admin))
    let proxy = try MetricsCaller(server.frontProxy)
    let expired = server.token(for: autoscaler, validFor: .seconds(-1))
    let revoked = server.token(for: autoscaler)
    server.revoke(token: revoked)
    return [
      Caller(who: "a certificate that is over", status: 401, login: late),
      Caller(
        who: "another client of the proxy's authority", status: 401, login: otherOfProxy, arguments: spoofed),
      Caller(who: "X-Remote-User with a client's certificate", status: 403, login: client, arguments: spoofed),
      Caller(who: "a client without rights", status: 403, login: client),
      Caller(
        who: "the proxy for somebody without rights", status: 403,
        login: proxy, arguments: ["-H", "X-Remote-User: \(nobody.name)"]),
      Caller(who: "a token that is over", status: 401, arguments: bearer(expired), secret: expired),
      Caller(who: "a token that was revoked", status: 401, arguments: bearer(revoked), secret: revoked),
      Caller(
        who: "the proxy for the HPA controller", status: 200,
        login: proxy, arguments: ["-H", "X-Remote-User: \(autoscaler.name)"]),
      Caller(who: "an administrator's certificate", status: 200, login: admin),
    ]
  }

  @Test(
    .enabled(if: !TestCluster.isExternal, "it needs new authorities for the API server and its front proxy"))
  func authoritiesOfTheClusterRotateWhileItRuns() async throws {
    let (rig, swell) = try await start()
    let path = rig.metricPath(Self.metric, of: "inference")
    let server = try #require(rig.server)
    let newProxyAuthority = try TestAuthority(commonName: "kubernetes-front-proxy-ca")
    let newAuthority = try TestAuthority(commonName: "kubernetes")
    let (oldProxy, newProxy) = (
      try await MetricsCaller(of: rig),
      try MetricsCaller(newProxyAuthority.issue(commonName: "front-proxy-client", purpose: .client))
    )
    let newClient = try MetricsCaller(
      newAuthority.issue(commonName: "kubernetes-admin", organizations: ["system:masters"], purpose: .client))
    func client() async throws -> Int {
      try await CurlReply.get(swell.api + path, newClient.certificate).status
    }
    func trust(_ proxies: String, _ clients: String) throws {
      try server.objects.change("configmaps", "extension-apiserver-authentication", in: "kube-system") { object in
        object["data", "requestheader-client-ca-file"] = .string(proxies)
        object["data", "client-ca-file"] = .string(clients)
      }
    }
    #expect(try await newProxy.get(swell, path).status == 401)
    #expect(try await client() == 401)
    try trust(
      server.frontProxyAuthorityPEM + newProxyAuthority.certificatePEM, server.caPEM + newAuthority.certificatePEM)
    try await swell.waitUntil("both proxies are known") {
      let (old, new) = (try await oldProxy.get(swell, path), try await newProxy.get(swell, path))
      return old.status == 200 && new.status == 200 ? try await client() == 200 : false
    }
    try trust(newProxyAuthority.certificatePEM, newAuthority.certificatePEM)
    try await swell.waitUntil("only the new one is known") {
      let (old, new) = (try await oldProxy.get(swell, path), try await newProxy.get(swell, path))
      return old.status == 401 && new.status == 200
    }
    // Settings that cannot be used leave those before in force.
    try trust("no certificate", newAuthority.certificatePEM)
    try await swell.waitUntil("it says so") { swell.log.contains("requestheader-client-ca-file") }
    #expect(try await newProxy.get(swell, path).status == 200)
    #expect(try await client() == 200)
    await swell.stop()
    await rig.stop()
  }

  @Test func aReplicaThatDoesNotLeadReadsWhenItIsAsked() async throws {
    let rig = try await ClusterRig.start(hpaPeriod: nil)
    let leader = try await rig.replica("leader")
    try await leader.waitUntilItLeads()
    // The certificate is made by whoever comes first.
    try await leader.waitUntilReady()
    let follower = try await rig.replica("follower")
    try rig.deployment("inference", replicas: 1)
    try await rig.stream("inference").deliver(7)
    try await rig.apply(
      rig.manifest("inference", minimum: "1").replacing("pollingInterval: 1\n", with: "pollingInterval: 300\n"))
    let proxy = try await MetricsCaller(of: rig)
    let path = rig.metricPath(Self.metric, of: "inference")
    func value() async throws -> String {
      let reply = try await proxy.get(follower, path)
      guard reply.status == 200 else { return "\(reply.status)" }
      return try JSONText.parse(Array(reply.body.utf8))["items"]?[0]?["value"]?.text ?? reply.body
    }
    try await follower.waitUntil("it answers") { try await value() == "7" }
    #expect(await follower.isReady)
    try await rig.stream("inference").deliver(5)
    try await follower.waitUntil("it reads anew, long before the next poll") { try await value() == "12" }
    #expect(rig.leader == "leader")
    #expect(try await rig.writes(of: "follower", withLeases: true).map(\.line) == [])
    await follower.stop()
    await leader.stop()
    await rig.stop()
  }
}
