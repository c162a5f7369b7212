internal import Foundation
internal import KubernetesAPI
internal import Polling
internal import Synchronization
internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

@Suite struct KubernetesClientTests {
  private func object(_ version: Int = 1) -> ScriptedHTTPServer.Reply {
    .answer(status: 200, body: Wire.item("a", version))
  }

  @Test func requestsSayWhatKubernetesExpects() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200, body: Wire.item("a", 1)) }
    let client = try server.client(token: "t0ken")
    let item: Item = try await client.get(Item.type, namespace: "default", name: "a")
    #expect(item.value == 1)
    _ = try await client.create(item, Item.type, namespace: "default", answer: IgnoredAnswer.self)
    _ = try await client.replace(
      item, Item.type, namespace: "default", name: "a", subresource: "status", answer: Item.self)
    _ = try await client.patch(
      .merge(["spec": ["replicas": 3]]), .deployments, namespace: "default", name: "web", subresource: "scale",
      answer: IgnoredAnswer.self, priority: .actuation)
    _ = try await client.patch(
      .apply(["kind": "Item"], fieldManager: "swell", force: true), Item.type, namespace: "default", name: "a",
      answer: Item.self)
    try await client.delete(Item.type, namespace: "default", name: "a", uid: "u1", propagation: "Background")
    let calls = server.calls
    #expect(calls.map(\.method) == ["GET", "POST", "PUT", "PATCH", "PATCH", "DELETE"])
    #expect(
      calls.map(\.path) == [
        "/apis/test.dev/v1/namespaces/default/items/a", "/apis/test.dev/v1/namespaces/default/items",
        "/apis/test.dev/v1/namespaces/default/items/a/status",
        "/apis/apps/v1/namespaces/default/deployments/web/scale", "/apis/test.dev/v1/namespaces/default/items/a",
        "/apis/test.dev/v1/namespaces/default/items/a",
      ])
    #expect(calls.allSatisfy { $0.headers["authorization"] == "Bearer t0ken" })
    #expect(
      calls.allSatisfy { $0.headers["user-agent"] == "swell-tests" && $0.headers["accept"] == "application/json" })
    #expect(calls[3].headers["content-type"] == "application/merge-patch+json")
    #expect(calls[3].body == #"{"spec":{"replicas":3}}"#)
    #expect(calls[4].headers["content-type"] == "application/apply-patch+yaml")
    #expect(calls[4].query == ["fieldManager": "swell", "force": "true"])
    let options = try JSONDecoder().decode(JSONValue.self, from: Data(calls[5].body.utf8))
    #expect(
      options == [
        "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": ["uid": "u1"], "propagationPolicy": "Background",
      ])
    #expect(client.statistics.requests[.init(verb: "patch", status: 200)] == 2)
    await client.shutdown()
    server.stop()
  }

  @Test(arguments: [
    (404, "NotFound", KubernetesError.Code.notFound), (409, "AlreadyExists", .alreadyExists),
    (409, "Conflict", .conflict), (410, "Gone", .gone), (422, "Invalid", .invalid), (400, "BadRequest", .invalid),
    (403, "Forbidden", .forbidden), (401, "Unauthorized", .unauthorized), (429, "TooManyRequests", .tooManyRequests),
    (500, "InternalError", .serverError), (503, "ServiceUnavailable", .serverError), (302, "Found", .badAnswer),
  ])
  func errorsNameWhatWasAskedAndWhatTheServerSaid(status: Int, reason: String, code: KubernetesError.Code) async throws
  {
    let server = try ScriptedHTTPServer { _ in
      .answer(status: status, body: Wire.status(status, reason, "because of that"))
    }
    let client = try server.client()
    let error = await #expect(throws: KubernetesError.self) {
      let _: Item = try await client.get(Item.type, namespace: "default", name: "a", subresource: "scale")
    }
    #expect(error?.code == code && error?.status == status && error?.reason == reason)
    #expect(error?.message == "get items.test.dev/scale default/a: \(status) \(reason): because of that")
    await client.shutdown()
    server.stop()
  }

  @Test func errorsThatAreNoStatusShowTheirText() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 502, body: "<html>bad gateway\u{7}</html>") }
    let client = try server.client()
    let error = await #expect(throws: KubernetesError.self) {
      try await client.delete(Item.type, namespace: "default", name: "a")
    }
    #expect(error?.message == "delete items.test.dev default/a: 502: <html>bad gateway\\u{07}</html>")
    await client.shutdown()
    server.stop()
  }

  @Test func aServerThatIsNotThereIsNamed() async throws {
    let server = try ScriptedHTTPServer { _ in .hang }
    let client = try server.client()
    server.stop()
    let error = await #expect(throws: KubernetesError.self) {
      let _: Item = try await client.get(Item.type, namespace: "default", name: "a")
    }
    #expect(error?.code == .unreachable && error?.status == nil)
    #expect(error?.message.contains("http://127.0.0.1:\(server.port)") == true)
    #expect(error?.message.localizedCaseInsensitiveContains("refused") == true, "\(error?.message ?? "")")
    await client.shutdown()
    server.stop()
  }

  @Test func requestsHaveTenSecondsByTheInjectedClock() async throws {
    let time = ManualTime()
    let server = try ScriptedHTTPServer { _ in .hang }
    let client = try server.client(time: time)
    let task = Task {
      await #expect(throws: KubernetesError.self) {
        let _: Item = try await client.get(Item.type, namespace: "default", name: "a")
      }
    }
    try await eventually("it waits") { time.nextWake == time.now() + .seconds(10) && !server.requests.isEmpty }
    time.advance(by: .seconds(10))
    let error = await task.value
    #expect(error?.code == .unreachable)
    #expect(error?.message.hasSuffix("within 10 s") == true)
    await client.shutdown()
    server.stop()
  }

  @Test func cancellationIsTold() async throws {
    let server = try ScriptedHTTPServer { _ in .hang }
    let client = try server.client()
    let task = Task {
      await #expect(throws: KubernetesError.self) {
        let _: Item = try await client.get(Item.type, namespace: "default", name: "a")
      }
    }
    try await eventually("it is under way") { !server.requests.isEmpty }
    task.cancel()
    #expect(await task.value?.isCancellation == true)
    #expect(client.statistics.underWay == 0)
    await client.shutdown()
    server.stop()
  }

  @Test func retryAfterIsObeyedWithinTheTimeLimit() async throws {
    let time = ManualTime()
    let answers = Mutex(0)
    let server = try ScriptedHTTPServer { _ in
      let number = answers.withLock { count in
        count += 1
        return count
      }
      return number < 3
        ? .answer(status: number == 1 ? 429 : 503, headers: ["Retry-After": "2"], body: Wire.status(429, "Busy", ""))
        : .answer(status: 200, body: Wire.item("a", 1))
    }
    let client = try server.client(time: time)
    let task = Task { () async throws -> Item in try await client.get(Item.type, namespace: "default", name: "a") }
    for attempt in 1...2 {
      try await eventually("attempt \(attempt)") {
        server.requests.count == attempt && time.nextWake == time.now() + .seconds(2)
      }
      time.advance(by: .seconds(2))
    }
    #expect(try await task.value.metadata.name == "a")
    #expect(client.statistics.repeated == 2)
    await client.shutdown()
    server.stop()
  }

  @Test(arguments: ["30", "x", nil]) func otherRefusalsAreLeftToTheCaller(retryAfter: String?) async throws {
    let server = try ScriptedHTTPServer { _ in
      .answer(
        status: 429, headers: retryAfter.map { ["Retry-After": $0] } ?? [:],
        body: Wire.status(429, "TooManyRequests", "slow down"))
    }
    let client = try server.client(time: ManualTime())
    let error = await #expect(throws: KubernetesError.self) {
      let _: Item = try await client.get(Item.type, namespace: "default", name: "a")
    }
    #expect(error?.code == .tooManyRequests && error?.retryAfter == (retryAfter == "30" ? .seconds(30) : nil))
    #expect(server.requests.count == 1)
    await client.shutdown()
    server.stop()
  }

  @Test(arguments: [
    ScriptedHTTPServer.Reply.answer(status: 503, headers: ["Retry-After": "1"], body: Wire.status(503, "Busy", "")),
    .raw([], then: .close),
  ])
  func creatingIsNotRepeatedWhereItMayHaveBeenDone(reply: ScriptedHTTPServer.Reply) async throws {
    let server = try ScriptedHTTPServer { _ in reply }
    let client = try server.client(time: ManualTime())
    await #expect(throws: KubernetesError.self) {
      _ = try await client.create(["a": 1] as JSONValue, Item.type, namespace: "n", answer: IgnoredAnswer.self)
    }
    #expect(server.requests.count == 1)
    await client.shutdown()
    server.stop()
  }

  /// A server that is too busy has done nothing.
  @Test func creatingIsRepeatedWhenTheServerIsTooBusy() async throws {
    let time = ManualTime()
    let isBusy = Mutex(true)
    let server = try ScriptedHTTPServer { _ in
      isBusy.withLock { $0 }
        ? .answer(status: 429, headers: ["Retry-After": "1"], body: Wire.status(429, "TooManyRequests", "slow down"))
        : .answer(status: 201, body: Wire.item("a", 1))
    }
    let client = try server.client(time: time)
    let task = Task { () async throws -> Item in
      try await client.create(["a": 1] as JSONValue, Item.type, namespace: "n")
    }
    try await eventually("it waits") {
      server.requests.count == 1 && time.nextWake == time.now() + .seconds(1)
    }
    isBusy.withLock { $0 = false }
    time.advance(by: .seconds(1))
    #expect(try await task.value.metadata.name == "a")
    #expect(server.requests.count == 2)
    await client.shutdown()
    server.stop()
  }

  @Test func connectionsOfAServerThatFellSilentAreNotUsedAgain() async throws {
    let time = ManualTime()
    let bothAreThere = DispatchSemaphore(value: 0)
    let isSilent = Mutex(false)
    let server = try ScriptedHTTPServer { request in
      if isSilent.withLock({ $0 }), request.connection < 2 { return .hang }
      if request.target.hasSuffix("first") { bothAreThere.wait() }
      if request.target.hasSuffix("second") { bothAreThere.signal() }
      return .answer(status: 200, body: Wire.item("a", 1))
    }
    let client = try server.client(time: time)
    async let first: Item = client.get(Item.type, namespace: "n", name: "first")
    try await eventually("the first is there") { server.requests.count == 1 }
    let _: Item = try await client.get(Item.type, namespace: "n", name: "second")
    _ = try await first
    #expect(server.acceptedConnections == 2)
    isSilent.withLock { $0 = true }
    let lost = Task { () async throws -> Item in try await client.get(Item.type, namespace: "n", name: "lost") }
    try await eventually("it waits") { server.requests.count == 3 && time.nextWake == time.now() + .seconds(10) }
    time.advance(by: .seconds(10))
    await #expect(throws: KubernetesError.self) { try await lost.value }
    let found: Item = try await client.get(Item.type, namespace: "n", name: "found")
    #expect(found.value == 1 && server.requests.last?.connection == 2)
    await client.shutdown()
    server.stop()
  }

  @Test func aKeptConnectionThatWasClosedIsReplaced() async throws {
    let answers = Mutex(0)
    let server = try ScriptedHTTPServer { _ in
      let number = answers.withLock { count in
        count += 1
        return count
      }
      return number == 2 ? .raw([], then: .close) : .answer(status: 200, body: Wire.item("a", number))
    }
    let client = try server.client()
    let first: Item = try await client.get(Item.type, namespace: "default", name: "a")
    let second: Item = try await client.get(Item.type, namespace: "default", name: "a")
    #expect(first.metadata.resourceVersion == "1" && second.metadata.resourceVersion == "3")
    await client.shutdown()
    server.stop()
  }

  @Test func aRotatedTokenIsReadAgainAtOnceAfter401() async throws {
    let folder = try TemporaryFolder("swell-token")
    let path = try folder.write("old\n", to: "token")
    let server = try ScriptedHTTPServer { request in
      request.headers["authorization"] == "Bearer new"
        ? .answer(status: 200, body: Wire.item("a", 1))
        : .answer(status: 401, body: Wire.status(401, "Unauthorized", "expired"))
    }
    var access = try ClusterAccess(server: "http://127.0.0.1:\(server.port)")
    access.credential = .tokenFile(path)
    let time = ManualTime()
    let client = try KubernetesClient(access, time: time, userAgent: "t")
    await #expect(throws: KubernetesError.self) {
      let _: Item = try await client.get(Item.type, namespace: "default", name: "a")
    }
    #expect(server.requests.count == 2, "one repetition")
    try folder.write("new", to: "token")
    let item: Item = try await client.get(Item.type, namespace: "default", name: "a")
    #expect(item.value == 1)
    #expect(server.requests.count == 4)
    await client.shutdown()
    server.stop()
  }

  @Test func tokensAreReadAgainEveryTenSeconds() throws {
    let folder = try TemporaryFolder("swell-token")
    let path = try folder.write("one", to: "token")
    let time = ManualTime()
    let login = Login(.tokenFile(path), time: time)
    #expect(login.header() == "Bearer one")
    try folder.write("two", to: "token")
    time.advance(by: .seconds(9))
    #expect(login.header() == "Bearer one")
    time.advance(by: .seconds(1))
    #expect(login.header() == "Bearer two")
    try folder.write("", to: "token")
    time.advance(by: .seconds(10))
    #expect(login.header() == "Bearer two", "an empty file is no token")
    try folder.write("a\r\nX-Evil: 1", to: "token")
    #expect(login.header(isRefused: true) == "Bearer two", "nor are two lines")
  }

  @Test func listsFollowPagesAndFillInKinds() async throws {
    let server = try ScriptedHTTPServer { request in
      APICall(request).query["continue"] == nil
        ? .answer(
          status: 200,
          body: #"{"kind":"SecretList","metadata":{"continue":"m o+re"},"items":[{"metadata":{"name":"a"}}]}"#)
        : .answer(status: 200, body: #"{"items":[{"metadata":{"name":"b"}}],"metadata":{}}"#)
    }
    let client = try server.client()
    let secrets: [Secret] = try await client.list(.secrets, namespace: nil, labelSelector: "app in (a,b)")
    #expect(secrets.map(\.metadata.name) == ["a", "b"])
    #expect(secrets.allSatisfy { $0.kind == "Secret" && $0.apiVersion == "v1" })
    #expect(server.calls.map(\.path) == ["/api/v1/secrets", "/api/v1/secrets"])
    #expect(server.calls.map { $0.query["labelSelector"] } == ["app in (a,b)", "app in (a,b)"])
    #expect(server.calls[1].query["continue"] == "m o+re")
    await client.shutdown()
    server.stop()
  }

  @Test(arguments: [
    #"{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"a"}"#, "[]", "null", "", "<html>",
    #"{"items":[]}"#, #"{"metadata":{},"items":{}}"#,
  ])
  func answersThatAreNoListsAreRefused(body: String) async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200, body: body) }
    let client = try server.client()
    let error = await #expect(throws: KubernetesError.self) {
      let _: [Item] = try await client.list(Item.type, namespace: "n")
    }
    #expect(error?.code == .badAnswer)
    await client.shutdown()
    server.stop()
  }

  @Test(arguments: ["", ".", "..", "a/b", "../../secrets", "a%2fb"])
  func namesThatWouldChangeThePathAreRefused(name: String) async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200, body: Wire.item("a", 1)) }
    let client = try server.client()
    for (namespace, name) in [("n", name), (name, "n")] {
      let error = await #expect(throws: KubernetesError.self) {
        let _: Item = try await client.get(Item.type, namespace: namespace, name: name)
      }
      #expect(error?.code == .invalid)
    }
    #expect(server.requests.isEmpty)
    await client.shutdown()
    server.stop()
  }

  @Test func oddNamesStayInTheirSegment() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200, body: Wire.item("a", 1)) }
    let client = try server.client()
    let _: Item = try await client.get(Item.type, namespace: "default", name: "a?b#c é&x=1")
    #expect(
      server.requests.first?.target == "/apis/test.dev/v1/namespaces/default/items/a%3Fb%23c%20%C3%A9%26x%3D1")
    await client.shutdown()
    server.stop()
  }

  @Test func manyRequestsAtOnceKeepToTheLimit() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200, body: Wire.item("a", 1)) }
    let client = try server.client(limit: 4)
    try await withThrowingDiscardingTaskGroup { group in
      for _ in 0..<200 {
        group.addTask { let _: Item = try await client.get(Item.type, namespace: "n", name: "a") }
      }
    }
    #expect(server.requests.count == 200)
    #expect(server.acceptedConnections <= 4 && server.mostRequestsAtOnce <= 4)
    await client.shutdown()
    server.stop()
  }

  @Test func aClientThatNobodyShutDownGoesQuietly() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200, body: Wire.item("a", 1)) }
    do {
      let client = try server.client()
      let _: Item = try await client.get(Item.type, namespace: "n", name: "a")
    }
    try await eventually("its connection ends") { server.openConnections == 0 }
  }
}
