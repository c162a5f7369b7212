import HTTPSource
import Questions
import TestSupport
import Testing

/// A request with a body, and how far the body goes.
@Suite struct HTTPTransportPostTests {
  static let form = HTTPRequest.Body.form(SecretText("grant_type=client_credentials&key=geheim"))
  static let headers = [HTTPQuestion.Header("Authorization", SecretText("Basic dTpw"))]

  static func post(_ port: Int, _ target: String = "/token", body: HTTPRequest.Body = form) -> HTTPRequest {
    HTTPRequest(endpoint: endpoint(port), target: target, headers: headers, body: body)
  }

  static let bodies = [
    form, .form(SecretText("")),
    HTTPRequest.Body(contentType: "text/plain; charset=utf-8", text: SecretText("a\0grüß")),
    HTTPRequest.Body(contentType: "text/plain", text: SecretText(String(repeating: "x", count: 3_000_000))),
  ]

  @Test(arguments: bodies) func theBodyArrivesAsItIs(_ body: HTTPRequest.Body) async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200, body: "thanks") }
    defer { server.stop() }
    try await withTransport { transport in
      for _ in 0..<2 {
        let result = await transport.perform(Self.post(server.port, body: body), timeout: .seconds(20))
        #expect(result.text == "thanks", "\(result)")
      }
      #expect(await transport.get(endpoint(server.port)).text == "thanks")
      for request in server.requests.prefix(2) {
        #expect(request.method == "POST")
        #expect(request.target == "/token")
        #expect(request.headers["content-type"] == body.contentType)
        #expect(request.headers["content-length"] == "\(body.text.reveal().utf8.count)")
        #expect(request.headers["authorization"] == "Basic dTpw")
        #expect(request.body == body.text.reveal())
      }
      // Nothing of it clings to the connection.
      let last = try #require(server.requests.last)
      #expect(last.method == "GET")
      #expect(last.headers["content-type"] == nil)
      #expect(server.acceptedConnections == 1)
    }
  }

  @Test(arguments: [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
  func theSameServerRedirects(_ status: Int, _ method: String) async throws {
    let server = try ScriptedHTTPServer { request in
      request.target == "/token"
        ? .answer(status: status, headers: ["Location": "/new"]) : .answer(status: 200, body: "here")
    }
    defer { server.stop() }
    try await withTransport { transport in
      #expect(await transport.perform(Self.post(server.port), timeout: .seconds(20)).text == "here")
      let last = try #require(server.requests.last)
      #expect(last.target == "/new")
      #expect(last.method == method)
      #expect(last.body == (method == "POST" ? Self.form.text.reveal() : ""))
      #expect(last.headers["content-type"] == (method == "POST" ? Self.form.contentType : nil))
      #expect(last.headers["authorization"] == "Basic dTpw")
    }
  }

  @Test(arguments: [301, 302, 303, 307, 308]) func anotherServerDoesNotGetTheBody(_ status: Int) async throws {
    let stranger = try ScriptedHTTPServer { _ in .answer(status: 200, body: "stranger") }
    defer { stranger.stop() }
    let target = "http://127.0.0.1:\(stranger.port)/x"
    let server = try ScriptedHTTPServer { _ in .answer(status: status, headers: ["Location": target]) }
    defer { server.stop() }
    try await withTransport { transport in
      let result = await transport.perform(Self.post(server.port), timeout: .seconds(20))
      if status == 307 || status == 308 {
        #expect(result.code == .refusedByServer, "\(result)")
        #expect(result.error?.message.contains("write the final address") == true)
        #expect(result.error?.message.contains("geheim") == false)
        #expect(stranger.requests.isEmpty)
      } else {
        #expect(result.text == "stranger", "\(result)")
        #expect(stranger.requests.map(\.method) == ["GET"])
        #expect(stranger.requests.map(\.body) == [""])
        #expect(stranger.requests.first?.headers["authorization"] == nil)
      }
    }
  }

  @Test(arguments: ["", "text/plain\r\nX: y", "grüße"]) func typesThatCannotBeSent(_ type: String) async throws {
    try await withTransport { transport in
      let body = HTTPRequest.Body(contentType: type, text: SecretText("geheim"))
      let result = await transport.perform(Self.post(1, body: body), timeout: .seconds(20))
      #expect(result.code == .unusableConfiguration, "\(result)")
      #expect(result.error?.message.contains("is not the type of a body") == true)
    }
  }

  @Test func descriptionsHoldNoBody() {
    let request = Self.post(1)
    #expect(!"\(request) \(String(reflecting: request))".contains("geheim"))
  }
}
