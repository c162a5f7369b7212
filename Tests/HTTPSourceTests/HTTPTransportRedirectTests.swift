import HTTPSource
import Questions
import Synchronization
import TestSupport
import Testing

/// Redirects as Go's client follows them, but with credentials for the same server only.
@Suite struct HTTPTransportRedirectTests {
  static let headers = [
    HTTPQuestion.Header("Authorization", SecretText("Bearer geheim")),
    HTTPQuestion.Header("X-Scope-OrgID", SecretText("tenant")),
  ]

  @Test(arguments: [301, 302, 303, 307, 308]) func sameServerGetsTheHeaders(_ status: Int) async throws {
    let server = try ScriptedHTTPServer { request in
      request.target == "/old?a=1"
        ? .answer(status: status, headers: ["Location": "/new"]) : .answer(status: 200, body: "here")
    }
    defer { server.stop() }
    try await withTransport { transport in
      let result = await transport.get(endpoint(server.port), "/old?a=1", headers: Self.headers)
      #expect(result.text == "here")
      #expect(server.requests.map(\.target) == ["/old?a=1", "/new"])
      #expect(server.requests.last?.headers["authorization"] == "Bearer geheim")
      #expect(server.requests.last?.headers["x-scope-orgid"] == "tenant")
      #expect(server.acceptedConnections == 1)
    }
  }

  @Test func anotherServerDoesNotGetTheHeaders() async throws {
    let home = Mutex("")
    let stranger = try ScriptedHTTPServer { request in
      request.target == "/back"
        ? .answer(status: 302, headers: ["Location": home.withLock { $0 }]) : .answer(status: 200, body: "stranger")
    }
    defer { stranger.stop() }
    let server = try ScriptedHTTPServer { request in
      switch request.target {
      case "/away": .answer(status: 302, headers: ["Location": "http://127.0.0.1:\(stranger.port)/x"])
      case "/away-and-back": .answer(status: 302, headers: ["Location": "http://localhost:\(stranger.port)/back"])
      default: .answer(status: 200, body: "home")
      }
    }
    defer { server.stop() }
    home.withLock { $0 = "http://127.0.0.1:\(server.port)/home" }
    try await withTransport { transport in
      #expect(await transport.get(endpoint(server.port), "/away", headers: Self.headers).text == "stranger")
      #expect(await transport.get(endpoint(server.port), "/away-and-back", headers: Self.headers).text == "home")
      #expect(stranger.requests.count == 2)
      for request in stranger.requests + [try #require(server.requests.last)] {
        #expect(request.headers["authorization"] == nil, "\(request)")
        #expect(request.headers["x-scope-orgid"] == nil, "\(request)")
      }
    }
  }

  @Test func nineRedirectsAreFollowedAndTenAreNot() async throws {
    let server = try ScriptedHTTPServer { request in
      let left = Int(request.target.dropFirst()) ?? 0
      return left == 0 ? .answer(status: 200, body: "end") : .answer(status: 302, headers: ["Location": "/\(left - 1)"])
    }
    defer { server.stop() }
    try await withTransport { transport in
      #expect(await transport.get(endpoint(server.port), "/9").text == "end")
      let result = await transport.get(endpoint(server.port), "/10")
      #expect(result.code == .refusedByServer)
      #expect(result.error?.message.contains("stopped after 10 requests") == true)
      #expect(server.requests.count == 20)
    }
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:1/x", "javascript:alert(1)"])
  func otherProtocolsAreRefused(_ target: String) async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 302, headers: ["Location": target]) }
    defer { server.stop() }
    try await withTransport { transport in
      let result = await transport.get(endpoint(server.port))
      #expect(result.code == .refusedByServer, "\(result)")
      #expect(server.requests.count == 1)
    }
  }

  @Test func aRedirectWithoutTargetIsAnAnswer() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 302, body: "somewhere") }
    defer { server.stop() }
    try await withTransport { transport in
      let result = await transport.get(endpoint(server.port))
      #expect(result.status == 302)
      #expect(result.text == "somewhere")
    }
  }

  @Test func theDeadlineSpansRedirects() async throws {
    let server = try ScriptedHTTPServer { request in
      request.target == "/" ? .answer(status: 302, headers: ["Location": "/hang"]) : .hang
    }
    defer { server.stop() }
    try await withTransport { transport in
      #expect(await transport.get(endpoint(server.port), timeout: .milliseconds(300)).code == .timedOut)
      #expect(server.requests.map(\.target) == ["/", "/hang"])
    }
  }
}
