import HTTPSource
import Questions
import TestSupport
import Testing

/// What cannot be sent is refused with what to write instead, before anything is sent.
@Suite struct HTTPRequestValidationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var request: HTTPRequest
    var words: String
    var testDescription: String { words }

    init(
      _ words: String, scheme: String = "http", host: String = "127.0.0.1", port: Int = 1, target: String = "/",
      headers: [HTTPQuestion.Header] = [], tls: TLSOptions = TLSOptions()
    ) {
      self.words = words
      request = HTTPRequest(
        endpoint: HTTPEndpoint(scheme: scheme, host: host, port: port, tls: tls), target: target, headers: headers)
    }
  }

  static let cases: [Case] = [
    Case("the scheme \"ftp\" is not supported", scheme: "ftp"),
    Case("the scheme \"\" is not supported", scheme: ""),
    Case("not a host and a port", host: ""),
    Case("not a host and a port", host: "user@host"),
    Case("not a host and a port", host: "host/path"),
    Case("not a host and a port", host: "a b"),
    Case("not a host and a port", host: "a\nb"),
    Case("not a host and a port", port: 0),
    Case("not a host and a port", port: 65536),
    Case("not a host and a port", port: .min),
    Case("percent-encode it", target: "/a b"),
    Case("percent-encode it", target: "/a\r\nHost: evil"),
    Case("percent-encode it", target: "/a#b"),
    Case("percent-encode it", target: "/a\u{0}b"),
    Case("\"\" is not the name of a header", headers: [.init("", SecretText("x"))]),
    Case("\"A B\" is not the name of a header", headers: [.init("A B", SecretText("x"))]),
    Case("\"A?B\" is not the name of a header", headers: [.init("A\nB", SecretText("x"))]),
    Case("the value of the header X has a line break", headers: [.init("X", SecretText("a\r\nY: b"))]),
    Case("the value of the header X has a line break", headers: [.init("X", SecretText("a\u{0}"))]),
    Case("the CA certificate is not in PEM format", tls: TLSOptions(authorities: "nonsense")),
    Case("the client certificate is not in PEM format", tls: TLSOptions(certificate: "nonsense")),
    Case("the client key is not in PEM format", tls: TLSOptions(privateKey: SecretText("geheim"))),
  ]

  @Test(arguments: cases) func isRefused(_ example: Case) async throws {
    try await withTransport { transport in
      let result = await transport.perform(example.request, timeout: .seconds(20))
      #expect(result.code == .unusableConfiguration)
      #expect(result.error?.message.contains(example.words) == true, "\(result)")
      #expect(result.error?.message.contains("geheim") == false)
    }
  }

  @Test func headersArriveAsWritten() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200) }
    defer { server.stop() }
    try await withTransport { transport in
      let headers = [
        HTTPQuestion.Header("X-Text", SecretText("grüße, \"so\"; and: more")), .init("X-Empty", SecretText("")),
        .init("Authorization", SecretText("Basic dTpw")),
      ]
      #expect(await transport.get(endpoint(server.port), "/p%20q?x=%3D&y=1/../2", headers: headers).status == 200)
      let request = try #require(server.requests.first)
      #expect(request.method == "GET")
      #expect(request.target == "/p%20q?x=%3D&y=1/../2")
      #expect(request.headers["x-text"] == "grüße, \"so\"; and: more")
      #expect(request.headers["x-empty"] == "")
      #expect(request.headers["authorization"] == "Basic dTpw")
      #expect(request.headers["host"] == "127.0.0.1:\(server.port)")
      #expect(request.headers["user-agent"] == "swell")
      #expect(request.headers["cookie"] == nil)
    }
  }

  @Test func cookiesAreNotKept() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200, headers: ["Set-Cookie": "session=1"]) }
    defer { server.stop() }
    try await withTransport { transport in
      for _ in 0..<2 { #expect(await transport.get(endpoint(server.port)).status == 200) }
      #expect(server.requests.allSatisfy { $0.headers["cookie"] == nil })
    }
  }

  @Test func plainRequestsGoThroughTheProxyOfTheEnvironment() async throws {
    let proxy = try ScriptedHTTPServer { .answer(status: 200, body: "proxy saw \($0.target)") }
    defer { proxy.stop() }
    try await withTransport(environment: ["HTTP_PROXY": "http://127.0.0.1:\(proxy.port)"]) { transport in
      let result = await transport.get(endpoint(9090, host: "prometheus.example"), "/x")
      #expect(result.text == "proxy saw http://prometheus.example:9090/x")
    }
  }
}
