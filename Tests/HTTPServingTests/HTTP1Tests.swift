import HTTPServing
import TestSupport
import Testing

/// HTTP/1 as it goes over the wire.
@Suite struct HTTP1Tests {
  @Test func aResponseIsComplete() async throws {
    let text = try await ServerRig.exchange("GET /a?b=c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    #expect(
      text == """
        HTTP/1.1 200 OK\r
        content-type: text/plain; charset=utf-8\r
        content-length: 12\r
        date: Sun, 06 Nov 1994 08:49:37 GMT\r
        connection: close\r
        \r
        GET /a [b=c]
        """)
  }

  @Test func aConnectionServesManyRequests() async throws {
    try await ServerRig.run { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      for number in 0..<50 {
        await connection.send("GET /\(number) HTTP/1.1\r\nHost: h\r\n\r\n")
        let response = try await RawResponse.next(on: connection)
        #expect(response.body == "GET /\(number) []")
        #expect(response.headers["connection"] == nil)
      }
      #expect(server.connectionCount == 1)
    }
  }

  @Test func aRequestMayComeByteByByte() async throws {
    try await ServerRig.run { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      for byte in "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz".utf8 { await connection.send([byte]) }
      #expect(try await RawResponse.next(on: connection).body == "POST /a []")
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    try await ServerRig.run { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      let paths = (0..<200).map { $0 % 3 == 1 ? "/later" : "/now\($0)" }
      await connection.send(paths.map { "GET \($0)?\($0.count) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
      for path in paths {
        #expect(try await RawResponse.next(on: connection).body == "GET \(path) [\(path.count)]")
      }
    }
  }

  @Test func aRefusalWaitsForEarlierAnswers() async throws {
    let responder = EchoResponder()
    try await ServerRig.run(responder: responder) { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send("GET /gate HTTP/1.1\r\nHost: h\r\n\r\nGET /bad HTTP/1.1\r\n\r\n")
      try await eventually("the request is being answered") { responder.gate.arrivals == 1 }
      responder.gate.open()
      #expect(try await RawResponse.next(on: connection).body == "GET /gate []")
      let refusal = try RawResponse(try await connection.receiveToEnd())
      #expect(refusal.status == 400)
      #expect(refusal.headers["connection"] == "close")
    }
  }

  @Test func headHasNoBody() async throws {
    try await ServerRig.run { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n")
      let head = try await RawResponse.next(on: connection, hasBody: false)
      #expect(head.status == 200)
      #expect(head.headers["content-length"] == "10")
      #expect(try await RawResponse.next(on: connection).body == "GET /b []")
    }
  }

  @Test func oldHTTPClosesUnlessAskedNotTo() async throws {
    let text = try await ServerRig.exchange("GET /a HTTP/1.0\r\n\r\n")
    #expect(try RawResponse(text).headers["connection"] == "close")
    try await ServerRig.run { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      for _ in 0..<2 {
        await connection.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try await RawResponse.next(on: connection).headers["connection"] == "keep-alive")
      }
    }
  }

  @Test func headersGoInAndOut() async throws {
    let text = try await ServerRig.exchange(
      "GET /headers HTTP/1.1\r\nHost: h\r\nx-tEST: 7\r\nConnection: close\r\n\r\n")
    let response = try RawResponse(text)
    #expect(response.body == "7")
    #expect(response.headers["x-answer"] == "yes")
    #expect(!text.contains("x-evil"))
  }

  @Test func bodiesAreReadAndThrownAway() async throws {
    try await ServerRig.run { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      let body = String(repeating: "x", count: 300_000)
      await connection.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + body)
      #expect(try await RawResponse.next(on: connection).body == "POST /a []")
      await connection.send("PUT /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
      #expect(try await RawResponse.next(on: connection).body == "PUT /b []")
    }
  }

  @Test func aClientThatExpectsToBeAskedIsAsked() async throws {
    try await ServerRig.run { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
      #expect(try await connection.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      await connection.send("xyz")
      #expect(try await RawResponse.next(on: connection).body == "POST /a []")
    }
  }

  @Test(arguments: [
    "GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  ])
  func otherProtocolsAreNotSpoken(request: String) async throws {
    let response = try RawResponse(try await ServerRig.exchange(request))
    #expect(response.status == 200)
    #expect(response.headers["connection"] == "close")
  }

  @Test func aClientThatStopsSendingStillGetsItsAnswer() async throws {
    try await ServerRig.run { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
      await connection.finishSending()
      #expect(try RawResponse(try await connection.receiveToEnd()).body == "GET /a []")
    }
  }
}
