import HTTPServing
import TestSupport
import Testing

/// Bodies for responders that want them.
@Suite struct RequestBodyTests {
  static let limit = 3 * 1024 * 1024

  @Test func bodiesComeInWhole() async throws {
    try await ServerRig.run(responder: BodyResponder()) { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      for (request, answer) in [
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "5 hello"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "0 "),
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "0 "),
        (
          "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
          "7 abcdefg"
        ),
        ("POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", "2 hi"),
      ] {
        await connection.send(request)
        #expect(try await RawResponse.next(on: connection).body == answer)
      }
    }
  }

  /// Requests on one connection do not see each other's bodies, however they are cut into packets.
  @Test func pipelinedBodiesStayApart() async throws {
    try await ServerRig.run(responder: BodyResponder()) { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      let requests = (1...20).map { number in
        "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: \(number)\r\n\r\n"
          + String(repeating: "x", count: number)
      }.joined()
      var rest = requests[...]
      while !rest.isEmpty {
        await connection.send(String(rest.prefix(37)))
        rest = rest.dropFirst(37)
      }
      for number in 1...20 {
        let body = try await RawResponse.next(on: connection).body
        #expect(body == "\(number) " + String(repeating: "x", count: number))
      }
    }
  }

  @Test func tooLargeBodiesAreRefused() async throws {
    try await ServerRig.run(responder: BodyResponder(maximumBody: 10)) { server in
      for request in [
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n3\r\nijk\r\n0\r\n\r\n",
      ] {
        let connection = try RawConnection(port: server.boundAddress.port)
        await connection.send(request)
        let response = try RawResponse(try await connection.receiveToEnd())
        #expect(response.status == 413)
        #expect(response.headers["connection"] == "close")
      }
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789")
      #expect(try await RawResponse.next(on: connection).body == "10 0123456789")
    }
  }

  @Test(.enabled("the curl program is needed") { await Curl.isInstalled }, arguments: ["--http1.1", "--http2"])
  func largeBodiesByBothVersions(version: String) async throws {
    try await ServerRig.run(identity: try .selfSigned(), responder: BodyResponder(maximumBody: Self.limit)) { server in
      let folder = try TemporaryFolder()
      for (size, status, text) in [
        (Self.limit, "200", "\(Self.limit)"), (Self.limit + 1, "413", "413"), (0, "200", "0"),
      ] {
        let file = try folder.write(String(repeating: "x", count: size), to: "body-\(size)")
        for unsized in [false, true] {
          var arguments = [version, "-k", "--data-binary", "@" + file, "-w", "|%{http_code}"]
          if unsized { arguments += ["-H", version == "--http2" ? "Content-Length:" : "Transfer-Encoding: chunked"] }
          let curl = try await Curl.run(server, "/size", arguments)
          #expect(curl.output.hasSuffix("|\(status)") && curl.output.hasPrefix(text), "\(size) \(unsized)")
        }
      }
    }
  }

  /// All bodies together have a bound; what is answered gives its room back.
  @Test func bodiesInMemoryAreBounded() async throws {
    var limits = HTTPLimits()
    limits.totalBodyBytes = 1_000
    let responder = BodyResponder()
    try await ServerRig.run(limits: limits, responder: responder) { server in
      let request = { (path: String) in
        "POST \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: 600\r\n\r\n" + String(repeating: "x", count: 600)
      }
      let first = try RawConnection(port: server.boundAddress.port)
      await first.send(request("/gate"))
      try await eventually("the first is being answered") { responder.gate.arrivals == 1 }
      let second = try RawConnection(port: server.boundAddress.port)
      await second.send(request("/"))
      #expect(try RawResponse(try await second.receiveToEnd()).status == 503)
      // A client that goes away in the middle gives back what it took.
      for _ in 0..<20 {
        let leaver = try RawConnection(port: server.boundAddress.port)
        await leaver.send(
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 600\r\n\r\n" + String(repeating: "x", count: 300))
      }
      responder.gate.open()
      #expect(try await RawResponse.next(on: first).body.hasPrefix("600 "))
      try await eventually("there is room again") {
        let third = try RawConnection(port: server.boundAddress.port)
        await third.send(request("/"))
        return try await RawResponse.next(on: third).status == 200
      }
    }
  }
}

/// Answers with the body's size, and the body where it is short.
struct BodyResponder: HTTPResponder {
  var maximumBody = 1_000
  var gate = TestGate()

  func respond(to request: HTTPRequest) -> HTTPReply {
    let (size, gate) = (request.body.count, gate)
    let text = request.path == "/size" ? "\(size)" : "\(size) \(String(decoding: request.body, as: UTF8.self))"
    switch request.path {
    case "/later": return .later { .text(text) }
    case "/gate":
      return .later {
        await gate.pass()
        return .text(text)
      }
    default: return .now(.text(text))
    }
  }
}
