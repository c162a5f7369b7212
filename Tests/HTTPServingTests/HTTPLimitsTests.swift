import HTTPServing
import TestSupport
import Testing

/// Clients that take time or room.
@Suite struct HTTPLimitsTests {
  private static func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
    var limits = HTTPLimits()
    change(&limits)
    return limits
  }

  @Test func aSlowRequestIsCutOff() async throws {
    try await ServerRig.run(limits: Self.limits { $0.requestTimeout = .milliseconds(150) }) { server in
      for start in ["G", "GET / HTTP/1.1\r\nHost: h\r\n", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"]
      {
        let connection = try RawConnection(port: server.boundAddress.port)
        await connection.send(start)
        #expect(try RawResponse(try await connection.receiveToEnd()).status == 408, "\(start.debugDescription)")
      }
    }
  }

  /// A byte now and then does not extend the time.
  @Test func tricklingDoesNotHelp() async throws {
    try await ServerRig.run(limits: Self.limits { $0.requestTimeout = .milliseconds(200) }) { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      let clock = ContinuousClock()
      let start = clock.now
      await connection.send("GET /")
      try await eventually("the server has had enough") {
        await connection.send("a")
        return server.connectionCount == 0
      }
      #expect(clock.now - start < .seconds(5))
    }
  }

  @Test func anIdleConnectionIsClosed() async throws {
    try await ServerRig.run(limits: Self.limits { $0.idleTimeout = .milliseconds(150) }) { server in
      let silent = try RawConnection(port: server.boundAddress.port)
      #expect(try await silent.receiveToEnd() == "")
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
      let text = try await connection.receiveToEnd()
      #expect(try RawResponse(text).status == 200)
    }
  }

  @Test func waitingForAnAnswerIsNotIdling() async throws {
    let responder = EchoResponder()
    try await ServerRig.run(limits: Self.limits { $0.idleTimeout = .milliseconds(50) }, responder: responder) {
      server in
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send("GET /gate HTTP/1.1\r\nHost: h\r\n\r\n")
      // Another connection's idle time passes meanwhile.
      #expect(try await RawConnection(port: server.boundAddress.port).receiveToEnd() == "")
      responder.gate.open()
      #expect(try await RawResponse.next(on: connection).body == "GET /gate []")
    }
  }

  @Test func thereIsRoomForSoManyConnections() async throws {
    try await ServerRig.run(limits: Self.limits { $0.connections = 2 }) { server in
      let port = server.boundAddress.port
      var connections = [try RawConnection(port: port), try RawConnection(port: port)]
      for connection in connections {
        await connection.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try await RawResponse.next(on: connection).status == 200)
      }
      let third = try RawConnection(port: port)
      await third.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(try await third.receiveToEnd() == "")

      connections.removeAll()
      try await eventually("the connections are gone") { server.connectionCount == 0 }
      let fourth = try RawConnection(port: port)
      await fourth.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(try await RawResponse.next(on: fourth).status == 200)
    }
  }

  /// A client that asks and asks and takes no answers is not read from, and costs a bounded amount.
  @Test func aClientThatDoesNotReadIsNotReadFrom() async throws {
    try await ServerRig.run(limits: Self.limits { $0.idleTimeout = .milliseconds(500) }) { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      let batch = String(repeating: "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", count: 2_000)
      let sender = Task {
        // Ends when the server closes the connection for its idleness.
        for _ in 0..<2_000 { guard await connection.send(batch) else { return true } }
        return false
      }
      #expect(await sender.value)
    }
  }

  @Test func aSilentTLSClientIsCutOff() async throws {
    let limits = Self.limits { $0.requestTimeout = .milliseconds(150) }
    try await ServerRig.run(identity: try .selfSigned(), limits: limits) { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      #expect(try await connection.receiveToEnd() == "")
      try await eventually("the connection is gone") { server.connectionCount == 0 }
    }
  }

  @Test func plainHTTPOnTheTLSPortIsClosed() async throws {
    try await ServerRig.run(identity: try .selfSigned()) { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(!(try await connection.receiveToEnd()).contains("200"))
    }
  }
}
