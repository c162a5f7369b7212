import HTTPServing
import TestSupport
import Testing

/// HTTP/2 clients that take time or room, or break rules; each beside others on the same connection.
@Suite struct HTTP2Tests {
  private typealias Client = HTTP2Client

  private static func run(
    _ change: (inout HTTPLimits) -> Void = { _ in }, responder: EchoResponder = EchoResponder(),
    _ body: (HTTPServer) async throws -> Void
  ) async throws {
    var limits = HTTPLimits()
    change(&limits)
    try await ServerRig.run(identity: try .selfSigned(), limits: limits, responder: responder, body)
  }

  /// Long enough for the first request of a busy machine, which comes after the handshake.
  private static func short(_ limits: inout HTTPLimits) {
    limits.idleTimeout = .seconds(1)
    limits.requestTimeout = .seconds(3)
  }

  // MARK: Time and room

  @Test func anAnswerThatIsNotTakenIsGivenUp() async throws {
    try await Self.run(Self.short) { server in
      let client = try await Client.connect(to: server, .init(window: 0))
      try await client.send(Client.request(1))
      try await eventually("the stream is reset", within: .seconds(30)) { !client.frames(.reset, stream: 1).isEmpty }
      try await eventually("the connection has ended", within: .seconds(30)) { server.connectionCount == 0 }
    }
  }

  /// Whether its answers wait in the system, or one in the server too.
  @Test(arguments: [false, true]) func aClientThatDoesNotReadIsCutOff(later: Bool) async throws {
    let responder = EchoResponder()
    try await Self.run(Self.short, responder: responder) { server in
      let client = try await Client.connect(to: server, .init(window: 1 << 30, reads: false))
      try await client.send(.init(.windowUpdate, Client.number(1 << 30)))
      // More than the system takes in between.
      for stream in stride(from: 1 as UInt32, to: 41, by: 2) { try await client.send(Client.request(stream, "/large")) }
      if later {
        try await client.send(Client.request(41, "/gate"))
        try await eventually("the last request has come", within: .seconds(30)) { responder.gate.arrivals == 1 }
        responder.gate.open()
      }
      try await eventually("the connection has ended", within: .seconds(60)) { server.connectionCount == 0 }
    }
  }

  /// The rest of the answers come when the client takes them, however long that is after the first.
  @Test func aClientThatTakesItsAnswersIsServed() async throws {
    try await Self.run { server in
      let client = try await Client.connect(to: server, .init(window: 4))
      try await client.send(Client.request(1))
      try await eventually("a part has come") { !client.frames(.data, stream: 1).isEmpty }
      #expect(client.answer(1) == nil)
      try await client.send(.init(.windowUpdate, stream: 1, Client.number(100)))
      #expect(try await client.waitForAnswer(1) == "GET /a []")
    }
  }

  // MARK: Graceful ends

  @Test func aGracefulEndNeedsNoClientThatAnswersPings() async throws {
    try await Self.run(Self.short) { server in
      let client = try await Client.connect(to: server, .init(answersPings: false))
      try await client.send(Client.request(1))
      #expect(try await client.waitForAnswer(1) == "GET /a []")
      try await eventually("the connection has ended", within: .seconds(30)) { client.isClosed }
      #expect(client.frames(.goAway).map { Array($0.payload.suffix(4)) } == [[0, 0, 0, 0]])
      try await eventually("the server has forgotten it") { server.connectionCount == 0 }
    }
  }

  /// The last GOAWAY tells which requests were seen: others may be sent again elsewhere.
  @Test(arguments: [false, true])
  func theLastGoAwayArrives(atShutdown: Bool) async throws {
    try await Self.run(atShutdown ? { _ in } : Self.short) { server in
      let client = try await Client.connect(to: server)
      try await client.send(Client.request(1))
      #expect(try await client.waitForAnswer(1) == "GET /a []")
      if atShutdown { server.beginShutdown() }
      try await eventually("the connection has ended", within: .seconds(30)) { client.isClosed }
      #expect(
        client.frames(.goAway).map(\.payload) == [[0x7F, 255, 255, 255, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0, 0]])
    }
  }

  // MARK: Broken rules

  private static let streamErrors: [[HTTP2Client.Frame]] = [
    // More than a window can hold.
    [.init(.windowUpdate, stream: 3, Client.number(0x7FFF_FFFF))],
    // A header name in capitals; a :path twice.
    [.init(.headers, flags: 5, stream: 5, Client.request(5).payload + [0x00, 1, 0x41, 1, 0x41])],
    [.init(.headers, flags: 5, stream: 5, Client.request(5).payload + [0x84])],
    // A body that is longer than was said.
    [
      .init(.headers, flags: 4, stream: 5, Client.request(5).payload + [0x0F, 0x0D, 1, 0x31]),
      .init(.data, flags: 1, stream: 5, [1, 2, 3]),
    ],
  ]

  @Test(arguments: streamErrors)
  func theErrorOfOneStreamIsNotThatOfOthers(frames: [HTTP2Client.Frame]) async throws {
    let responder = EchoResponder()
    try await Self.run(responder: responder) { server in
      let client = try await Client.connect(to: server)
      try await client.send(Client.request(1, "/gate"), Client.request(3, "/gate"))
      try await eventually("both are being answered") { responder.gate.arrivals == 2 }
      try await client.send(frames.flatMap(\.bytes))
      let bad = frames[0].stream
      try await eventually("its stream is reset") { !client.frames(.reset, stream: bad).isEmpty || client.isClosed }
      responder.gate.open()
      #expect(try await client.waitForAnswer(1) == "GET /gate []")
      try await client.send(Client.request(7))
      #expect(try await client.waitForAnswer(7) == "GET /a []")
      #expect(client.frames(.goAway).isEmpty)
    }
  }

  private static let connectionErrors: [HTTP2Client.Frame] = [
    .init(.data, stream: 0, [1]), .init(.headers, flags: 5, stream: 2, Client.request(2).payload),
    .init(.windowUpdate, Client.number(0x7FFF_FFFF)), .init(.headers, flags: 5, stream: 1, [0xFF, 255, 255]),
    .init(.continuation, flags: 4, stream: 1), .init(.settings, [0]), .init(.ping, [1, 2]),
  ]

  /// Who breaks the protocol is told so, and cut off at once.
  @Test(arguments: connectionErrors)
  func anErrorOfTheConnectionEndsIt(frame: HTTP2Client.Frame) async throws {
    try await Self.run { server in
      let client = try await Client.connect(to: server)
      try await client.send(frame)
      try await eventually("the connection has ended") { client.isClosed }
      #expect(client.frames(.goAway).count == 1)
      try await eventually("the server has forgotten it") { server.connectionCount == 0 }
    }
  }

  // MARK: Floods

  enum Nuisance: CaseIterable {
    case resets, badStreams, pings

    func frames(_ stream: UInt32) -> [HTTP2Client.Frame] {
      switch self {
      case .resets: [HTTP2Client.request(stream, "/later"), HTTP2Client.reset(stream)]
      case .badStreams:
        [.init(.headers, flags: 5, stream: stream, HTTP2Client.request(stream).payload + [0x84])]
      case .pings: [.init(.ping, Array(repeating: 7, count: 8))]
      }
    }
  }

  /// The callers of an API server share its connection: those who give up must not end it for the others.
  @Test(arguments: Nuisance.allCases)
  func hundredsAreBorne(nuisance: Nuisance) async throws {
    try await Self.run { server in
      let client = try await Client.connect(to: server)
      for round in 0..<8 as Range<UInt32> {
        try await client.send((0..<100).flatMap { nuisance.frames(1 + 2 * (100 * round + $0)) }.flatMap(\.bytes))
      }
      try await client.send(Client.request(10_001))
      #expect(try await client.waitForAnswer(10_001) == "GET /a []")
      #expect(client.frames(.goAway).isEmpty)
    }
  }

  @Test(arguments: Nuisance.allCases)
  func aFloodIsNot(nuisance: Nuisance) async throws {
    try await Self.run { server in
      let client = try await Client.connect(to: server)
      let other = try await Client.connect(to: server)
      let bytes = (0..<1_500).flatMap { nuisance.frames(1 + 2 * $0) }.flatMap(\.bytes)
      // Fails when the server has ended the connection before the last byte.
      try? await client.send(bytes)
      try await eventually("the connection has ended") { client.isClosed }
      try await other.send(Client.request(1))
      #expect(try await other.waitForAnswer(1) == "GET /a []")
      try await eventually("the server has forgotten the first") { server.connectionCount == 1 }
    }
  }

  /// curl ends each stream by itself when it has what it wants.
  @Test(.enabled("the curl program is needed") { await Curl.isInstalled })
  func hundredsOfAnswersToCurlShareAConnection() async throws {
    try await Self.run { server in
      let curl = try await Curl.run(
        server, "/a?[1-400]", ["--http2", "-k", "-o", "/dev/null", "-w", "%{http_code}%{num_connects};"])
      #expect(curl.status == 0)
      #expect(curl.output == "2001;" + String(repeating: "2000;", count: 399))
    }
  }
}
