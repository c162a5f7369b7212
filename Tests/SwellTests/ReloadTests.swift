internal import Foundation
internal import TestSupport
internal import Testing

/// `swell local` follows its files.
@Suite struct ReloadTests {
  private static let file = "orders.yaml"

  private static func stream(_ pending: Int, password: String? = nil, name: String = "orders") async throws
    -> RedisStream
  {
    let stream = RedisStream(server: try await RedisServer.start { $0.password = password }, stream: name)
    try await stream.deliver(pending)
    return stream
  }

  @Test func invalidEditKeepsTheLastGoodVersion() async throws {
    let redis = try await Self.stream(20)
    let manifests = try Manifests()
    // As long as a name may be.
    let name = "orders-" + String(repeating: "x", count: 56)
    let short = "advanced: {horizontalPodAutoscalerConfig: {name: orders}}"
    try manifests.write(Manifest.redis(name, address: redis.server.address, spec: [short]), to: Self.file)
    let swell = try await LocalSwell.start(manifests.path)
    try await swell.waitForDecision("4 replicas") { $0.desiredReplicas == 4 }

    let wrong: [(String, String, says: String)] = [
      ("pendingEntriesCount: \"5\"", "pendingEntriesCount: \"five\"", "metadata.pendingEntriesCount: \"five\""),
      ("maxReplicaCount: 10", "maxReplicaCount: ten", "spec.maxReplicaCount: must be a whole number"),
      ("spec:", "spec: [", "cannot be read as YAML"),
    ]
    for (right, edit, text) in wrong {
      try manifests.edit(Self.file, replacing: right, with: edit)
      try await swell.waitForRemark(text)
      let remark = try #require(swell.remarks.split(separator: "\n").first { $0.contains(text) })
      #expect(remark.contains(Self.file) && remark.contains("last good version"), "\(remark)")
      // It goes on with the version before: a new poll still asks for 4.
      let count = try swell.decisions().count
      let next = try await swell.waitForDecision("a further poll", after: count, \.isLoop)
      #expect(next.desiredReplicas == 4 && next.triggers.map(\.value) == [20])
      #expect(try await swell.get("redis_stream_length", in: "shop").status == 200)
      try manifests.edit(Self.file, replacing: edit, with: right)
    }

    try manifests.edit(Self.file, replacing: "pendingEntriesCount: \"5\"", with: "pendingEntriesCount: \"2\"")
    let fixed = try await swell.waitForDecision("the new target", within: .seconds(5)) { $0.desiredReplicas == 10 }
    #expect(fixed.triggers.map(\.target) == ["2"])
    await swell.stop()
  }

  /// An object of a file that goes, of a document that goes, and one that comes.
  @Test func objectsComeAndGoWithTheirManifests() async throws {
    let redis = try await Self.stream(20)
    let manifests = try Manifests()
    for name in ["a", "b"] {
      try manifests.write(Manifest.redis(name, address: redis.server.address), to: name + ".yaml")
    }
    let swell = try await LocalSwell.start(manifests.path)
    for name in ["a", "b"] { try await swell.waitForDecision("\(name) decided", of: name) { $0.desiredReplicas == 4 } }
    let list = try await swell.get("redis_stream_length", in: "shop").decoded(as: ExternalMetricValueList.self)
    #expect(list.items.map { $0.metricLabels?["scaledObjectName"] } == ["a", "b"])

    try manifests.remove("a.yaml")
    try await swell.waitForRemark("shop/a: gone from")
    #expect(try await swell.object("a", in: "shop") == nil)
    #expect(try await swell.object("b", in: "shop") != nil)
    let count = try swell.decisions().count

    try manifests.write(
      Manifest.redis("c", address: redis.server.address, target: "\"4\"") + "---\n"
        + Manifest.redis("d", address: redis.server.address, target: "\"20\""), to: "more.yaml")
    try await swell.waitForDecision("c decided", of: "c", within: .seconds(5)) { $0.desiredReplicas == 5 }
    try await swell.waitForDecision("d decided", of: "d", within: .seconds(5)) { $0.desiredReplicas == 1 }
    try manifests.write(Manifest.redis("d", address: redis.server.address, target: "\"20\""), to: "more.yaml")
    try await swell.waitForRemark("shop/c: gone from")
    #expect(try swell.decisions("a").allSatisfy { line in try swell.decisions().prefix(count + 1).contains(line) })
    await swell.stop()
  }

  /// A path of the command line that is not there for a while says nothing about what was read from it.
  @Test func pathThatIsGoneKeepsItsObjects() async throws {
    let redis = try await Self.stream(20)
    let manifests = try Manifests()
    let text = Manifest.redis("orders", address: redis.server.address)
    try manifests.write(text, to: Self.file)
    let swell = try await LocalSwell.start(manifests.folder.path(Self.file))
    try await swell.waitForDecision("4 replicas") { $0.desiredReplicas == 4 }
    try manifests.remove(Self.file)
    try await swell.waitForRemark("\(Self.file) does not exist")
    let count = try swell.decisions().count
    let next = try await swell.waitForDecision("a further poll", after: count, \.isLoop)
    #expect(next.desiredReplicas == 4 && !swell.remarks.contains("gone from"))
    try manifests.write(text.replacingOccurrences(of: "\"5\"", with: "\"10\""), to: Self.file)
    try await swell.waitForDecision("the file that is back", after: count) { $0.desiredReplicas == 2 }
    await swell.stop()
  }

  /// A password that changes on the server and in its Secret: a failed reading or two, then values again.
  @Test func changedPasswordIsPickedUp() async throws {
    let redis = try await Self.stream(20, password: "first-password")
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("orders", address: redis.server.address, authentication: "auth"), to: Self.file)
    try manifests.write(Manifest.password("first-password", as: "auth"), to: "secret.yaml")
    let swell = try await LocalSwell.start(manifests.path)
    try await swell.waitForDecision("4 replicas") { $0.desiredReplicas == 4 }

    try await redis.server.run([
      ["CONFIG", "SET", "requirepass", "second-password"], ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"],
    ])
    var count = try swell.decisions().count
    let refused = try await swell.waitForDecision("the old password is refused", after: count) {
      $0.triggers[0].value == nil
    }
    #expect(refused.triggers[0].unknown?.contains("password") == true, "\(refused.triggers)")
    #expect(refused.currentReplicas > 0 && refused.scaledTo == nil)
    // Not before the back-off after the refusals has grown: a new password is tried at once all the same.
    try await swell.waitForDecision("refused three times", after: count) {
      $0.triggers[0].value == nil && $0.time > refused.time
    }

    let edited = Date().timeIntervalSince1970
    try manifests.write(Manifest.password("second-password", as: "auth"), to: "secret.yaml")
    count = try swell.decisions().count
    let again = try await swell.waitForDecision("the new password", after: count) { $0.triggers[0].value == 20 }
    let seconds = try again.seconds - edited
    #expect(seconds < 3.5, "picked up after \(seconds) s, with a poll each second")
    for password in ["first-password", "second-password"] {
      #expect(!swell.run.output.contains(password) && !swell.remarks.contains(password))
    }
    await swell.stop()
  }

  /// What is wrong at the start is said at the start, and what is right runs.
  @Test func wrongObjectsDoNotKeepTheOthersFromRunning() async throws {
    let redis = try await Self.stream(20)
    let manifests = try Manifests()
    try manifests.write(Manifest.redis("good", address: redis.server.address), to: "good.yaml")
    for (index, bad) in BadManifestTests.cases.enumerated() {
      let text = bad.text.replacingOccurrences(of: "namespace: shop", with: "namespace: shop-\(index)")
      try manifests.write(text, to: "bad-\(index).yaml")
    }
    let swell = try await LocalSwell.start(manifests.path)
    try await swell.waitForDecision("the good one", of: "good") { $0.desiredReplicas == 4 }
    for (index, bad) in BadManifestTests.cases.enumerated() {
      try await swell.waitForRemark("bad-\(index).yaml")
      let remarks = swell.remarks.split(separator: "\n").filter { $0.contains("bad-\(index).yaml") }
      let remark = try #require(remarks.first, "\(bad.name)")
      #expect(
        (bad.field.isEmpty || remark.contains(bad.field)) && remark.utf8.count < 1_000,
        "\(bad.name): \(remark.prefix(1_000))")
      for text in bad.says where bad.name != "object twice" {
        #expect(remark.contains(text), "\(bad.name): \(remark.prefix(1_000))")
      }
    }
    await swell.stop()
  }
}
