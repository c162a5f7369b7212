import ExternalMetricsServer
import HTTPServing
import KubernetesAPI
import TestSupport
import Testing

/// What is remembered of the cluster's answers, and for how long.
@Suite struct AccessCacheTests {
  private static let token = AuthenticationTests.token

  private static func isNow(_ reply: HTTPReply) -> Int? {
    if case .now(let response) = reply { response.status } else { nil }
  }

  @Test func whatIsKnownIsAnsweredAtOnce() async throws {
    let rig = try AccessRig()
    #expect(Self.isNow(try rig.reply(Self.token)) == nil)
    #expect(try await rig.ask(Self.token).status == 200)
    rig.time.advance(by: .milliseconds(9_999))
    #expect(Self.isNow(try rig.reply(Self.token)) == 200)
    #expect(rig.cluster.reviewedTokens == ["good"] && rig.cluster.questions.count == 1)

    rig.time.advance(by: .milliseconds(1))
    #expect(Self.isNow(try rig.reply(Self.token)) == nil)
    #expect(try await rig.ask(Self.token).status == 200)
    #expect(rig.cluster.reviewedTokens == ["good", "good"] && rig.cluster.questions.count == 2)
  }

  @Test func refusalsAreRememberedToo() async throws {
    let rig = try AccessRig()
    for (headers, status) in [([("Authorization", "Bearer stolen")], 401), ([("Authorization", "Bearer poor")], 403)] {
      #expect(try await rig.ask(headers).status == status)
      #expect(Self.isNow(try rig.reply(headers)) == status)
      rig.time.advance(by: .seconds(10))
      #expect(Self.isNow(try rig.reply(headers)) == nil)
    }
  }

  @Test func aTokenThatExpiresIsRefusedInTenSeconds() async throws {
    let rig = try AccessRig()
    #expect(try await rig.ask(Self.token).status == 200)
    rig.cluster.forget(token: "good")
    #expect(try await rig.ask(Self.token).status == 200)
    rig.time.advance(by: .seconds(10))
    #expect(try await rig.ask(Self.token).status == 401)
  }

  @Test func rightsThatAreTakenAwayEndInTenSeconds() async throws {
    let rig = try AccessRig()
    #expect(try await rig.ask(AuthenticationTests.hpa, peer: AccessRig.proxy).status == 200)
    rig.cluster.allow { _ in false }
    #expect(try await rig.ask(AuthenticationTests.hpa, peer: AccessRig.proxy).status == 200)
    rig.time.advance(by: .seconds(10))
    #expect(try await rig.ask(AuthenticationTests.hpa, peer: AccessRig.proxy).status == 403)
  }

  @Test func aCertificateRunsOutWhileConnected() async throws {
    let rig = try AccessRig()
    let peer = AccessRig.peer("front-proxy-client", of: "requestheader", until: TestClock.start + 5)
    #expect(try await rig.ask(AuthenticationTests.hpa, peer: peer).status == 200)
    rig.time.advance(by: .seconds(6))
    #expect(try await rig.ask(AuthenticationTests.hpa, peer: peer).status == 401)
  }

  /// What differs in user, group, extra or metric is another question.
  @Test func decisionsAreNotMixedUp() async throws {
    let rig = try AccessRig()
    rig.cluster.allow { $0.user.groups.contains("admins") && $0.user.extra["scope"] == ["all"] }
    let good = [("X-Remote-User", "a"), ("X-Remote-Group", "admins"), ("X-Remote-Extra-Scope", "all")]
    #expect(try await rig.ask(good, peer: AccessRig.proxy).status == 200)
    for headers in [
      [("X-Remote-User", "a"), ("X-Remote-Group", "admin"), ("X-Remote-Extra-Scope", "all")],
      [("X-Remote-User", "a"), ("X-Remote-Group", "admins"), ("X-Remote-Extra-Scope", "some")],
      [("X-Remote-User", "a"), ("X-Remote-Group", "admins")],
      [("X-Remote-User", "a")],
    ] {
      #expect(try await rig.ask(headers, peer: AccessRig.proxy).status == 403)
    }
    #expect(try await rig.ask(good, peer: AccessRig.proxy).status == 200)
  }

  @Test func equalQuestionsUnderWayAreAskedOnce() async throws {
    let rig = try AccessRig()
    rig.cluster.isHanging = true
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<100 { group.addTask { try await rig.ask(Self.token).status } }
      try await eventually("the cluster is asked") { !rig.cluster.reviewedTokens.isEmpty }
      rig.cluster.isHanging = false
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses == Array(repeating: 200, count: 100))
    #expect(rig.cluster.reviewedTokens.count == 1 && rig.cluster.questions.count == 1)
  }

  /// 503, nothing of the cause, and nothing remembered.
  @Test func aClusterThatIsDownIsNotAnAnswer() async throws {
    let rig = try AccessRig()
    rig.cluster.isDown = true
    for (headers, peer) in [(Self.token, nil), (AuthenticationTests.hpa, AccessRig.proxy)] {
      let response = try await rig.ask(headers, peer: peer)
      #expect(response.status == 503)
      #expect(try Asking.failure(response).reason == "ServiceUnavailable")
      #expect(!response.text.contains("secret-host") && !response.text.contains("good"))
    }
    #expect(rig.refusals.statuses == [503, 503])
    rig.cluster.isDown = false
    #expect(try await rig.ask(Self.token).status == 200)
    #expect(try await rig.ask(AuthenticationTests.hpa, peer: AccessRig.proxy).status == 200)
  }

  @Test func aClusterThatHangsIsGivenUp() async throws {
    let rig = try AccessRig()
    rig.cluster.isHanging = true
    async let first = rig.ask(Self.token)
    try await eventually("the cluster is asked") { rig.cluster.reviewedTokens.count == 1 }
    async let second = rig.ask(Self.token)
    try await eventually("the time is up") {
      rig.time.advance(by: .seconds(1))
      return rig.refusals.statuses.count >= 1
    }
    rig.cluster.isHanging = false
    #expect(try await first.status == 503)
    // The second waited for the first, or asked anew after it.
    #expect([200, 503].contains(try await second.status))
    #expect(try await rig.ask(Self.token).status == 200)
  }

  @Test func theQuestionsUnderWayAreBounded() async throws {
    var settings = DelegatedAccess.Settings()
    settings.concurrentReviews = 3
    let rig = try AccessRig(settings: settings)
    rig.cluster.isHanging = true
    try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<3 { group.addTask { try await rig.ask([("Authorization", "Bearer \(number)")]).status } }
      try await eventually("three are under way") { rig.cluster.reviewedTokens.count == 3 }
      #expect(try await rig.ask([("Authorization", "Bearer 4")]).status == 503)
      rig.cluster.isHanging = false
      for try await status in group { #expect(status == 401) }
    }
  }

  /// A flood of tokens costs no more memory than there is room for, and shuts nobody out.
  @Test func theMemoryIsBounded() async throws {
    var settings = DelegatedAccess.Settings()
    settings.cacheCapacity = 10
    let rig = try AccessRig(settings: settings)
    #expect(try await rig.ask(Self.token).status == 200)
    for number in 0..<100 {
      #expect(try await rig.ask([("Authorization", "Bearer \(number)")]).status == 401)
      #expect(rig.access.rememberedAnswers <= 20)
    }
    #expect(try await rig.ask(Self.token).status == 200)
    #expect(rig.cluster.reviewedTokens.filter { $0 == "good" }.count == 2)
  }
}
