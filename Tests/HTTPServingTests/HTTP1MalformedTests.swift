import HTTPServing
import TestSupport
import Testing

/// Bytes that are no request, or one that asks too much: an answer that says so, and the connection closes.
@Suite struct HTTP1MalformedTests {
  static let requests: [Malformed] = [
    Malformed("\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}", 400),  // TLS on a plain port.
    Malformed("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    Malformed("hello\r\n\r\n", 400),
    Malformed("GET\r\n\r\n", 400),
    Malformed("GET / HTTP/9.9\r\nHost: h\r\n\r\n", 400),
    Malformed("GET / HTTQ/1.1\r\nHost: h\r\n\r\n", 400),
    Malformed("GET / HTTP/1.1\r\n\r\n", 400),  // No Host.
    Malformed("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    Malformed("GET / HTTP/1.1\r\nHost h\r\n\r\n", 400),
    Malformed("GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400),
    Malformed("GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n", 400),
    Malformed("GET / HTTP/1.1\r\nHost: h\r\nA: b\u{0}c\r\n\r\n", 400),
    Malformed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
    Malformed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1e3\r\n\r\n", 400),
    Malformed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
    Malformed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    Malformed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    Malformed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    Malformed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 400),
    Malformed("GET /%zz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 400),
    Malformed("GET nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 400),
    Malformed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n", 413),
    Malformed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775807\r\n\r\n", 413),
    Malformed("GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\nHost: h\r\n\r\n", 414),
    Malformed("GET /\(String(repeating: "a", count: 100_000))", 414),
    Malformed("GET / HTTP/1.1\r\nHost: h\r\nA: \(String(repeating: "a", count: 100_000))", 431),
    Malformed("GET / HTTP/1.1\r\nHost: h\r\n\(String(repeating: "a: b\r\n", count: 200))\r\n", 431),
    Malformed("GET / HTTP/1.1\r\nHost: h\r\n\(String(repeating: "a", count: 70_000)): b\r\n\r\n", 431),
  ]

  @Test(arguments: requests)
  func badRequestsAreRefused(request: Malformed) async throws {
    let response = try RawResponse(try await ServerRig.exchange(request.text))
    #expect(response.status == request.status)
    #expect(response.headers["connection"] == "close")
  }

  @Test func aChunkedBodyIsCountedAsItComes() async throws {
    try await ServerRig.run { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
      let chunk = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
      for _ in 0..<17 where await connection.send(chunk) {}
      #expect(try RawResponse(try await connection.receiveToEnd()).status == 413)
    }
  }

  @Test func theServerServesOnAfterAllOfThem() async throws {
    try await ServerRig.run { server in
      for request in Self.requests {
        let connection = try RawConnection(port: server.boundAddress.port)
        await connection.send(request.text)
      }
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(try await RawResponse.next(on: connection).status == 200)
    }
  }

  /// Mutations of good requests, from a seed: whatever comes, the server answers or closes, and serves on.
  @Test(arguments: [false, true])
  func fuzzedBytesDoNoHarm(keepsBodies: Bool) async throws {
    var limits = HTTPLimits()
    limits.requestTimeout = .milliseconds(200)
    let responder: any HTTPResponder = keepsBodies ? BodyResponder() : EchoResponder()
    try await ServerRig.run(limits: limits, responder: responder) { server in
      var random = SeededRandom(seed: 0x5EED)
      let seeds = [
        "GET /a?b=c HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
        "PUT /later HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HEAD /later HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
      ].map { Array($0.utf8) }
      var answered = 0
      for _ in 0..<3_000 {
        let seed = seeds[Int.random(in: 0..<seeds.count, using: &random)]
        let bytes = RequestMutator.anyBytes.mutation(of: seed, random: &random)
        let connection = try RawConnection(port: server.boundAddress.port)
        await connection.send(bytes)
        await connection.finishSending()
        let answer = try await connection.receiveToEnd()
        if answer.isEmpty { continue }
        answered += 1
        #expect(answer.hasPrefix("HTTP/1.1 "))
        #expect(!answer.contains("HTTP/1.1 5"))
      }
      #expect(answered > 1_000)
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(try await RawResponse.next(on: connection).status == 200)
    }
  }
}

/// A bad request and what it is answered with.
struct Malformed: Sendable, CustomTestStringConvertible {
  var text: String
  var status: Int

  init(_ text: String, _ status: Int) {
    self.text = text
    self.status = status
  }

  var testDescription: String { "\(text.prefix(70).debugDescription) -> \(status)" }
}
