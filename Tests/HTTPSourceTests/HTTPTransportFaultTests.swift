import HTTPSource
import Questions
import TestSupport
import Testing

/// Servers that misbehave: each fault has its code, a message that names endpoint and cause, and ends in time.
@Suite struct HTTPTransportFaultTests {
  struct Fault: Sendable, CustomTestStringConvertible {
    var name: String
    var reply: ScriptedHTTPServer.Reply
    var code: SourceError.Code
    var words: String
    var testDescription: String { name }

    init(_ name: String, _ reply: ScriptedHTTPServer.Reply, _ code: SourceError.Code, _ words: String) {
      self.name = name
      self.reply = reply
      self.code = code
      self.words = words
    }

    static func raw(_ text: String, then ending: ScriptedHTTPServer.Ending) -> ScriptedHTTPServer.Reply {
      .raw(Array(text.utf8), then: ending)
    }
  }

  static let faults: [Fault] = [
    Fault("hangs", .hang, .timedOut, "no answer within 0.3 seconds"),
    Fault(
      "hangs in the body", Fault.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", then: .hang), .timedOut,
      "the answer was not complete within"),
    Fault("closes at once", .raw([], then: .close), .connectionLost, "broke before the answer was complete"),
    Fault("resets at once", .raw([], then: .reset), .connectionLost, "broke before the answer was complete"),
    Fault(
      "closes in the body", Fault.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", then: .close),
      .connectionLost, "broke before the answer was complete"),
    Fault(
      "resets in the body", Fault.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", then: .reset),
      .connectionLost, "broke before the answer was complete"),
    Fault(
      "ends in a chunk", Fault.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nab", then: .close),
      .connectionLost, "broke before the answer was complete"),
    Fault("garbage", .raw((0...255).map { UInt8($0) } + [13, 10, 13, 10], then: .close), .malformedAnswer, "not HTTP"),
    Fault("another protocol", Fault.raw("-ERR unknown command\r\n", then: .close), .malformedAnswer, "not HTTP"),
    Fault(
      "10 MB with a length", .answer(status: 200, body: String(repeating: "x", count: 10_000_000)), .answerTooLarge,
      "larger than the limit of 1048576 bytes"),
    Fault(
      "10 MB without a length",
      Fault.raw("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 10_000_000), then: .close),
      .answerTooLarge, "larger than the limit of 1048576 bytes"),
    Fault(
      "one byte too much", .answer(status: 200, body: String(repeating: "x", count: 1_048_577)), .answerTooLarge,
      "larger than the limit of 1048576 bytes"),
  ]

  @Test(arguments: faults) func faultIsNamed(_ fault: Fault) async throws {
    let server = try ScriptedHTTPServer { _ in fault.reply }
    defer { server.stop() }
    try await withTransport { transport in
      let timeout: Duration = fault.code == .timedOut ? .milliseconds(300) : .seconds(20)
      let clock = ContinuousClock()
      let start = clock.now
      let result = await transport.get(endpoint(server.port), timeout: timeout)
      #expect(clock.now - start < timeout + .seconds(5))
      #expect(result.code == fault.code, "\(result)")
      #expect(result.error?.message.contains(fault.words) == true, "\(result)")
      #expect(result.error?.message.hasPrefix("http://127.0.0.1:\(server.port): ") == true, "\(result)")
      // A connection after such an answer is not used again.
      try await eventually("the connection ends") { transport.openConnections(to: endpoint(server.port)) == 0 }
    }
  }

  @Test func anAnswerOfExactlyTheLimitIsRead() async throws {
    let server = try ScriptedHTTPServer { _ in
      .answer(status: 200, body: String(repeating: "x", count: 1_048_576))
    }
    defer { server.stop() }
    try await withTransport { transport in
      let result = await transport.get(endpoint(server.port))
      #expect(result.text?.utf8.count == 1_048_576)
    }
  }

  @Test func refusedConnection() async throws {
    let server = try ScriptedHTTPServer { _ in .hang }
    let port = server.port
    server.stop()
    try await withTransport { transport in
      let result = await transport.get(endpoint(port))
      #expect(result.code == .connectionRefused)
      #expect(result.error?.message == "http://127.0.0.1:\(port): connection refused")
      #expect(transport.openConnections(to: endpoint(port)) == 0)
    }
  }

  @Test func unknownHost() async throws {
    try await withTransport { transport in
      let result = await transport.get(endpoint(80, host: "no-such-host.invalid"))
      #expect(result.code == .unreachable)
      #expect(result.error?.message.contains("does not resolve") == true)
    }
  }

  @Test(arguments: [200, 204, 304, 400, 401, 403, 404, 500, 503]) func everyStatusIsAnAnswer(_ status: Int) async throws
  {
    let body = status == 204 || status == 304 ? "" : "status \(status)"
    let server = try ScriptedHTTPServer { _ in .answer(status: status, body: body) }
    defer { server.stop() }
    try await withTransport { transport in
      let result = await transport.get(endpoint(server.port))
      #expect(result.status == status)
      #expect(result.text == body)
    }
  }

  @Test(arguments: [Duration.zero, .seconds(-5), .milliseconds(1)]) func noTimeLeft(_ timeout: Duration) async throws {
    let server = try ScriptedHTTPServer { _ in .hang }
    defer { server.stop() }
    try await withTransport { transport in
      #expect(await transport.get(endpoint(server.port), timeout: timeout).code == .timedOut)
    }
  }

  @Test func headersAndSecretsStayOutOfErrors() async throws {
    let server = try ScriptedHTTPServer { _ in .raw([], then: .close) }
    defer { server.stop() }
    try await withTransport { transport in
      let secret = HTTPQuestion.Header("Authorization", SecretText("Bearer geheim"))
      let result = await transport.get(endpoint(server.port), "/api?token=verborgen", headers: [secret])
      let message = try #require(result.error?.message)
      #expect(!message.contains("geheim") && !message.contains("verborgen") && !message.contains("Authorization"))
    }
  }
}
