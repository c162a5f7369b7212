import HTTPServing
import TestSupport
import Testing

/// Starting and stopping.
@Suite struct HTTPServerLifecycleTests {
  @Test func theAddressIsTold() async throws {
    try await ServerRig.run { server in
      #expect(server.boundAddress.port > 0)
      #expect(server.boundAddress.description == "http://127.0.0.1:\(server.boundAddress.port)")
    }
    #expect(HTTPServerAddress(host: "::1", port: 1, isSecure: true).description == "https://[::1]:1")
  }

  @Test func aTakenPortIsAnError() async throws {
    try await ServerRig.run { server in
      let port = server.boundAddress.port
      let error = await #expect(throws: HTTPServerError.self) {
        _ = try await HTTPServer.bind(
          HTTPServerConfiguration(host: "127.0.0.1", port: port), responder: EchoResponder())
      }
      #expect(error?.code == .cannotListen)
      #expect(error?.message.contains("127.0.0.1:\(port)") == true)
      #expect(error?.message.contains("choose a free port") == true)
    }
  }

  @Test(arguments: [
    ("127.0.0.1", -1, "give 0 to 65535"), ("127.0.0.1", 65_536, "give 0 to 65535"),
    ("192.0.2.1", 0, "not one of this machine"), ("2001:db8::1", 0, "choose"),
    ("not an address", 0, "write an IP address"),
  ])
  func badAddressesAreErrors(host: String, port: Int, advice: String) async throws {
    let error = await #expect(throws: HTTPServerError.self) {
      _ = try await HTTPServer.bind(HTTPServerConfiguration(host: host, port: port), responder: EchoResponder())
    }
    #expect(error?.code == .cannotListen)
    #expect(error?.message.contains(advice) == true, "\(error?.message ?? "")")
    // What the library says of itself is of no use to whoever reads it.
    for word in ["errno", "NIO", "SocketAddress"] { #expect(error?.message.contains(word) == false) }
  }

  /// Idle connections, HTTP/1 and not yet shaken hands with, do not hold a shutdown up.
  @Test(arguments: [false, true])
  func aShutdownIsQuick(isSecure: Bool) async throws {
    let server = try await HTTPServer.bind(
      HTTPServerConfiguration(host: "127.0.0.1", port: 0, identity: isSecure ? try .selfSigned() : nil),
      responder: EchoResponder())
    let connections = try (0..<20).map { _ in try RawConnection(port: server.boundAddress.port) }
    async let run: Void = server.run()
    try await eventually("all are connected") { server.connectionCount == 20 }
    let clock = ContinuousClock()
    let start = clock.now
    server.beginShutdown()
    server.beginShutdown()
    await run
    // Well under a second by itself; the rest is for machines that run everything at once.
    #expect(clock.now - start < .seconds(3))
    for connection in connections { #expect(try await connection.receiveToEnd() == "") }
    #expect(throws: RawConnection.Failed.self) { try RawConnection(port: server.boundAddress.port) }
  }

  @Test func anAnswerUnderWayIsFinished() async throws {
    let responder = EchoResponder()
    let server = try await HTTPServer.bind(
      HTTPServerConfiguration(host: "127.0.0.1", port: 0), responder: responder)
    async let run: Void = server.run()
    let connection = try RawConnection(port: server.boundAddress.port)
    await connection.send("GET /gate HTTP/1.1\r\nHost: h\r\n\r\n")
    try await eventually("the request is being answered") { responder.gate.arrivals == 1 }
    server.beginShutdown()
    responder.gate.open()
    let response = try RawResponse(try await connection.receiveToEnd())
    #expect(response.body == "GET /gate []")
    #expect(response.headers["connection"] == "close")
    await run
  }

  @Test func anAnswerThatDoesNotComeIsGivenUp() async throws {
    let responder = EchoResponder()
    let server = try await HTTPServer.bind(
      HTTPServerConfiguration(host: "127.0.0.1", port: 0), responder: responder)
    let run = Task { await server.run() }
    let connection = try RawConnection(port: server.boundAddress.port)
    await connection.send("GET /gate HTTP/1.1\r\nHost: h\r\n\r\n")
    try await eventually("the request is being answered") { responder.gate.arrivals == 1 }
    let clock = ContinuousClock()
    let start = clock.now
    run.cancel()
    await run.value
    #expect(clock.now - start < .seconds(3))
  }
}
