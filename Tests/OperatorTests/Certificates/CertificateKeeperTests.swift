internal import Certificates
internal import Foundation
internal import HTTPServing
internal import KubernetesAPI
internal import TestSupport
internal import Testing

@testable import Operator

@Suite(.serialized) struct CertificateKeeperTests {
  /// Runs replicas until the body ends.
  static func with(
    _ rig: KeeperRig, _ replicas: [Replica], _ body: () async throws -> Void
  ) async throws {
    do {
      try await body()
    } catch {
      for replica in replicas { await replica.stop() }
      await rig.server.stop()
      Issue.record("\(rig.logs.all.joined(separator: "\n"))")
      throw error
    }
    for replica in replicas { await replica.stop() }
    // Whatever happened: no key was printed.
    for line in rig.logs.all { #expect(!line.contains("PRIVATE KEY"), "\(line)") }
    if let secret = try rig.secret, let key = secret.value(forKey: "ca.key")?.split(separator: "\n").dropFirst().first {
      #expect(!rig.logs.all.contains { $0.contains(key) })
    }
    await rig.server.stop()
  }

  @Test func whoeverComesFirstMakesTheSecretAndAllServeTheSame() async throws {
    let rig = try await KeeperRig.start()
    let replicas = try (0..<4).map { _ in try rig.replica(isLeader: false) }
    try await Self.with(rig, replicas) {
      for replica in replicas {
        let identity = try #require(await replica.keeper.identity.wait())
        #expect(identity.certificatePEM == (try rig.certificates().serving.certificatePEM))
      }
      let secret = try #require(try rig.secret)
      #expect(secret.type == "Opaque")
      #expect(try rig.certificates().serving.covers(KeeperRig.names))
      // Nobody leads: nothing else is written.
      let end = rig.server.requests.count
      try await eventually("requests have been answered") { rig.server.requests.hasAnswered(to: end) }
      #expect(rig.server.requests.writes() == ["secrets": 1])
    }
  }

  @Test func theLeaderTellsWhomToTrustAndOthersDoNot() async throws {
    let rig = try await KeeperRig.start()
    let replicas = [try rig.replica(isLeader: false), try rig.replica(isLeader: false)]
    try await Self.with(rig, replicas) {
      for replica in replicas { _ = await replica.keeper.identity.wait() }
      #expect(try rig.bundles() == [nil, nil, nil])
      replicas[0].lead(true)
      try await eventually("all bundles are right") { try rig.isPublished() }
      let service = try rig.server.objects.get("apiservices", KeeperRig.apiService)
      #expect(service?["spec"]?["insecureSkipTLSVerify"]?.bool != true)
      #expect(service?["spec"]?["service"]?["name"]?.string == "swell")
      let webhooks = try rig.server.objects.get("validatingwebhookconfigurations", KeeperRig.webhooks)
      #expect(webhooks?["webhooks"]?.array?.first?["failurePolicy"]?.string == "Ignore")

      // Time passes, and nothing is to be done.
      rig.time.jump(seconds: 100)
      for replica in replicas { replica.keeper.leadershipChanged() }

      // Somebody takes a bundle away.
      try rig.server.objects.change("apiservices", KeeperRig.apiService) { $0["spec", "caBundle"] = nil }
      try await eventually("the APIService is right again") { try rig.isPublished() }
      rig.time.jump(seconds: 100)
      for replica in replicas { replica.keeper.leadershipChanged() }
      try rig.server.objects.change("validatingwebhookconfigurations", KeeperRig.webhooks) { object in
        var entries = object["webhooks"]?.items ?? []
        if !entries.isEmpty { entries[0]["clientConfig", "caBundle"] = "Cg==" }
        object["webhooks"] = .array(entries)
      }
      try await eventually("the webhooks are right again") { try rig.isPublished() }
      // Nothing was written that was right already; once more, where the time has jumped before the watch had told.
      try await eventually("two or three writes of each, and one of the Secret") {
        let writes = rig.server.requests.writes()
        return writes.count == 3 && writes["secrets"] == 1
          && writes.filter { $0.key != "secrets" }.values
            .allSatisfy { (2...3).contains($0) }
      }
    }
  }

  @Test func objectsThatComeLaterGetTheirBundle() async throws {
    let rig = try await KeeperRig.start(withTargets: false)
    let replica = try rig.replica(isLeader: true)
    try await Self.with(rig, [replica]) {
      _ = await replica.keeper.identity.wait()
      #expect(try rig.server.objects.get("apiservices", KeeperRig.apiService) == nil)
      try await rig.makeTargets()
      try await eventually("both have the bundle") { try rig.isPublished() }
    }
  }

  @Test func aRenewalReachesEveryReplica() async throws {
    let rig = try await KeeperRig.start()
    let replicas = [try rig.replica(isLeader: true), try rig.replica(isLeader: false)]
    try await Self.with(rig, replicas) {
      try await eventually("all bundles are right") { try rig.isPublished() }
      let before = try rig.certificates()
      // The first write meets a conflict.
      rig.server.faults.add(Fault(.conflict, count: 1) { $0.resource == "secrets" && $0.verb == "update" })
      rig.time.jump(days: 280)
      for replica in replicas { replica.keeper.leadershipChanged() }
      try await eventually("a new certificate is there") {
        try rig.certificates().serving.certificatePEM != before.serving.certificatePEM
      }
      let after = try rig.certificates()
      #expect(after.bundlePEM == before.bundlePEM)
      for replica in replicas {
        try await eventually("both have loaded it") {
          replica.loaded == [before.serving.certificatePEM, after.serving.certificatePEM]
        }
      }
      #expect(try rig.isPublished())
    }
  }

  @Test func anAuthorityIsReplacedWithoutAMomentOfDistrust() async throws {
    let rig = try await KeeperRig.start()
    let replicas = [try rig.replica(isLeader: true), try rig.replica(isLeader: false)]
    try await Self.with(rig, replicas) {
      try await eventually("all bundles are right") { try rig.isPublished() }
      // The eve of the day on which the authority is due, with a fresh certificate.
      let first = try rig.certificates().serving.certificatePEM
      rig.time.jump(days: 3194)
      for replica in replicas { replica.keeper.leadershipChanged() }
      try await eventually("a certificate of that day") {
        try rig.certificates().serving.certificatePEM != first && replicas.allSatisfy { $0.loaded.count == 2 }
      }
      let old = try rig.certificates()
      let oldBundle = try #require(PEMBundle(old.bundlePEM))
      let start = rig.server.requests.count
      rig.time.jump(days: 2)
      for replica in replicas { replica.keeper.leadershipChanged() }
      try await eventually("the new authority signs", within: .seconds(30)) {
        let now = try rig.certificates()
        let bundle = try #require(PEMBundle(now.bundlePEM))
        if now.serving.certificatePEM == old.serving.certificatePEM { return false }
        // The new certificate was not there before everybody had both authorities.
        #expect(bundle.isSuperset(of: oldBundle) && bundle != oldBundle)
        #expect(now.serving.isSigned(by: now.authority))
        return true
      }
      for bundle in try rig.bundles() { #expect(bundle?.isSuperset(of: oldBundle) == true) }
      let end = rig.server.requests.count
      try await eventually("requests have been answered") { rig.server.requests.hasAnswered(to: end) }
      let order = rig.server.requests.entries(from: start).filter { $0.isWrite && (200..<300).contains($0.status) }
      #expect(
        order.map(\.resource) == [
          "secrets", "apiservices.apiregistration.k8s.io",
          "validatingwebhookconfigurations.admissionregistration.k8s.io", "secrets",
        ])

      rig.time.jump(seconds: 3700)
      for replica in replicas { replica.keeper.leadershipChanged() }
      try await eventually("the old authority is gone everywhere", within: .seconds(30)) {
        let bundle = try #require(PEMBundle(rig.certificates().bundlePEM))
        return try !bundle.isSuperset(of: oldBundle) && rig.isPublished()
      }
    }
  }

  @Test func aLostSecretIsRestoredAsItWas() async throws {
    let rig = try await KeeperRig.start()
    let replicas = [try rig.replica(isLeader: true), try rig.replica(isLeader: false)]
    try await Self.with(rig, replicas) {
      for replica in replicas { _ = await replica.keeper.identity.wait() }
      let before = try rig.certificates()
      try rig.server.objects.delete("secrets", "swell-certificates", in: KeeperRig.namespace)
      try await eventually("the Secret is back") { try rig.secret != nil }
      #expect(try rig.certificates().serving.certificatePEM == before.serving.certificatePEM)
      for replica in replicas { #expect(replica.loaded.count == 1) }
    }
  }

  @Test func aBrokenSecretIsRepairedByTheLeaderAlone() async throws {
    let rig = try await KeeperRig.start()
    try rig.server.objects.put([
      "apiVersion": "v1", "kind": "Secret",
      "metadata": ["name": "swell-certificates", "namespace": .string(KeeperRig.namespace)],
      "data": ["ca.crt": "bm9uc2Vuc2U=", "ca.key": "bm9uc2Vuc2U=", "tls.crt": "", "more": "bW9yZQ=="],
    ])
    let replica = try rig.replica(isLeader: false)
    try await Self.with(rig, [replica]) {
      // Nothing to serve yet: even without a leader it is repaired.
      let identity = try #require(await replica.keeper.identity.wait())
      #expect(try rig.secret?.value(forKey: "more") == "more")
      try rig.server.objects.change("secrets", "swell-certificates", in: KeeperRig.namespace) {
        $0["data", "tls.key"] = "bm9uc2Vuc2U="
      }
      try await eventually("it is told") {
        rig.logs.all.contains { $0.contains("cannot be read") && $0.contains("tls.key") }
      }
      #expect(try rig.secret?.value(forKey: "tls.key") == "nonsense")
      replica.lead(true)
      try await eventually("the leader repairs it") { try rig.secret?.value(forKey: "tls.key") != "nonsense" }
      #expect(try rig.certificates().serving.certificatePEM == identity.certificatePEM)
    }
  }

  @Test func aSecretThatSomebodyElseFillsIsServedAndLeftAlone() async throws {
    let rig = try await KeeperRig.start()
    let theirs = try CertificateSet.make(names: KeeperRig.names, now: rig.time.now())
    var secret = try CertificateSecret.new(
      name: "swell-certificates", namespace: KeeperRig.namespace, holding: theirs)
    secret.data?["ca.key"] = nil
    try rig.server.objects.put(JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(secret)))
    let replica = try rig.replica(isLeader: true)
    try await Self.with(rig, [replica]) {
      #expect(await replica.keeper.identity.wait()?.certificatePEM == theirs.serving.certificatePEM)
      let bundle = PEMBundle(theirs.bundlePEM)
      try await eventually("their authority is told") { try rig.bundles() == [bundle, bundle, bundle] }
      #expect(rig.server.requests.writes()["secrets"] == nil)
    }
  }

  @Test func withoutRightsTheAdviceIsLogged() async throws {
    let rig = try await KeeperRig.start()
    let user = TestUser(
      "reader", rules: [TestUser.Rule(verbs: ["get", "list", "watch"], groups: ["*"], resources: ["*"])])
    let replica = try rig.replica(isLeader: true, user: user)
    try await Self.with(rig, [replica]) {
      try await eventually("the refusal is told with advice") {
        rig.logs.all.contains { $0.contains("allow verb create on this Secret") }
      }
      #expect(replica.loaded.isEmpty)
    }
  }
}
